"""Pre-approved windows: approvers sign once for requests that are yet to come."""

import uuid
from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import grants.values

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
PERSONS = """
CREATE FUNCTION daypass_window_persons(text text) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg((named ->> 'person')::uuid), '{}')
    FROM jsonb_array_elements(text::jsonb -> 'recipients') AS named
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0035_events_of_the_workers"),
    ]

    operations = [
        migrations.RunSQL(PERSONS, reverse_sql=migrations.RunSQL.noop),
        migrations.AddField(
            model_name="grant",
            name="window_note",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.CreateModel(
            name="Window",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reference", models.CharField(default=grants.values.new_reference, max_length=10, unique=True)),
                ("text", models.TextField()),
                ("text_hash", models.CharField(max_length=64)),
                (
                    "persons",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func("text", function="daypass_window_persons"),
                        output_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.UUIDField(), size=None
                        ),
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("ends_at", models.DateTimeField()),
                ("drawn_up_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_reason", models.CharField(blank=True, max_length=500)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drawn_up_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "template_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="windows", to="grants.templateversion"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="windows", to="grants.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["-drawn_up_at"],
            },
        ),
        migrations.AddField(
            model_name="grant",
            name="window",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="grants.window"
            ),
        ),
        migrations.CreateModel(
            name="WindowSignature",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("signer_person", models.UUIDField()),
                ("group", models.CharField(max_length=150)),
                ("text_hash", models.CharField(max_length=64)),
                ("assertion", models.TextField(blank=True)),
                ("signed_at", models.DateTimeField()),
                (
                    "signer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="grants.window"
                    ),
                ),
            ],
            options={
                "ordering": ["signed_at"],
            },
        ),
        migrations.AddIndex(
            model_name="window",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("closed_at__isnull", True)), fields=["persons"], name="window_for_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True), ("closed_reason", "")),
                    models.Q(
                        ("closed_at__isnull", False),
                        models.Q(("closed_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="window_closed_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("drawn_up_at"))), name="window_ends_after_it_was_drawn_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="windowsignature",
            constraint=models.UniqueConstraint(
                fields=("window", "signer_person"), name="window_signed_once_per_person"
            ),
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
