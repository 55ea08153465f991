-- The company's sign-in opens staff accounts only, and a link names the same person for as long as it stands.
CREATE FUNCTION daypass_check_company_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a company link is removed and made again, never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM grants_user WHERE id = NEW.user_id AND is_staff AND is_active) THEN
        RAISE EXCEPTION 'a company link belongs to an active staff account' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER company_link_is_of_active_staff BEFORE INSERT OR UPDATE ON grants_companylink
    FOR EACH ROW EXECUTE FUNCTION daypass_check_company_link();
