-- A signer who was frozen, or has left, between what was read and what is written: the grant is not as it was read, which
-- whoever writes it says in words (models/rows.py); as an error of its own it was a stack trace to the last signer.
CREATE OR REPLACE FUNCTION daypass_check_signed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF daypass_open_groups(NEW.id, NEW.template_version_id, NEW.snapshot_hash, NEW.state_at) <> '{}' THEN
        RAISE EXCEPTION 'a grant is approved, and issued, while as many persons of every group as must sign have signed'
            USING ERRCODE = 'DP001', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
