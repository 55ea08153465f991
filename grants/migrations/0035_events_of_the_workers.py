"""What the workers and the clock say in the audit log, and what webhooks therefore tell, the web role cannot say."""

from django.db import migrations

GUARD = """
CREATE FUNCTION daypass_leave_events_to_the_worker() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF session_user = 'daypass_web' AND (NEW.payload::jsonb ->> 'actor' = ANY (string_to_array(TG_ARGV[0], ','))
            OR NEW.kind = ANY (string_to_array(TG_ARGV[1], ','))) THEN
        RAISE EXCEPTION '% is the worker''s to say', NEW.kind USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER an_event_is_of_its_process BEFORE INSERT ON grants_auditevent
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_events_to_the_worker(
        'issue worker,revoke worker,mail worker,clock',
        'grant.issuing,grant.refused,grant.code_wanted,grant.offered,grant.issued,grant.postponed,grant.code_refused,'
        'grant.failed,grant.expired,grant.abandoned,grant.ended');
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0034_words_for_several")]
    operations = [migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop)]
