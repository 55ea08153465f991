"""What the web process says of a Denial holds from now to the end of the session, and nothing of its fate."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0053_no_try_when_fenced")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
