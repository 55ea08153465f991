-- A grant moves with the audit row of exactly this move, and begins with that of its request. Whichever row led to the
-- same state would do before: who may not say that a grant ended could end it all the same, by a row of another kind.
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
    PERFORM 1 FROM grants_auditevent WHERE subject = NEW.reference AND txid = pg_current_xact_id()::text::bigint
        AND kind || ':' || OLD.state || '>' || NEW.state = ANY (said)
        AND payload::jsonb -> 'facts' @> jsonb_build_object('from', OLD.state, 'to', NEW.state);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a change of state needs its audit row in the same transaction' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION daypass_check_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM grants_auditevent WHERE subject = NEW.reference AND txid = pg_current_xact_id()::text::bigint
        AND kind = 'grant.requested';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a request needs its audit row in the same transaction' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER grant_beginning_is_audited AFTER INSERT ON grants_grant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION daypass_check_asked();
