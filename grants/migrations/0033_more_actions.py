"""Writing and deleting by the first word of an action, so that each that AWS has is flagged to approvers."""

from django.db import migrations

RISKS = """
CREATE OR REPLACE FUNCTION daypass_risks(snapshot text) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN s #>> '{scope,actions}' ~ '"s3:(Put|Abort|Restore)' THEN 'write' END,
        CASE WHEN s #>> '{scope,actions}' ~ '"s3:Delete' THEN 'delete' END,
        CASE WHEN s #>> '{scope,kind}' IN ('managed', 'session', 'custom') THEN s #>> '{scope,kind}' END,
        CASE WHEN coalesce(s #>> '{scope,prefix}', '') = '' THEN 'unbound' END,
        CASE WHEN (s ->> 'seconds')::int > 43200 THEN 'long' END], NULL)::varchar[]
    FROM (SELECT snapshot::jsonb AS s) AS parsed
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0032_misses")]
    operations = [migrations.RunSQL(RISKS, reverse_sql=migrations.RunSQL.noop)]
