-- In a restored database no try at a link is counted either, so that a reveal need not ask first.
DROP TRIGGER nothing_is_revealed_when_fenced ON grants_pickuplink;
CREATE TRIGGER nothing_is_revealed_when_fenced AFTER UPDATE OF used_at, tries ON grants_pickuplink
    FOR EACH ROW
    WHEN ((OLD.used_at IS NULL AND NEW.used_at IS NOT NULL) OR OLD.tries <> NEW.tries)
    EXECUTE FUNCTION daypass_refuse_when_fenced();
