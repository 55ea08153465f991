"""What guards every move and every audit row costs less; what it guards is the same."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0042_booked")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
