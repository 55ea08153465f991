-- One row that is no object would stop whoever proves the chain. Rows from before are as they are.
ALTER TABLE grants_auditevent ADD CONSTRAINT audit_payload_is_an_object CHECK (
    jsonb_typeof(payload::jsonb) = 'object'
    AND coalesce(jsonb_typeof(payload::jsonb -> 'facts'), 'object') = 'object'
    AND coalesce(jsonb_typeof(payload::jsonb -> 'personal'), 'object') = 'object') NOT VALID;

-- What became of a link stays so, and its tries only grow; a sealed credential is wiped, once, and nothing else.
CREATE TRIGGER link_keeps_its_fate AFTER UPDATE OF tries, end_tries, used_at, used_from, locked_at, closed_at
    ON grants_pickuplink FOR EACH ROW
    WHEN (NEW.tries < OLD.tries OR NEW.end_tries < OLD.end_tries
        OR coalesce(OLD.used_at, OLD.locked_at, OLD.closed_at) IS NOT NULL
            AND (NEW.used_at, NEW.used_from, NEW.locked_at, NEW.closed_at)
                IS DISTINCT FROM (OLD.used_at, OLD.used_from, OLD.locked_at, OLD.closed_at))
    EXECUTE FUNCTION daypass_refuse();
CREATE TRIGGER sealed_is_wiped_once AFTER UPDATE ON grants_sealedcredential FOR EACH ROW
    WHEN (OLD.ciphertext IS NULL OR NEW.ciphertext IS NOT NULL) EXECUTE FUNCTION daypass_refuse();

-- A guard asks the tables of this schema, also in a database where somebody may make temporary ones of the same name.
DO $$
DECLARE
    guard regprocedure;
BEGIN
    FOR guard IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND p.prorettype = 'trigger'::regtype AND p.proconfig IS NULL AND p.prosrc ~ '(FROM|JOIN|INTO|UPDATE) +(grants|auth)_'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', guard);
    END LOOP;
END $$;
ALTER FUNCTION daypass_check_signed() SET search_path = public, pg_temp;
