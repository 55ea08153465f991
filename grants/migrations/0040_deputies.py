"""Somebody of the same group stands in for an approver who is away; a decision then names both."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0039_questions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deputy",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("absent_person", models.UUIDField()),
                ("deputy_person", models.UUIDField()),
                ("group", models.CharField(max_length=150)),
                ("named_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-named_at"],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="stands_for",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="stands_for_person",
            field=models.UUIDField(null=True),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stands_for__isnull", True), ("stands_for_person__isnull", True)),
                    models.Q(
                        ("stands_for__isnull", False),
                        ("stands_for_person__isnull", False),
                        models.Q(("stands_for_person", models.F("decider_person")), _negated=True),
                        models.Q(("stands_for_person", models.F("requester_person")), _negated=True),
                        models.Q(("stands_for_person", models.F("recipient_person")), _negated=True),
                        models.Q(("stands_for_person", models.F("inviter_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="decision_stands_for_nobody_bound_to_it",
            ),
        ),
        migrations.AddField(
            model_name="deputy",
            name="absent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="deputies", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="deputy",
            name="deputy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="deputises", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="deputy",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="deputy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("absent_person", "group"),
                name="deputy_one_for_a_group",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputy",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent_person", models.F("deputy_person")), _negated=True),
                name="deputy_is_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputy",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("named_at"))), name="deputy_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="deputy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="deputy_ended_by_somebody",
            ),
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
