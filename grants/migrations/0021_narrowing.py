"""An undecided request may be made smaller; the snapshot that it had is kept."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0020_sessions_and_starts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Narrowing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("narrower_person", models.UUIDField()),
                ("old_snapshot", models.TextField()),
                ("old_hash", models.CharField(max_length=64)),
                ("new_hash", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=1000)),
                ("narrowed_at", models.DateTimeField()),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="narrowings", to="grants.grant"
                    ),
                ),
                (
                    "narrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="narrowings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["narrowed_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("grant", "old_hash"), name="narrowing_leaves_a_snapshot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="narrowing_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
