"""An issuer that the web process registers is, word for word, what two persons of two accounts agreed on."""

from django.db import migrations

GUARD = """
ALTER TABLE grants_issuerproposal
    ADD CONSTRAINT proposal_person_is_the_askers
        FOREIGN KEY (asked_by_id, asked_by_person) REFERENCES grants_user (id, person),
    ADD CONSTRAINT proposal_person_is_the_confirmers
        FOREIGN KEY (confirmed_by_id, confirmed_by_person) REFERENCES grants_user (id, person);
CREATE FUNCTION daypass_check_issuer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF session_user <> 'daypass_web' THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM grants_issuerproposal p
        WHERE p.issuer_id = NEW.id AND p.confirmed_by_person <> p.asked_by_person AND p.confirmed_at < p.expires_at
            AND p.fields ?& '{kind,account_id,partition,region,user_arn,role_arn,role_id,profile,revoker_profile}'
            AND to_jsonb(NEW) @> p.fields;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an issuer is registered as one person proposed it and another confirmed it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER issuer_has_four_eyes AFTER INSERT ON grants_issuer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION daypass_check_issuer();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0030_worker_reads_and_measures")]
    operations = [migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop)]
