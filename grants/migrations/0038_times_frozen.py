"""What somebody signed before they were frozen is void for good: letting them back in brings no signature back."""

from pathlib import Path

from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0037_emergencies")]

    operations = [
        migrations.AddField(
            "user", "times_frozen", models.PositiveIntegerField(default=0, db_default=0, editable=False)
        ),
        migrations.AddField("decision", "times_frozen", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.RemoveConstraint("decision", "decision_once_per_person"),
        migrations.AddConstraint(
            "decision",
            models.UniqueConstraint(
                condition=models.Q(("group", "on call"), _negated=True),
                fields=("grant", "snapshot_hash", "decider_person", "times_frozen"),
                name="decision_once_per_person",
            ),
        ),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
