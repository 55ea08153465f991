-- Pre-approved windows: what counts is the text that was signed. The database reads whom it is for out of it, and holds
-- signers, ceiling and end date to it, whoever writes.
ALTER TABLE grants_window
    ADD CONSTRAINT window_hash_is_of_the_text CHECK (text_hash = encode(sha256(convert_to(text, 'UTF8')), 'hex'));
ALTER TABLE grants_windowsignature
    ADD CONSTRAINT window_signature_person_is_the_signers
        FOREIGN KEY (signer_id, signer_person) REFERENCES grants_user (id, person);

-- What was signed is never changed; a window closes, and stays closed.
CREATE FUNCTION daypass_check_window() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    terms CONSTANT jsonb := NEW.text::jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.opened_at IS NULL AND NEW.closed_at IS NULL
            AND terms ->> 'reference' = NEW.reference
            AND terms #>> '{offer,version}' = NEW.template_version_id::text
            AND (terms ->> 'ends_at')::timestamptz = NEW.ends_at
            AND terms ->> 'vendor' = (SELECT slug FROM grants_vendor WHERE id = NEW.vendor_id)
            AND (terms ->> 'seconds_max')::int >= 900 AND (terms ->> 'grants_max')::int >= 1
            AND cardinality(daypass_window_persons(NEW.text)) >= 1) IS NOT TRUE THEN
            RAISE EXCEPTION 'a window is what its text says' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.reference, NEW.template_version_id, NEW.vendor_id, NEW.text, NEW.text_hash, NEW.ends_at, NEW.reason,
        NEW.drawn_up_at, NEW.drawn_up_by_id)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.template_version_id, OLD.vendor_id, OLD.text, OLD.text_hash, OLD.ends_at, OLD.reason,
        OLD.drawn_up_at, OLD.drawn_up_by_id)
        OR OLD.closed_at IS NOT NULL
        OR (OLD.opened_at IS NOT NULL AND NEW.opened_at IS DISTINCT FROM OLD.opened_at) THEN
        RAISE EXCEPTION 'what was signed is never changed, and what is closed stays closed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER window_keeps_its_text BEFORE INSERT OR UPDATE ON grants_window
    FOR EACH ROW EXECUTE FUNCTION daypass_check_window();
CREATE TRIGGER window_is_never_deleted BEFORE DELETE ON grants_window
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
CREATE TRIGGER window_signature_is_immutable BEFORE UPDATE OR DELETE ON grants_windowsignature
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();

-- A signature is over the text, for a group that signs, by none of those whom the window is for or who invited them.
CREATE FUNCTION daypass_check_window_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_window w JOIN grants_templateversion v ON v.id = w.template_version_id
        WHERE w.id = NEW.window_id AND w.closed_at IS NULL AND w.text_hash = NEW.text_hash
            AND NEW."group" = ANY (v.approver_groups)
            AND NOT jsonb_path_exists(w.text::jsonb, '$.recipients[*] ? (@.person == $signer || @.inviter == $signer)',
                jsonb_build_object('signer', NEW.signer_person::text));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a window is signed as it stands, for a group that signs, and by nobody whom it is for'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER window_signature_fits BEFORE INSERT ON grants_windowsignature
    FOR EACH ROW EXECUTE FUNCTION daypass_check_window_signature();

-- Signing and closing have their audit rows in the same transaction.
CREATE FUNCTION daypass_check_window_audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM grants_auditevent e JOIN grants_window w ON w.reference = e.subject
        WHERE e.txid = pg_current_xact_id()::text::bigint
            AND (TG_TABLE_NAME = 'grants_window' AND w.id::text = to_jsonb(NEW) ->> 'id' AND e.kind = 'window.closed'
                OR w.id::text = to_jsonb(NEW) ->> 'window_id' AND e.kind = 'window.signed');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a window is signed and closed with its audit row in the same transaction'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER window_signature_is_audited AFTER INSERT ON grants_windowsignature
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION daypass_check_window_audited();
CREATE CONSTRAINT TRIGGER window_closing_is_audited AFTER UPDATE OF closed_at ON grants_window
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION daypass_check_window_audited();

-- A grant under a window is for one of its persons, by its version, below its ceiling; the window's row lock makes those
-- of one moment count each other. A grant keeps its window.
CREATE FUNCTION daypass_check_window_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    w grants_window%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a grant keeps its window' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO w FROM grants_window WHERE id = NEW.window_id FOR NO KEY UPDATE;
    IF (w.opened_at IS NOT NULL AND w.closed_at IS NULL AND w.template_version_id = NEW.template_version_id
        AND w.vendor_id = NEW.vendor_id AND NEW.recipient_person = ANY (w.persons)
        AND NEW.seconds <= (w.text::jsonb ->> 'seconds_max')::int
        AND coalesce(NEW.starts_at, NEW.requested_at) + make_interval(secs => NEW.seconds) <= w.ends_at
        AND (SELECT count(*) FROM grants_grant g WHERE g.window_id = w.id) < (w.text::jsonb ->> 'grants_max')::int)
        IS NOT TRUE THEN
        RAISE EXCEPTION 'a grant under a window is within what was signed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_fits_its_window BEFORE INSERT ON grants_grant
    FOR EACH ROW WHEN (NEW.window_id IS NOT NULL) EXECUTE FUNCTION daypass_check_window_use();
CREATE TRIGGER grant_keeps_its_window BEFORE UPDATE OF window_id ON grants_grant
    FOR EACH ROW WHEN (NEW.window_id IS DISTINCT FROM OLD.window_id) EXECUTE FUNCTION daypass_check_window_use();

-- Who decided under a window is who signed it, for the same group.
CREATE FUNCTION daypass_check_decided_in_advance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_grant g WHERE g.id = NEW.grant_id AND (g.window_id IS NULL OR NEW.verdict = 'approve'
        AND EXISTS (SELECT FROM grants_windowsignature s WHERE s.window_id = g.window_id
            AND s.signer_person = NEW.decider_person AND s."group" = NEW."group"));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a grant under a window is decided by those who signed it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_is_the_windows BEFORE INSERT ON grants_decision
    FOR EACH ROW EXECUTE FUNCTION daypass_check_decided_in_advance();
