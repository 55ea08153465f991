"""What several rows' changes are made by in one statement: the statement fails where a row was not as it was read."""

from pathlib import Path

from django.db import migrations

FOUND = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0044_lighter_writes")]
    operations = [migrations.RunSQL(FOUND, "DROP FUNCTION daypass_found(bigint, text)")]
