-- Whoever is on call may approve alone, in an emergency: with a reason, and only as a member of that group.
CREATE OR REPLACE FUNCTION daypass_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_grant g JOIN grants_templateversion v ON v.id = g.template_version_id
        WHERE g.id = NEW.grant_id AND g.state = 'requested' AND g.snapshot_hash = NEW.snapshot_hash
          AND (NEW."group" = ANY (v.approver_groups)
            OR NEW."group" = 'on call' AND NEW.verdict = 'approve' AND NEW.reason <> ''
                AND (NOT v.needs_passkey OR NEW.assertion <> '')
                AND EXISTS (SELECT FROM grants_user_groups m JOIN auth_group n ON n.id = m.group_id
                    WHERE m.user_id = NEW.decider_id AND n.name = 'on call'));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a decision must be over the current snapshot of an undecided grant, for a group that signs'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION daypass_open_groups(of_grant uuid, of_version uuid, of_hash text, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$
    WITH holding AS (
        SELECT d."group" AS name, d.decider_person AS person
        FROM grants_decision d JOIN grants_user u ON u.id = d.decider_id
        WHERE d.grant_id = of_grant AND d.snapshot_hash = of_hash AND d.verdict = 'approve' AND d.valid_until > at
            AND u.is_active)
    SELECT coalesce(array_agg(wanted.key ORDER BY wanted.key), '{}')
    FROM grants_templateversion v, jsonb_each_text(v.signers) AS wanted
    WHERE v.id = of_version AND NOT EXISTS (SELECT FROM holding WHERE name = 'on call')
        AND wanted.value::int > (SELECT count(DISTINCT person) FROM holding WHERE name = wanted.key)
$$;

ALTER TABLE grants_templateversion
    ADD CONSTRAINT version_is_not_for_those_on_call CHECK (NOT signers ? 'on call');

-- A review is of such an approval, by another person, and stays.
ALTER TABLE grants_emergencyreview
    ADD CONSTRAINT review_person_is_the_reviewers
        FOREIGN KEY (reviewer_id, reviewer_person) REFERENCES grants_user (id, person);
CREATE TRIGGER review_is_immutable BEFORE UPDATE OR DELETE ON grants_emergencyreview
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
CREATE FUNCTION daypass_check_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_decision d
        WHERE d.id = NEW.decision_id AND d."group" = 'on call' AND d.decider_person = NEW.decider_person;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an approval that was given alone is reviewed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_fits_its_decision BEFORE INSERT ON grants_emergencyreview
    FOR EACH ROW EXECUTE FUNCTION daypass_check_review();
