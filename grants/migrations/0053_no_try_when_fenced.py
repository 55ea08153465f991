"""In a restored database no try at a link is counted, as none is shown."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0052_signers_gone")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
