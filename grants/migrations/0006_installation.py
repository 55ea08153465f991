"""The fence around a restored database."""

from pathlib import Path

from django.db import migrations

FENCE = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("grants", "0005_people")]
    operations = [migrations.RunSQL(FENCE, reverse_sql=migrations.RunSQL.noop)]
