"""Triggers, composite foreign keys and checks that Django's models cannot say."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Installed once; a later change of a guard is a migration of its own."""

    dependencies = [("grants", "0001_nouns")]
    operations = [migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop)]
