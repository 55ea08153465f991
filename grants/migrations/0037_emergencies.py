"""Whoever is on call may approve alone in an emergency, and somebody else reviews it."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0036_windows"),
    ]

    operations = [
        migrations.AlterField(
            model_name="nudge",
            name="kind",
            field=models.CharField(
                choices=[
                    ("first", "reminded"),
                    ("second", "reminded again"),
                    ("escalated", "escalated"),
                    ("decided", "told that somebody else has decided"),
                    ("review", "reminded that an emergency has to be reviewed"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="EmergencyReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("decider_person", models.UUIDField()),
                ("reviewer_person", models.UUIDField()),
                (
                    "judgement",
                    models.CharField(
                        choices=[
                            ("right", "It was an emergency, and this was the right thing to do"),
                            ("wrong", "It should not have been approved this way"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(max_length=1000)),
                ("reviewed_at", models.DateTimeField()),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="grants.decision"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["reviewed_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reviewer_person", models.F("decider_person")), _negated=True),
                        name="review_is_somebody_elses",
                    ),
                    models.CheckConstraint(condition=models.Q(("note", ""), _negated=True), name="review_says_why"),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="decision", name="decision_once_per_person"),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("group", "on call"), _negated=True),
                fields=("grant", "snapshot_hash", "decider_person"),
                name="decision_once_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("group", "on call")),
                fields=("grant", "snapshot_hash"),
                name="decision_alone_once",
            ),
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
