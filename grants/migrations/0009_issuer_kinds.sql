-- An issuer that has minted keeps its kind, account, partition and principal: a Deny must reach those whose sessions live.
-- Who assumes a role may change; the Deny stands on the role, by its id.
CREATE OR REPLACE FUNCTION daypass_keep_issuer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ((NEW.kind, NEW.account_id, NEW.partition, NEW.role_arn, NEW.role_id)
            IS DISTINCT FROM (OLD.kind, OLD.account_id, OLD.partition, OLD.role_arn, OLD.role_id)
            OR (NEW.kind <> 'role' AND NEW.user_arn <> OLD.user_arn))
        AND EXISTS (SELECT FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id WHERE g.issuer_id = OLD.id) THEN
        RAISE EXCEPTION 'an issuer that has minted keeps its kind, account and principal: make a new one and switch this one off'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
