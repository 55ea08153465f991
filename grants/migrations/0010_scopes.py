"""What a version opens is one JSON document, whatever its kind; published versions keep their meaning."""

import django.contrib.postgres.fields
import django.db.models.fields.json
from django.db import migrations, models

KINDS = [
    ("bucket", "files in buckets"),
    ("shared", "shared data, by a partner's tag"),
    ("managed", "managed policies"),
    ("session", "a session of a dedicated IAM user"),
    ("custom", "a policy of one's own"),
]
CHECKS = [
    ("requester_code", "the code shown when the request was sent"),
    ("spoken_code", "a code told by telephone"),
    ("sign_in", "signing in as the recipient"),
    ("none", "nothing besides the link"),
]
MINTS = [("on_approval", "on approval"), ("at_start", "at the booked start"), ("on_pickup", "on pickup")]

# Versions are immutable for everybody; only this rewriting of their shape, by the owner, may pass the trigger.
REWRITE = """
ALTER TABLE grants_templateversion DISABLE TRIGGER version_is_immutable;
UPDATE grants_templateversion v SET buckets = ARRAY[v.bucket], access = jsonb_build_object(
    'kind', 'bucket', 'partition', i.partition, 'buckets', jsonb_build_array(v.bucket), 'prefix', v.prefix,
    'actions', to_jsonb(v.actions), 'kms_key', '',
    'bounds', jsonb_build_object('source_addresses', '[]'::jsonb, 'https_only', false, 'account_id', ''))
    FROM grants_issuer i WHERE i.id = v.issuer_id;
ALTER TABLE grants_templateversion ENABLE TRIGGER version_is_immutable;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0009_issuer_kinds")]
    operations = [
        migrations.RemoveConstraint("templateversion", "version_prefix_ends_in_slash"),
        migrations.RemoveConstraint("templateversion", "version_has_actions"),
        migrations.AddField("templateversion", "access", models.JSONField(default=dict), preserve_default=False),
        migrations.AddField(
            "templateversion",
            "buckets",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=63), default=list, size=None
            ),
        ),
        migrations.RunSQL(REWRITE, reverse_sql=migrations.RunSQL.noop),
        migrations.RemoveField("templateversion", "bucket"),
        migrations.RemoveField("templateversion", "prefix"),
        migrations.RemoveField("templateversion", "actions"),
        migrations.AddField("templateversion", "folder_pattern", models.CharField(blank=True, max_length=200)),
        migrations.AddField("templateversion", "folder_hint", models.CharField(blank=True, max_length=200)),
        migrations.AlterField(
            "templateversion", "kind", models.CharField(choices=KINDS, default="bucket", max_length=20)
        ),
        migrations.AlterField(
            "templateversion", "mint", models.CharField(choices=MINTS, default="on_approval", max_length=20)
        ),
        migrations.AlterField(
            "templateversion", "pickup_check", models.CharField(choices=CHECKS, default="requester_code", max_length=20)
        ),
        migrations.AddConstraint(
            "templateversion",
            models.CheckConstraint(
                condition=models.Q(("kind", django.db.models.fields.json.KT("access__kind"))),
                name="version_access_is_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            "templateversion",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["bucket", "shared"]), _negated=True),
                    ("access__prefix__endswith", "/"),
                    _connector="OR",
                ),
                name="version_prefix_ends_in_slash",
            ),
        ),
    ]
