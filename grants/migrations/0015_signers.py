"""How many persons of which group must sign; versions published so far keep one person of each."""

from pathlib import Path

from django.db import migrations, models

GUARDS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")

# Versions are immutable for everybody; only this rewriting of their shape, by the owner, may pass the trigger.
REWRITE = """
ALTER TABLE grants_templateversion DISABLE TRIGGER version_is_immutable;
UPDATE grants_templateversion v SET signers = (SELECT jsonb_object_agg(name, 1) FROM unnest(v.approver_groups) AS name);
ALTER TABLE grants_templateversion ENABLE TRIGGER version_is_immutable;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0014_heartbeat")]
    operations = [
        migrations.AddField("templateversion", "signers", models.JSONField(default=dict), preserve_default=False),
        migrations.RunSQL(REWRITE, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(GUARDS, reverse_sql=migrations.RunSQL.noop),
    ]
