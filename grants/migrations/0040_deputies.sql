-- Whoever stands in signs for the group already, and so does whoever is away: naming a deputy gives nobody a right.
ALTER TABLE grants_deputy
    ADD CONSTRAINT deputy_absent_person_is_theirs FOREIGN KEY (absent_id, absent_person)
        REFERENCES grants_user (id, person),
    ADD CONSTRAINT deputy_person_is_theirs FOREIGN KEY (deputy_id, deputy_person)
        REFERENCES grants_user (id, person);
ALTER TABLE grants_decision
    ADD CONSTRAINT decision_stands_for_that_person FOREIGN KEY (stands_for_id, stands_for_person)
        REFERENCES grants_user (id, person);

CREATE FUNCTION daypass_check_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NOT NULL
            OR (NEW.id, NEW.absent_id, NEW.absent_person, NEW.deputy_id, NEW.deputy_person, NEW."group", NEW.named_at, NEW.ends_at)
            IS DISTINCT FROM
            (OLD.id, OLD.absent_id, OLD.absent_person, OLD.deputy_id, OLD.deputy_person, OLD."group", OLD.named_at, OLD.ends_at) THEN
            RAISE EXCEPTION 'a deputy is ended, once, and nothing else' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (SELECT count(*) FROM grants_user u JOIN grants_user_groups m ON m.user_id = u.id JOIN auth_group g ON g.id = m.group_id
        WHERE u.id IN (NEW.absent_id, NEW.deputy_id) AND u.is_active AND u.is_staff AND g.name = NEW."group") <> 2 THEN
        RAISE EXCEPTION 'a deputy and whom they stand in for are of the same group' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deputy_is_of_the_group BEFORE INSERT OR UPDATE ON grants_deputy
    FOR EACH ROW EXECUTE FUNCTION daypass_check_deputy();
CREATE TRIGGER deputy_is_never_deleted BEFORE DELETE ON grants_deputy FOR EACH ROW EXECUTE FUNCTION daypass_refuse();

-- Who names somebody else beside themselves stands in for them at that time, in that group.
CREATE FUNCTION daypass_check_stands_for() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_deputy d WHERE d.deputy_person = NEW.decider_person AND d.absent_person = NEW.stands_for_person
        AND d."group" = NEW."group" AND d.ended_at IS NULL AND d.ends_at > NEW.decided_at AND d.named_at <= NEW.decided_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a decision names somebody for whom the decider does not stand in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_stands_for_the_absent BEFORE INSERT ON grants_decision
    FOR EACH ROW WHEN (NEW.stands_for_id IS NOT NULL) EXECUTE FUNCTION daypass_check_stands_for();
