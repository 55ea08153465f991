-- The same guards at less cost. One that only refuses need not run before each update: there PostgreSQL locks the row
-- once more and computes what is generated from the snapshot again, whatever was changed. After the statement it is
-- asked only where one of its columns is set; what is refused is undone all the same.
DROP TRIGGER grant_keeps_its_life ON grants_grant;
CREATE TRIGGER grant_begins_its_life BEFORE INSERT ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_check_grant();
CREATE TRIGGER grant_keeps_its_life AFTER UPDATE OF state ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_check_grant();

-- Every column that the function compares; a test holds the two lists together.
DROP TRIGGER grant_is_frozen ON grants_grant;
CREATE TRIGGER grant_is_frozen AFTER UPDATE OF id, reference, template_version_id, vendor_id, issuer_id, requester_id,
        recipient_id, requester_person, recipient_person, inviter_person, requested_at, starts_at, previous_id,
        session_of_id, snapshot, snapshot_hash, seconds ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_freeze_grant();

DROP TRIGGER grant_is_signed ON grants_grant;
CREATE TRIGGER grant_is_signed AFTER UPDATE OF state ON grants_grant
    FOR EACH ROW WHEN (NEW.state IN ('approved', 'issuing') AND OLD.state NOT IN ('issuing', NEW.state))
    EXECUTE FUNCTION daypass_check_signed();

DROP TRIGGER grant_keeps_its_window ON grants_grant;
CREATE TRIGGER grant_keeps_its_window AFTER UPDATE OF window_id ON grants_grant
    FOR EACH ROW WHEN (NEW.window_id IS DISTINCT FROM OLD.window_id) EXECUTE FUNCTION daypass_check_window_use();

DROP TRIGGER nothing_is_revealed_when_fenced ON grants_pickuplink;
CREATE TRIGGER nothing_is_revealed_when_fenced AFTER UPDATE OF used_at ON grants_pickuplink
    FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL)
    EXECUTE FUNCTION daypass_refuse_when_fenced();

-- Of the roles only the web's is asked what it says.
DROP TRIGGER an_event_is_of_its_process ON grants_auditevent;
CREATE TRIGGER an_event_is_of_its_process BEFORE INSERT ON grants_auditevent
    FOR EACH ROW WHEN (session_user = 'daypass_web') EXECUTE FUNCTION daypass_leave_events_to_the_worker(
        'issue worker,revoke worker,mail worker,clock',
        'grant.issuing,grant.refused,grant.code_wanted,grant.offered,grant.issued,grant.postponed,grant.code_refused,'
        'grant.failed,grant.expired,grant.abandoned,grant.ended');

-- Who waits for the head stands in line for a lock: each commit wakes one of them, where a row that many want wakes all.
-- The head is written once for each event, and only on top of what was read: a head that moved otherwise stops the event.
CREATE OR REPLACE FUNCTION daypass_chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('grants_audithead', 0));
    SELECT h.seq + 1, h.link INTO NEW.seq, NEW.previous FROM grants_audithead h WHERE h.id = 1;
    IF NOT FOUND THEN
        INSERT INTO grants_audithead AS h (id, seq, link) VALUES (1, 0, decode(repeat('00', 32), 'hex'))
            RETURNING h.seq + 1, h.link INTO NEW.seq, NEW.previous;
    END IF;
    NEW.at := clock_timestamp();
    NEW.txid := pg_current_xact_id()::text::bigint;
    NEW.db_role := session_user;
    NEW.row_digest := sha256(convert_to(concat_ws(E'\n', NEW.seq::text, NEW.id::text,
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), NEW.txid::text, NEW.db_role,
        NEW.kind, NEW.subject, NEW.payload), 'UTF8'));
    NEW.link := sha256(NEW.previous || NEW.row_digest);
    UPDATE grants_audithead SET seq = NEW.seq, link = NEW.link WHERE id = 1 AND seq = NEW.seq - 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the head of the audit chain moved' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
