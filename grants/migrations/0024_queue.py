"""The approvers' queue is read in three orders and by what is rare; what to look at twice comes from the snapshot."""

import datetime as dt
from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

RISKS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0023_webhooks"),
    ]

    operations = [
        migrations.RunSQL(RISKS, reverse_sql=migrations.RunSQL.noop),
        migrations.AddField(
            model_name="grant",
            name="risks",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("snapshot", function="daypass_risks"),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), size=None
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["decider_person", "decided_at"], name="decision_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")), fields=["requested_at", "id"], name="grant_oldest"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")), fields=["-seconds", "id"], name="grant_longest"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "starts_at", models.Value(dt.datetime(9999, 1, 1, 0, 0, tzinfo=dt.UTC))
                ),
                models.F("requested_at"),
                models.F("id"),
                condition=models.Q(("state", "requested")),
                name="grant_soonest",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")),
                fields=["vendor", "requested_at", "id"],
                name="grant_waits_of",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")), fields=["recipient", "requested_at"], name="grant_waits_for"
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("state", "requested")),
                fields=["template_version", "requested_at", "id"],
                name="grant_waits_by",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                django.db.models.functions.text.Upper("ticket"),
                condition=models.Q(("state", "requested")),
                name="grant_ticket",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state", "requested")), fields=["risks"], name="grant_risks"
            ),
        ),
    ]
