-- Who adds to the chain stands in line for a lock that nobody else can take: an advisory one is anybody's who may sign in,
-- for as long as they like. The same id a second time is an error: INSERT .. ON CONFLICT DO NOTHING asks this function
-- first and then writes no row, which would leave a hole behind the head.
CREATE OR REPLACE FUNCTION daypass_chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE grants_audithead IN SHARE UPDATE EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM grants_auditevent WHERE id = NEW.id) THEN
        RAISE EXCEPTION 'this audit row is written already' USING ERRCODE = 'unique_violation';
    END IF;
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
