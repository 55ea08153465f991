-- The database as the last reviewer: what no role may do, whatever the code says.

-- Separation of duties: a decision's copies of the grant's persons, and of the decider's person, are held true.
ALTER TABLE grants_decision
    ADD CONSTRAINT decision_persons_are_the_grants
        FOREIGN KEY (grant_id, requester_person, recipient_person, inviter_person)
        REFERENCES grants_grant (id, requester_person, recipient_person, inviter_person),
    ADD CONSTRAINT decision_person_is_the_deciders
        FOREIGN KEY (decider_id, decider_person) REFERENCES grants_user (id, person);

-- What was signed is what is stored.
ALTER TABLE grants_grant
    ADD CONSTRAINT grant_hash_is_of_the_snapshot
        CHECK (snapshot_hash = encode(sha256(convert_to(snapshot, 'UTF8')), 'hex'));

CREATE FUNCTION daypass_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- TRUNCATE is refused too; only a database whose name says that it is a test's may be emptied, by its owner's own switch.
CREATE FUNCTION daypass_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_database() LIKE 'test\_%' AND current_setting('daypass.test_flush', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'TRUNCATE on % is refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER version_is_immutable BEFORE UPDATE OR DELETE ON grants_templateversion
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
CREATE TRIGGER decision_is_immutable BEFORE UPDATE OR DELETE ON grants_decision
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON grants_auditevent
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
CREATE TRIGGER audit_is_never_truncated BEFORE TRUNCATE ON grants_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION daypass_refuse_truncate();
CREATE TRIGGER personal_is_immutable BEFORE UPDATE ON grants_auditpersonal
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();

-- A decision is over the snapshot the grant has, while it is undecided, for a group that signs.
CREATE FUNCTION daypass_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_grant g JOIN grants_templateversion v ON v.id = g.template_version_id
        WHERE g.id = NEW.grant_id AND g.state = 'requested' AND g.snapshot_hash = NEW.snapshot_hash
          AND NEW."group" = ANY (v.approver_groups);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a decision must be over the current snapshot of an undecided grant, for a group that signs'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_fits_its_grant BEFORE INSERT ON grants_decision
    FOR EACH ROW EXECUTE FUNCTION daypass_check_decision();

-- The lifecycle (grants/lifecycle.py; a test compares the two), the frozen snapshot, and enough signatures.
CREATE FUNCTION daypass_check_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves CONSTANT text[] := ARRAY[
        'requested>denied', 'requested>withdrawn', 'requested>lapsed', 'requested>approved',
        'approved>issuing', 'approved>lapsed', 'approved>failed', 'approved>revoked',
        'issuing>issued', 'issuing>approved', 'issuing>failed', 'issuing>revoked',
        'failed>approved', 'failed>lapsed', 'failed>revoked',
        'issued>revealed', 'issued>expired', 'issued>revoked',
        'revealed>revoked', 'revealed>ended'];
    unsigned text;
    persons integer;
    wanted integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' THEN
            RAISE EXCEPTION 'a grant begins as requested' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.reference, NEW.snapshot, NEW.snapshot_hash, NEW.seconds, NEW.template_version_id, NEW.vendor_id,
        NEW.issuer_id, NEW.requester_id, NEW.recipient_id, NEW.requester_person, NEW.recipient_person,
        NEW.inviter_person, NEW.requested_at)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.snapshot, OLD.snapshot_hash, OLD.seconds, OLD.template_version_id, OLD.vendor_id,
        OLD.issuer_id, OLD.requester_id, OLD.recipient_id, OLD.requester_person, OLD.recipient_person,
        OLD.inviter_person, OLD.requested_at) THEN
        RAISE EXCEPTION 'what was asked for is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT OLD.state || '>' || NEW.state = ANY (moves) THEN
        RAISE EXCEPTION 'a grant does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'approved' THEN
        SELECT count(*) INTO wanted FROM unnest((SELECT approver_groups FROM grants_templateversion
            WHERE id = NEW.template_version_id)) AS g;
        SELECT count(DISTINCT d.decider_person), min(g) FILTER (WHERE d.id IS NULL) INTO persons, unsigned
            FROM unnest((SELECT approver_groups FROM grants_templateversion WHERE id = NEW.template_version_id)) AS g
            LEFT JOIN grants_decision d ON d.grant_id = NEW.id AND d."group" = g AND d.verdict = 'approve'
                AND d.snapshot_hash = NEW.snapshot_hash;
        IF unsigned IS NOT NULL OR persons < wanted THEN
            RAISE EXCEPTION 'a grant is approved by one person for every group that signs' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_keeps_its_life BEFORE INSERT OR UPDATE ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_check_grant();

-- The audit chain: number, time, transaction, role, digests and the head are the database's, whoever writes.
CREATE FUNCTION daypass_chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head grants_audithead%ROWTYPE;
BEGIN
    INSERT INTO grants_audithead AS h (id, seq, link) VALUES (1, 1, decode(repeat('00', 32), 'hex'))
        ON CONFLICT (id) DO UPDATE SET seq = h.seq + 1 RETURNING * INTO head;
    NEW.seq := head.seq;
    NEW.at := clock_timestamp();
    NEW.txid := pg_current_xact_id()::text::bigint;
    NEW.db_role := session_user;
    NEW.previous := head.link;
    NEW.row_digest := sha256(convert_to(concat_ws(E'\n', NEW.seq::text, NEW.id::text,
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), NEW.txid::text, NEW.db_role,
        NEW.kind, NEW.subject, NEW.payload), 'UTF8'));
    NEW.link := sha256(NEW.previous || NEW.row_digest);
    UPDATE grants_audithead SET link = NEW.link WHERE id = 1;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_is_chained BEFORE INSERT ON grants_auditevent
    FOR EACH ROW EXECUTE FUNCTION daypass_chain_audit();

-- No change of state without its audit row in the same transaction.
CREATE FUNCTION daypass_check_audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM grants_auditevent WHERE subject = NEW.reference AND txid = pg_current_xact_id()::text::bigint
        AND payload LIKE '%"to":"' || NEW.state || '"%';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a change of state needs its audit row in the same transaction' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER grant_move_is_audited AFTER UPDATE OF state ON grants_grant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION daypass_check_audited();
