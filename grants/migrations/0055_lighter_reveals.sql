-- The same guards at less cost. PostgreSQL reads a CHECK, and what stands behind a trigger's WHEN, anew with every
-- statement, whatever that changes; a function is read once a connection.

-- Which database this is, and whether it is fenced, each said once, where a guard can ask without a function in between.
CREATE VIEW daypass_here AS
    SELECT (pg_control_system()).system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
        || '/' || d.oid AS identity
    FROM pg_database d WHERE d.datname = current_database();
CREATE VIEW daypass_fence AS
    SELECT i.fenced_at IS NOT NULL OR i.identity <> h.identity AS is_up FROM daypass_installation i, daypass_here h;

CREATE OR REPLACE FUNCTION daypass_identity() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$ SELECT identity FROM daypass_here $$;

-- No row is as bad as a wrong one.
CREATE OR REPLACE FUNCTION daypass_is_fenced() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$ SELECT coalesce((SELECT is_up FROM daypass_fence), true) $$;

CREATE OR REPLACE FUNCTION daypass_refuse_when_fenced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT is_up FROM daypass_fence) IS DISTINCT FROM false THEN
        RAISE EXCEPTION 'the database was restored or moved: run manage.py after_restore first'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END $$;

-- What became of a link stays so and its tries only grow; in a restored database none is revealed and no try counted.
CREATE FUNCTION daypass_check_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.tries < OLD.tries OR NEW.end_tries < OLD.end_tries
        OR coalesce(OLD.used_at, OLD.locked_at, OLD.closed_at) IS NOT NULL
            AND (NEW.used_at, NEW.used_from, NEW.locked_at, NEW.closed_at)
                IS DISTINCT FROM (OLD.used_at, OLD.used_from, OLD.locked_at, OLD.closed_at) THEN
        RAISE EXCEPTION 'what became of a link, and of its tries, is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.used_at IS NULL AND NEW.used_at IS NOT NULL OR OLD.tries <> NEW.tries THEN
        IF (SELECT is_up FROM daypass_fence) IS DISTINCT FROM false THEN
            RAISE EXCEPTION 'the database was restored or moved: run manage.py after_restore first'
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER nothing_is_revealed_when_fenced ON grants_pickuplink;
DROP TRIGGER link_keeps_its_fate ON grants_pickuplink;
CREATE TRIGGER link_keeps_its_fate AFTER UPDATE OF tries, end_tries, used_at, used_from, locked_at, closed_at
    ON grants_pickuplink FOR EACH ROW EXECUTE FUNCTION daypass_check_link();

-- A grant begins as requested with a snapshot that its hash is of, and moves along these; no other state is ever reached.
CREATE OR REPLACE FUNCTION daypass_check_grant() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
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
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NOT OLD.state || '>' || NEW.state = ANY (moves) THEN
        RAISE EXCEPTION 'a grant does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('approved', 'issuing') AND OLD.state <> 'issuing' THEN
        IF daypass_open_groups(NEW.id, NEW.template_version_id, NEW.snapshot_hash, NEW.state_at) <> '{}' THEN
            RAISE EXCEPTION
                'a grant is approved, and issued, while as many persons of every group as must sign have signed'
                USING ERRCODE = 'DP001', TABLE = TG_TABLE_NAME;
        END IF;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER grant_is_signed ON grants_grant;
DROP FUNCTION daypass_check_signed();

-- What was signed is what is stored: asked where it is stored, not at every move.
CREATE FUNCTION daypass_check_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.snapshot_hash = encode(sha256(convert_to(NEW.snapshot, 'UTF8')), 'hex')) IS NOT TRUE THEN
        RAISE EXCEPTION 'the hash is not of the snapshot'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_hash_is_of_the_snapshot', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE grants_grant DROP CONSTRAINT grant_hash_is_of_the_snapshot;
CREATE TRIGGER grant_hash_is_of_the_snapshot AFTER INSERT OR UPDATE OF snapshot, snapshot_hash ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_check_hash();

