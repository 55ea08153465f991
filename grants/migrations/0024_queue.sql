-- What an approver looks at twice, out of the snapshot itself: whoever writes the row, the queue filters by the truth.
CREATE FUNCTION daypass_risks(snapshot text) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN s #> '{scope,actions}' ?| ARRAY['s3:PutObject', 's3:AbortMultipartUpload', 's3:RestoreObject']
            THEN 'write' END,
        CASE WHEN s #> '{scope,actions}' ?| ARRAY['s3:DeleteObject', 's3:DeleteObjectVersion'] THEN 'delete' END,
        CASE WHEN s #>> '{scope,kind}' IN ('managed', 'session', 'custom') THEN s #>> '{scope,kind}' END,
        CASE WHEN coalesce(s #>> '{scope,prefix}', '') = '' THEN 'unbound' END,
        CASE WHEN (s ->> 'seconds')::int > 43200 THEN 'long' END], NULL)::varchar[]
    FROM (SELECT snapshot::jsonb AS s) AS parsed
$$;
