"""Whether a signature of some group is missing, as one question: the planner expects little of what it can look into."""

from django.db import migrations

MISSES = """
CREATE FUNCTION daypass_misses(of_grant uuid, of_version uuid, of_hash text, at timestamptz, groups text[])
    RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN daypass_open_groups(of_grant, of_version, of_hash, at) && groups;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0031_issuers_of_two_persons")]
    operations = [migrations.RunSQL(MISSES, reverse_sql=migrations.RunSQL.noop)]
