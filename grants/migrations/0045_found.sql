-- All changes of a statement or none: each part counts the rows that it changed, which must be one.
CREATE FUNCTION daypass_found(changed bigint, of_table text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF changed <> 1 THEN
        RAISE EXCEPTION 'a row of % is no longer as it was read', of_table USING ERRCODE = 'DP001', TABLE = of_table;
    END IF;
    RETURN true;
END $$;
