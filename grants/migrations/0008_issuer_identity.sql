-- An issuer that has minted keeps its account, partition and user: a Deny must reach the user whose sessions live.
CREATE FUNCTION daypass_keep_issuer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.account_id, NEW.partition, NEW.user_arn) IS DISTINCT FROM (OLD.account_id, OLD.partition, OLD.user_arn)
        AND EXISTS (SELECT FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id WHERE g.issuer_id = OLD.id) THEN
        RAISE EXCEPTION 'an issuer that has minted keeps its account and user: make a new one and switch this one off'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER issuer_keeps_its_identity BEFORE UPDATE ON grants_issuer
    FOR EACH ROW EXECUTE FUNCTION daypass_keep_issuer();
