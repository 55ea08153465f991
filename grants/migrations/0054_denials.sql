-- The web process says what AWS has to refuse, and nothing of what became of that: a Denial that it wrote beforehand as
-- confirmed, lifted, due some day or over at once would stand in the place of the one that a revocation wants.
CREATE TRIGGER denial_is_the_workers BEFORE INSERT ON grants_denial
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_to_the_worker(
        '{"tries": 0, "last_error": "", "confirmed_at": null, "lifted_at": null}');
CREATE TRIGGER wide_denial_is_the_workers BEFORE INSERT ON grants_widedenial
    FOR EACH ROW EXECUTE FUNCTION daypass_leave_to_the_worker(
        '{"tries": 0, "last_error": "", "confirmed_at": null, "lifted_at": null}');

-- A session is denied to its end; what has no name of its own, for as long as any session can live: 36 hours, less what
-- two clocks may differ by.
CREATE FUNCTION daypass_check_denial() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wanted CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'INSERT' AND NEW.due_at > clock_timestamp() + interval '5 minutes'
            OR TG_OP = 'UPDATE' AND NEW.session_ends_at < OLD.session_ends_at
            OR NEW.session_ends_at < clock_timestamp() + interval '36 hours' - interval '5 minutes' AND NOT EXISTS (
                SELECT FROM grants_issueattempt a WHERE a.grant_id::text = wanted ->> 'grant_id'
                    AND wanted ->> 'userid' LIKE '%:' || a.name AND a.expiration <= NEW.session_ends_at) THEN
        RAISE EXCEPTION 'a session is denied from now to its end' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER denial_lasts BEFORE INSERT ON grants_denial
    FOR EACH ROW WHEN (session_user = 'daypass_web') EXECUTE FUNCTION daypass_check_denial();
CREATE TRIGGER wide_denial_lasts BEFORE INSERT OR UPDATE OF session_ends_at ON grants_widedenial
    FOR EACH ROW WHEN (session_user = 'daypass_web') EXECUTE FUNCTION daypass_check_denial();
