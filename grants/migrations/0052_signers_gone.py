"""That the signers are not all here any more is told as any other row that is no longer as it was read."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0051_vendor_names")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
