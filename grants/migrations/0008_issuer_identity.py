"""An issuer that has minted keeps its identity."""

from pathlib import Path

from django.db import migrations

KEEP = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0007_end_tries")]
    operations = [migrations.RunSQL(KEEP, reverse_sql=migrations.RunSQL.noop)]
