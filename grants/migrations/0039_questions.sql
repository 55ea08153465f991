-- A question is asked by somebody who may decide, and answered by who asked or receives, while nobody has decided; what
-- was said stays as it was said.
ALTER TABLE grants_question
    ADD CONSTRAINT question_person_is_the_askers FOREIGN KEY (asker_id, asker_person) REFERENCES grants_user (id, person);
CREATE FUNCTION daypass_check_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.answered_at IS NOT NULL
        OR (NEW.id, NEW.grant_id, NEW.asker_id, NEW.asker_person, NEW.text, NEW.asked_at)
            IS DISTINCT FROM (OLD.id, OLD.grant_id, OLD.asker_id, OLD.asker_person, OLD.text, OLD.asked_at)) THEN
        RAISE EXCEPTION 'what was said stays as it was said' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND (SELECT count(*) FROM grants_question WHERE grant_id = NEW.grant_id) >= 10 THEN
        RAISE EXCEPTION 'a request takes ten questions' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM grants_grant g WHERE g.id = NEW.grant_id AND g.state = 'requested'
        AND NEW.asker_person NOT IN (g.requester_person, g.recipient_person, g.inviter_person)
        AND (NEW.answered_by_id IS NULL OR NEW.answered_by_id IN (g.requester_id, g.recipient_id));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a question is about an undecided request of somebody else, who answers it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER question_fits_its_grant BEFORE INSERT OR UPDATE ON grants_question
    FOR EACH ROW EXECUTE FUNCTION daypass_check_question();
CREATE TRIGGER question_stays BEFORE DELETE ON grants_question FOR EACH ROW EXECUTE FUNCTION daypass_refuse();
