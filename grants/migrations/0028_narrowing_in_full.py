"""A snapshot that lacks what the comparison reads is not smaller: a comparison with nothing is no yes."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION daypass_freeze_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reference, NEW.template_version_id, NEW.vendor_id, NEW.issuer_id, NEW.requester_id,
        NEW.recipient_id, NEW.requester_person, NEW.recipient_person, NEW.inviter_person, NEW.requested_at,
        NEW.starts_at, NEW.previous_id, NEW.session_of_id)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.template_version_id, OLD.vendor_id, OLD.issuer_id, OLD.requester_id,
        OLD.recipient_id, OLD.requester_person, OLD.recipient_person, OLD.inviter_person, OLD.requested_at,
        OLD.starts_at, OLD.previous_id, OLD.session_of_id) THEN
        RAISE EXCEPTION 'what was asked for is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.snapshot, NEW.snapshot_hash, NEW.seconds) IS NOT DISTINCT FROM
       (OLD.snapshot, OLD.snapshot_hash, OLD.seconds) THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM grants_narrowing n
        WHERE n.grant_id = NEW.id AND n.old_hash = OLD.snapshot_hash AND n.new_hash = NEW.snapshot_hash;
    IF (FOUND AND OLD.state = 'requested' AND NEW.state = 'requested'
        AND daypass_is_smaller(NEW.snapshot::jsonb, OLD.snapshot::jsonb)
        AND NEW.seconds = (NEW.snapshot::jsonb ->> 'seconds')::int) IS NOT TRUE THEN
        RAISE EXCEPTION 'what was asked for is never changed, but for a smaller snapshot before any decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0027_signers_still_here")]
    operations = [migrations.RunSQL(GUARD, reverse_sql=migrations.RunSQL.noop)]
