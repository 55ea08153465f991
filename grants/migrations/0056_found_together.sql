-- Whether each change of a run found its row, by one call: the first that did not is named. The function that was asked
-- for each change stays: processes of the release before still ask it between the migration and their end.
CREATE FUNCTION daypass_found(changed integer[], of_tables text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    lost CONSTANT integer := array_position(changed, NULL);
BEGIN
    IF lost IS NOT NULL THEN
        RAISE EXCEPTION 'a row of % is no longer as it was read', of_tables[lost]
            USING ERRCODE = 'DP001', TABLE = of_tables[lost];
    END IF;
    RETURN true;
END $$;
