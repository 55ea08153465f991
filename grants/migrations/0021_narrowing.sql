-- An undecided request may become smaller, and nothing else. Signatures bind to the hash they were made over, so those
-- made before no longer count.
ALTER TABLE grants_narrowing
    ADD CONSTRAINT narrowing_keeps_what_was
        CHECK (old_hash = encode(sha256(convert_to(old_snapshot, 'UTF8')), 'hex')),
    ADD CONSTRAINT narrowing_person_is_the_narrowers
        FOREIGN KEY (narrower_id, narrower_person) REFERENCES grants_user (id, person);
CREATE TRIGGER narrowing_is_immutable BEFORE UPDATE OR DELETE ON grants_narrowing
    FOR EACH ROW EXECUTE FUNCTION daypass_refuse();

-- Of the snapshot fewer seconds, buckets and actions, or a deeper prefix; all else word for word. The policy is rendered
-- again from the scope by whoever reads it, and refused when it differs.
CREATE FUNCTION daypass_is_smaller(small jsonb, large jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT small - '{scope,policy,seconds}'::text[] = large - '{scope,policy,seconds}'::text[]
        AND (small ->> 'seconds')::int BETWEEN 900 AND (large ->> 'seconds')::int
        AND (small -> 'scope') - '{buckets,prefix,actions}'::text[] = (large -> 'scope') - '{buckets,prefix,actions}'::text[]
        AND CASE WHEN large #>> '{scope,kind}' IN ('bucket', 'shared') THEN
                coalesce(small #> '{scope,buckets}' <@ (large #> '{scope,buckets}')
                    AND jsonb_array_length(small #> '{scope,buckets}') > 0, large #>> '{scope,kind}' = 'shared')
                AND small #> '{scope,actions}' <@ (large #> '{scope,actions}')
                AND jsonb_array_length(small #> '{scope,actions}') > 0
                AND starts_with(small #>> '{scope,prefix}', large #>> '{scope,prefix}')
                AND small #>> '{scope,prefix}' LIKE '%/'
            ELSE small -> 'scope' = large -> 'scope' AND small -> 'policy' = large -> 'policy' END
$$;

CREATE FUNCTION daypass_check_narrowing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM grants_grant g WHERE g.id = NEW.grant_id AND g.state = 'requested' AND g.snapshot = NEW.old_snapshot
        AND NEW.narrower_person NOT IN (g.requester_person, g.recipient_person, g.inviter_person);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an undecided request is made smaller, and by none of those whom it is about'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER narrowing_fits_its_grant BEFORE INSERT ON grants_narrowing
    FOR EACH ROW EXECUTE FUNCTION daypass_check_narrowing();

CREATE FUNCTION daypass_check_narrowed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM grants_grant g JOIN grants_auditevent e ON e.subject = g.reference
        WHERE g.id = NEW.grant_id AND g.snapshot_hash = NEW.new_hash AND e.kind = 'grant.narrowed'
            AND e.txid = pg_current_xact_id()::text::bigint
            AND e.payload LIKE '%"old_hash":"' || NEW.old_hash || '"%';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a narrowing needs its effect and its audit row in the same transaction'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER narrowing_is_audited AFTER INSERT ON grants_narrowing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION daypass_check_narrowed();

CREATE OR REPLACE FUNCTION daypass_freeze_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.reference, NEW.template_version_id, NEW.vendor_id, NEW.issuer_id, NEW.requester_id,
        NEW.recipient_id, NEW.requester_person, NEW.recipient_person, NEW.inviter_person, NEW.requested_at,
        NEW.starts_at, NEW.previous_id, NEW.session_of_id)
        IS DISTINCT FROM
       (OLD.id, OLD.reference, OLD.template_version_id, OLD.vendor_id, OLD.issuer_id, OLD.requester_id,
        OLD.recipient_id, OLD.requester_person, OLD.recipient_person, OLD.inviter_person, OLD.requested_at,
        OLD.starts_at, OLD.previous_id, OLD.session_of_id) THEN
        RAISE EXCEPTION 'what was asked for is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.snapshot, NEW.snapshot_hash, NEW.seconds) IS NOT DISTINCT FROM
       (OLD.snapshot, OLD.snapshot_hash, OLD.seconds) THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM grants_narrowing n
        WHERE n.grant_id = NEW.id AND n.old_hash = OLD.snapshot_hash AND n.new_hash = NEW.snapshot_hash;
    IF NOT FOUND OR OLD.state <> 'requested' OR NEW.state <> 'requested'
        OR NOT daypass_is_smaller(NEW.snapshot::jsonb, OLD.snapshot::jsonb)
        OR NEW.seconds <> (NEW.snapshot::jsonb ->> 'seconds')::int THEN
        RAISE EXCEPTION 'what was asked for is never changed, but for a smaller snapshot before any decision'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
