-- Whoever is frozen now had signed before that. The database counts by itself, so that nobody can forget or undo it.
UPDATE grants_user SET times_frozen = 1 WHERE frozen_at IS NOT NULL;

CREATE FUNCTION daypass_count_freezes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.times_frozen := OLD.times_frozen + (OLD.frozen_at IS NULL AND NEW.frozen_at IS NOT NULL)::int;
    RETURN NEW;
END $$;
CREATE TRIGGER freeze_is_counted BEFORE UPDATE OF times_frozen, frozen_at ON grants_user
    FOR EACH ROW EXECUTE FUNCTION daypass_count_freezes();

CREATE OR REPLACE FUNCTION daypass_open_groups(of_grant uuid, of_version uuid, of_hash text, at timestamptz)
    RETURNS text[] LANGUAGE sql STABLE AS $$
    WITH holding AS (
        SELECT d."group" AS name, d.decider_person AS person
        FROM grants_decision d JOIN grants_user u ON u.id = d.decider_id
        WHERE d.grant_id = of_grant AND d.snapshot_hash = of_hash AND d.verdict = 'approve' AND d.valid_until > at
            AND u.is_active AND d.times_frozen = u.times_frozen)
    SELECT coalesce(array_agg(wanted.key ORDER BY wanted.key), '{}')
    FROM grants_templateversion v, jsonb_each_text(v.signers) AS wanted
    WHERE v.id = of_version AND NOT EXISTS (SELECT FROM holding WHERE name = 'on call')
        AND wanted.value::int > (SELECT count(DISTINCT person) FROM holding WHERE name = wanted.key)
$$;
