"""All changes of a run are asked at once whether they found their rows."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0055_lighter_reveals")]
    operations = [migrations.RunSQL(GUARDS, "DROP FUNCTION daypass_found(integer[], text[])")]
