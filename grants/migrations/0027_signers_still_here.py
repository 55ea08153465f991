"""The signature of somebody who was frozen or has left counts no more, in the database as in the code."""

from django.db import migrations

# A call that failed gives its grant back as approved, whoever has left by then: it is asked again before the next call.
GUARD = """
CREATE OR REPLACE FUNCTION daypass_open_groups(of_grant uuid, of_version uuid, of_hash text, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(wanted.key ORDER BY wanted.key), '{}')
    FROM grants_templateversion v, jsonb_each_text(v.signers) AS wanted
    WHERE v.id = of_version AND wanted.value::int > (
        SELECT count(DISTINCT d.decider_person) FROM grants_decision d JOIN grants_user u ON u.id = d.decider_id
        WHERE d.grant_id = of_grant AND d.snapshot_hash = of_hash AND d."group" = wanted.key
            AND d.verdict = 'approve' AND d.valid_until > at AND u.is_active)
$$;
CREATE OR REPLACE FUNCTION daypass_check_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF daypass_open_groups(NEW.id, NEW.template_version_id, NEW.snapshot_hash, NEW.state_at) <> '{}' THEN
        RAISE EXCEPTION 'a grant is approved, and issued, while as many persons of every group as must sign have signed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER grant_is_signed ON grants_grant;
CREATE TRIGGER grant_is_signed BEFORE UPDATE OF state ON grants_grant
    FOR EACH ROW WHEN (NEW.state IN ('approved', 'issuing') AND OLD.state NOT IN ('issuing', NEW.state))
    EXECUTE FUNCTION daypass_check_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0026_claims")]
    operations = [migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop)]
