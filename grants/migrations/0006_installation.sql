-- A restored database is older than the truth: it may hold a revealed link as fresh and a revoked grant as open. So the
-- database remembers which one it is, and refuses to issue or reveal when it wakes up as another.

-- The cluster (new after a dump was loaded elsewhere), its timeline (new after a recovery to a point in time, and after
-- a standby took over), and the database in it (new after a dump was loaded beside).
CREATE FUNCTION daypass_identity() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT system_identifier FROM pg_control_system())
        || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
$$;

CREATE TABLE daypass_installation (
    id smallint PRIMARY KEY CHECK (id = 1),
    identity text NOT NULL,
    noted_at timestamptz NOT NULL,
    fenced_at timestamptz
);
INSERT INTO daypass_installation VALUES (1, daypass_identity(), now());

-- No row is as bad as a wrong one.
CREATE FUNCTION daypass_is_fenced() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT fenced_at IS NOT NULL OR identity <> daypass_identity() FROM daypass_installation), true)
$$;

CREATE FUNCTION daypass_refuse_when_fenced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF public.daypass_is_fenced() THEN
        RAISE EXCEPTION 'the database was restored or moved: run manage.py after_restore first'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_issued_when_fenced BEFORE INSERT ON grants_issueattempt
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse_when_fenced();
CREATE TRIGGER nothing_is_revealed_when_fenced BEFORE UPDATE ON grants_pickuplink
    FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL)
    EXECUTE FUNCTION daypass_refuse_when_fenced();
