"""The audit row of a move is that of this move: its kind, where from, where to; and a request has one too."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0049_leases")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
