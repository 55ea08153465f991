"""What a policy says and what STS answered is the workers' to write, from the first moment of a row."""

from django.db import migrations

GUARD = """
CREATE TRIGGER policy_reading_is_the_workers BEFORE INSERT ON grants_issuerpolicy
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_to_the_worker(
        '{"version_id": "", "digest": "", "read_at": null, "error_code": "", "withdrawn_at": null}');
CREATE TRIGGER test_answer_is_the_workers BEFORE INSERT ON grants_templatetest
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_to_the_worker('{"attempt_id": null, "refusal": ""}');
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0029_deliveries_of_the_worker")]
    operations = [migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop)]
