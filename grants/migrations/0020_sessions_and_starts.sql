-- The lifecycle with its states before a session exists; what was asked for has a start, and what it goes on from.
CREATE OR REPLACE FUNCTION daypass_check_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves CONSTANT text[] := ARRAY[
        'requested>denied', 'requested>withdrawn', 'requested>lapsed', 'requested>approved',
        'approved>issuing', 'approved>lapsed', 'approved>failed', 'approved>revoked',
        'approved>awaiting MFA code', 'awaiting MFA code>approved', 'awaiting MFA code>lapsed',
        'awaiting MFA code>revoked', 'issuing>awaiting MFA code',
        'approved>offered', 'offered>approved', 'offered>revoked', 'offered>expired',
        'issued>approved', 'issued>offered',
        'issuing>issued', 'issuing>approved', 'issuing>failed', 'issuing>revoked',
        'failed>approved', 'failed>lapsed', 'failed>revoked',
        'issued>revealed', 'issued>expired', 'issued>revoked',
        'revealed>revoked', 'revealed>ended'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            RAISE EXCEPTION 'a grant begins as requested' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND NOT OLD.state || '>' || NEW.state = ANY (moves) THEN
        RAISE EXCEPTION 'a grant does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION daypass_freeze_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reference, NEW.snapshot, NEW.snapshot_hash, NEW.seconds, NEW.template_version_id, NEW.vendor_id,
        NEW.issuer_id, NEW.requester_id, NEW.recipient_id, NEW.requester_person, NEW.recipient_person,
        NEW.inviter_person, NEW.requested_at, NEW.starts_at, NEW.previous_id, NEW.session_of_id)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.snapshot, OLD.snapshot_hash, OLD.seconds, OLD.template_version_id, OLD.vendor_id,
        OLD.issuer_id, OLD.requester_id, OLD.recipient_id, OLD.requester_person, OLD.recipient_person,
        OLD.inviter_person, OLD.requested_at, OLD.starts_at, OLD.previous_id, OLD.session_of_id) THEN
        RAISE EXCEPTION 'what was asked for is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
-- Sessions, and nothing else, are counted by their issuer.
CREATE FUNCTION daypass_check_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.session_of_id IS NOT DISTINCT FROM NEW.issuer_id) <>
        EXISTS (SELECT FROM grants_issuer WHERE id = NEW.issuer_id AND kind = 'session') THEN
        RAISE EXCEPTION 'sessions, and nothing else, are counted by their issuer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_counts_as_session BEFORE INSERT ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_check_session();
