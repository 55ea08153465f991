-- Of every group that signs as many persons as the version says. Three guards of a grant, each with one question:
-- where it may go, what is never changed, and whether enough persons have signed.

ALTER TABLE grants_templateversion
    ADD CONSTRAINT version_signers_are_of_its_groups
        CHECK (signers ?& approver_groups::text[] AND signers - approver_groups::text[] = '{}'::jsonb),
    ADD CONSTRAINT version_signers_are_some
        CHECK (NOT jsonb_path_exists(signers, '$.* ? (!(@.type() == "number" && @ >= 1 && @ <= 9 && @ == @.floor()))'));

-- The groups whose signatures are still missing, of those that hold at a time; a person signs a snapshot once, which
-- decision_once_per_person says.
CREATE FUNCTION daypass_open_groups(of_grant uuid, of_version uuid, of_hash text, at timestamptz) RETURNS text[]
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(wanted.key ORDER BY wanted.key), '{}')
    FROM grants_templateversion v, jsonb_each_text(v.signers) AS wanted
    WHERE v.id = of_version AND wanted.value::int > (
        SELECT count(DISTINCT d.decider_person) FROM grants_decision d
        WHERE d.grant_id = of_grant AND d.snapshot_hash = of_hash AND d."group" = wanted.key
            AND d.verdict = 'approve' AND d.valid_until > at)
$$;

-- The lifecycle (grants/lifecycle.py; a test compares the two).
CREATE OR REPLACE FUNCTION daypass_check_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves CONSTANT text[] := ARRAY[
        'requested>denied', 'requested>withdrawn', 'requested>lapsed', 'requested>approved',
        'approved>issuing', 'approved>lapsed', 'approved>failed', 'approved>revoked',
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
    IF NEW.state <> OLD.state AND NOT OLD.state || '>' || NEW.state = ANY (moves) THEN
        RAISE EXCEPTION 'a grant does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION daypass_freeze_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reference, NEW.snapshot, NEW.snapshot_hash, NEW.seconds, NEW.template_version_id, NEW.vendor_id,
        NEW.issuer_id, NEW.requester_id, NEW.recipient_id, NEW.requester_person, NEW.recipient_person,
        NEW.inviter_person, NEW.requested_at)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.snapshot, OLD.snapshot_hash, OLD.seconds, OLD.template_version_id, OLD.vendor_id,
        OLD.issuer_id, OLD.requester_id, OLD.recipient_id, OLD.requester_person, OLD.recipient_person,
        OLD.inviter_person, OLD.requested_at) THEN
        RAISE EXCEPTION 'what was asked for is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_is_frozen BEFORE UPDATE ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION daypass_freeze_grant();

-- Signatures must hold when it becomes approved; later ones, from a call that failed, are the worker's to look at.
CREATE FUNCTION daypass_check_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF daypass_open_groups(NEW.id, NEW.template_version_id, NEW.snapshot_hash,
            CASE OLD.state WHEN 'requested' THEN NEW.state_at ELSE '-infinity' END) <> '{}' THEN
        RAISE EXCEPTION 'a grant is approved by as many persons of every group as must sign'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_is_signed BEFORE UPDATE OF state ON grants_grant
    FOR EACH ROW WHEN (NEW.state = 'approved' AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION daypass_check_signed();