DROP TRIGGER grant_move_is_audited ON grants_grant;
CREATE CONSTRAINT TRIGGER grant_move_is_audited AFTER UPDATE OF state ON grants_grant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION daypass_check_audited();
CREATE OR REPLACE FUNCTION daypass_check_audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY[
        'grant.denied:requested>denied', 'grant.withdrawn:requested>withdrawn', 'grant.lapsed:requested>lapsed',
        'grant.approved:requested>approved', 'grant.issuing:approved>issuing', 'grant.lapsed:approved>lapsed',
        'grant.refused:approved>failed', 'grant.revoked:approved>revoked',
        'grant.code_wanted:approved>awaiting MFA code', 'grant.code_typed:awaiting MFA code>approved',
        'grant.lapsed:awaiting MFA code>lapsed', 'grant.revoked:awaiting MFA code>revoked',
        'grant.offered:approved>offered', 'grant.claimed:offered>approved', 'grant.locked:offered>revoked',
        'grant.locked:approved>revoked', 'grant.locked:failed>revoked', 'grant.expired:offered>expired',
        'grant.revoked:offered>revoked', 'grant.issued:issuing>issued', 'grant.postponed:issuing>approved',
        'grant.code_refused:issuing>awaiting MFA code', 'grant.failed:issuing>failed',
        'grant.revoked:issuing>revoked', 'grant.retried:failed>approved', 'grant.lapsed:failed>lapsed',
        'grant.revoked:failed>revoked', 'grant.revealed:issued>revealed', 'grant.locked:issued>revoked',
        'grant.renewed:issued>approved', 'grant.abandoned:issued>offered', 'grant.expired:issued>expired',
        'grant.revoked:issued>revoked', 'grant.revoked:revealed>revoked', 'grant.handed_back:revealed>revoked',
        'grant.disowned:revealed>revoked', 'grant.ended:revealed>ended'];
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    PERFORM FROM grants_audithead WHERE id = 1 AND txid = pg_current_xact_id()::text::bigint
        AND subject = NEW.reference AND split_part(moved, ':', 2) = OLD.state || '>' || NEW.state
        AND moved = ANY (said);
    IF FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM grants_auditevent WHERE subject = NEW.reference AND txid = pg_current_xact_id()::text::bigint
        AND kind || ':' || OLD.state || '>' || NEW.state = ANY (said)
        AND payload::jsonb -> 'facts' @> jsonb_build_object('from', OLD.state, 'to', NEW.state);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a change of state needs its audit row in the same transaction' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- The payload is read once, before the lock: an object, and of the web process nothing that is the workers' to say.
CREATE OR REPLACE FUNCTION daypass_chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT jsonb := NEW.payload::jsonb;
BEGIN
    IF (jsonb_typeof(said) = 'object' AND coalesce(jsonb_typeof(said -> 'facts'), 'object') = 'object'
            AND coalesce(jsonb_typeof(said -> 'personal'), 'object') = 'object') IS NOT TRUE THEN
        RAISE EXCEPTION 'what an audit row says is an object' USING ERRCODE = 'check_violation';
    END IF;
    IF session_user = 'daypass_web' AND (said ->> 'actor' IN ('issue worker', 'revoke worker', 'mail worker', 'clock')
            OR NEW.kind IN ('grant.issuing', 'grant.refused', 'grant.code_wanted', 'grant.offered', 'grant.issued',
                'grant.postponed', 'grant.code_refused', 'grant.failed', 'grant.expired', 'grant.abandoned',
                'grant.ended')) THEN
        RAISE EXCEPTION '% is the worker''s to say', NEW.kind USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOCK TABLE grants_audithead IN SHARE UPDATE EXCLUSIVE MODE;
    LOOP
        UPDATE grants_audithead h
            SET seq = n.seq, link = sha256(n.previous || n.row_digest), txid = n.txid, subject = NEW.subject,
                moved = coalesce(NEW.kind || ':' || (said -> 'facts' ->> 'from') || '>' || (said -> 'facts' ->> 'to'), '')
            FROM (
                SELECT t.*, sha256(convert_to(concat_ws(E'\n', t.seq::text, NEW.id::text,
                    to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t.txid::text, session_user,
                    NEW.kind, NEW.subject, NEW.payload), 'UTF8')) AS row_digest
                FROM (
                    SELECT o.seq + 1 AS seq, o.link AS previous, clock_timestamp() AS at,
                        pg_current_xact_id()::text::bigint AS txid
                    FROM grants_audithead o WHERE o.id = 1
                ) t
                WHERE NOT EXISTS (SELECT FROM grants_auditevent WHERE id = NEW.id)
                OFFSET 0
            ) n
            WHERE h.id = 1 AND h.seq = n.seq - 1
            RETURNING n.seq, n.previous, n.at, n.txid, session_user, n.row_digest, h.link
            INTO NEW.seq, NEW.previous, NEW.at, NEW.txid, NEW.db_role, NEW.row_digest, NEW.link;
        EXIT WHEN FOUND;
        IF EXISTS (SELECT FROM grants_auditevent WHERE id = NEW.id) THEN
            RAISE EXCEPTION 'this audit row is written already' USING ERRCODE = 'unique_violation';
        END IF;
        INSERT INTO grants_audithead (id, seq, link, subject, moved)
            VALUES (1, 0, decode(repeat('00', 32), 'hex'), '', '');
    END LOOP;
    RETURN NEW;
END $$;
DROP TRIGGER an_event_is_of_its_process ON grants_auditevent;
DROP FUNCTION daypass_leave_events_to_the_worker();
ALTER TABLE grants_auditevent DROP CONSTRAINT audit_payload_is_an_object;
