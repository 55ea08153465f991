-- One query an invariant, each returning what offends it: a reference, and what is wrong there. Nothing is a green.
-- Parameters: now, and the audit heads that were published, as two arrays. Read-only, for the worker's role.

-- I2 per grant at most one live secret, per link at most one reveal
SELECT g.reference, count(*) || ' whole ciphertexts'
FROM grants_sealedcredential s JOIN grants_grant g ON g.id = s.grant_id
WHERE s.ciphertext IS NOT NULL GROUP BY g.reference HAVING count(*) > 1
UNION ALL
SELECT g.reference, count(*) || ' sessions that nobody denied'
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
LEFT JOIN grants_denial d ON d.issuer_id = g.issuer_id AND (d.userid LIKE '%%:' || a.name
    OR (g.session_of_id IS NOT NULL AND d.userid LIKE 'before=%%' AND d.wanted_at >= a.started_at))
WHERE a.outcome = 'minted' AND d.id IS NULL GROUP BY g.reference HAVING count(*) > 1
UNION ALL
SELECT g.reference, a.name || ' is ' || a.outcome || ' and not denied'
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
LEFT JOIN grants_denial d ON d.issuer_id = g.issuer_id AND (d.userid LIKE '%%:' || a.name
    OR (g.session_of_id IS NOT NULL AND d.userid LIKE 'before=%%' AND d.wanted_at >= a.started_at))
WHERE a.outcome IN ('unknown', 'discarded') AND d.id IS NULL
UNION ALL
SELECT min(g.reference), count(*) || ' sessions of the one IAM user ' || i.user_arn
FROM grants_grant g JOIN grants_issuer i ON i.id = g.session_of_id
WHERE g.state IN ('issuing', 'issued', 'revealed') GROUP BY i.user_arn HAVING count(*) > 1
UNION ALL
SELECT g.reference, count(e.id) || ' reveals on record for link ' || l.id
FROM grants_pickuplink l JOIN grants_grant g ON g.id = l.grant_id
LEFT JOIN grants_auditevent e ON e.subject = g.reference AND e.kind = 'grant.revealed'
    AND e.payload::jsonb -> 'facts' ->> 'link' = l.id::text
GROUP BY g.reference, l.id, l.used_at HAVING count(e.id) <> (l.used_at IS NOT NULL)::int;

-- I3 every change of state has its audit row, written in the same transaction
SELECT g.reference, CASE
    WHEN m.seq IS NULL THEN 'no audit row says how it became ' || g.state
    WHEN m.before IS DISTINCT FROM m.source THEN 'row ' || m.seq || ' leaves ' || m.source || ', but it was '
        || coalesce(m.before, 'nothing')
    ELSE 'it is ' || g.state || ', but the last audit row says ' || m.target END
FROM grants_grant g
LEFT JOIN (
    SELECT subject, seq, source, target, last,
        CASE WHEN kind = 'grant.requested' THEN source ELSE lag(target) OVER life END AS before
    FROM (
        SELECT subject, seq, kind, max(seq) OVER (PARTITION BY subject) = seq AS last,
            CASE WHEN kind = 'grant.requested' THEN 'nothing' ELSE facts ->> 'from' END AS source,
            CASE WHEN kind = 'grant.requested' THEN 'requested' ELSE facts ->> 'to' END AS target
        FROM (SELECT subject, seq, kind, payload::jsonb -> 'facts' AS facts
            FROM grants_auditevent WHERE kind LIKE 'grant.%%') rows
        WHERE kind = 'grant.requested' OR facts ? 'to'
    ) moves WINDOW life AS (PARTITION BY subject ORDER BY seq)
) m ON m.subject = g.reference
WHERE m.seq IS NULL OR m.before IS DISTINCT FROM m.source OR (m.last AND m.target <> g.state)
UNION ALL
SELECT name, 'the trigger that guards it is missing or off'
FROM unnest(ARRAY[
    'acceptance_is_immutable', 'audit_is_append_only', 'audit_is_chained', 'audit_is_never_truncated',
    'company_link_is_of_active_staff', 'decision_fits_its_grant', 'decision_is_immutable',
    'decision_is_the_windows', 'decision_stands_for_the_absent', 'delivery_is_the_workers', 'denial_is_the_workers',
    'denial_lasts', 'deputy_is_never_deleted', 'deputy_is_of_the_group', 'freeze_is_counted',
    'grant_beginning_is_audited', 'grant_begins_its_life', 'grant_counts_as_session', 'grant_fits_its_window',
    'grant_hash_is_of_the_snapshot', 'grant_is_frozen', 'grant_keeps_its_life', 'grant_keeps_its_window',
    'grant_move_is_audited', 'issuer_has_four_eyes', 'issuer_keeps_its_identity', 'link_keeps_its_fate',
    'narrowing_fits_its_grant', 'narrowing_is_audited', 'narrowing_is_immutable', 'nothing_is_issued_when_fenced',
    'personal_is_immutable', 'policy_reading_is_the_workers', 'question_fits_its_grant', 'question_stays',
    'review_fits_its_decision', 'review_is_immutable', 'sealed_is_wiped_once', 'terms_are_immutable',
    'test_answer_is_the_workers', 'version_is_immutable', 'wide_denial_is_the_workers', 'wide_denial_lasts',
    'window_closing_is_audited', 'window_is_never_deleted', 'window_keeps_its_text', 'window_signature_fits',
    'window_signature_is_audited', 'window_signature_is_immutable'
]) AS name
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = name AND tgenabled IN ('O', 'A'));

-- I4 no attempt without unexpired approvals by enough different, active persons over the same snapshot
SELECT g.reference, a.name || ': ' || count(DISTINCT d.decider_person) || ' of ' || wanted.value || ' '
    || wanted.key || ' signed what was sent'
FROM grants_issueattempt a
JOIN grants_grant g ON g.id = a.grant_id
JOIN grants_templateversion v ON v.id = g.template_version_id
CROSS JOIN jsonb_each_text(v.signers) AS wanted
-- When somebody left is not kept, so only for a call under way it can be said who is active.
LEFT JOIN (grants_decision d JOIN grants_user u ON u.id = d.decider_id)
    ON d.grant_id = g.id AND d.verdict = 'approve' AND d.snapshot_hash = a.snapshot_hash
    AND d."group" = wanted.key AND a.snapshot_hash = g.snapshot_hash
    AND d.decided_at <= a.started_at AND a.started_at < d.valid_until
    AND (u.is_active AND d.times_frozen = u.times_frozen OR a.outcome <> 'pending')
WHERE a.purpose = 'grant' AND NOT EXISTS (
    -- Somebody on call approved alone, in an emergency.
    SELECT FROM grants_decision e JOIN grants_user w ON w.id = e.decider_id
    WHERE e.grant_id = g.id AND e."group" = 'on call' AND e.verdict = 'approve' AND e.snapshot_hash = a.snapshot_hash
        AND a.snapshot_hash = g.snapshot_hash AND e.decided_at <= a.started_at AND a.started_at < e.valid_until
        AND (w.is_active AND e.times_frozen = w.times_frozen OR a.outcome <> 'pending'))
GROUP BY g.reference, a.name, wanted.key, wanted.value
HAVING count(DISTINCT d.decider_person) < wanted.value::int
UNION ALL
SELECT reference, 'its hash is not of its snapshot' FROM grants_grant
WHERE snapshot_hash IS DISTINCT FROM encode(sha256(convert_to(snapshot, 'UTF8')), 'hex')
UNION ALL
SELECT g.reference, d.decider_person || ' signed one snapshot more than once' FROM grants_decision d
JOIN grants_grant g ON g.id = d.grant_id
GROUP BY g.reference, d.snapshot_hash, d.decider_person, d.times_frozen, d."group" = 'on call'
HAVING count(*) > 1
UNION ALL
SELECT g.reference, 'made smaller to ' || n.new_hash || ', which it never was' FROM grants_narrowing n
JOIN grants_grant g ON g.id = n.grant_id WHERE n.new_hash <> g.snapshot_hash
    AND NOT EXISTS (SELECT FROM grants_narrowing m WHERE m.grant_id = g.id AND m.old_hash = n.new_hash)
UNION ALL
SELECT g.reference, d.decider_person || ' never signed the window under which this was decided'
FROM grants_grant g JOIN grants_decision d ON d.grant_id = g.id
WHERE g.window_id IS NOT NULL AND NOT EXISTS (SELECT FROM grants_windowsignature s JOIN grants_window w
    ON w.id = s.window_id AND w.text_hash = s.text_hash
    WHERE s.window_id = g.window_id AND s.signer_person = d.decider_person AND s."group" = d."group")
UNION ALL
SELECT w.reference, count(DISTINCT g.id) || ' grants were minted under this window of '
    || (w.text::jsonb ->> 'grants_max')
FROM grants_window w JOIN grants_grant g ON g.window_id = w.id
JOIN grants_issueattempt a ON a.grant_id = g.id AND a.purpose = 'grant' AND a.outcome <> 'failed'
GROUP BY w.id HAVING count(DISTINCT g.id) > (w.text::jsonb ->> 'grants_max')::int;

-- I5 every approved grant that is due ends, or fails with its reason; none is stuck
SELECT reference, 'failed without a reason' FROM grants_grant WHERE state = 'failed' AND failure_code = ''
UNION ALL
SELECT reference, 'approved, and never due' FROM grants_grant WHERE state = 'approved' AND due_at IS NULL
UNION ALL
SELECT g.reference, 'waits for an MFA code, and nobody was asked for one' FROM grants_grant g
WHERE g.state = 'awaiting MFA code' AND NOT EXISTS (SELECT FROM grants_outboxmail m
    WHERE m.grant_id = g.id AND m.event = 'code_wanted' AND m.created_at >= g.state_at)
UNION ALL
SELECT reference, 'due since ' || due_at FROM grants_grant g
WHERE state = 'approved' AND due_at < %(now)s - interval '30 seconds' AND NOT EXISTS (
    -- AWS refuses the issuer: its grants wait for the next probe, and the administrators know.
    SELECT FROM grants_issuercircuit c WHERE c.issuer_id = g.issuer_id AND c.opened_at IS NOT NULL
    AND c.probe_at > %(now)s - interval '30 seconds')
UNION ALL
SELECT g.reference, CASE WHEN a.id IS NULL THEN 'issuing, and no call is under way'
    ELSE a.name || ' is without an answer since ' || a.started_at END
FROM grants_grant g LEFT JOIN grants_issueattempt a ON a.grant_id = g.id AND a.outcome = 'pending'
WHERE g.state = 'issuing' AND (a.id IS NULL OR a.lease_until < %(now)s - interval '30 seconds')
UNION ALL
SELECT g.reference, a.name || ' is under way, but the grant is ' || g.state
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
WHERE a.outcome = 'pending' AND g.state <> 'issuing'
UNION ALL
SELECT g.reference, d.userid || ' should be denied since ' || d.wanted_at
FROM grants_denial d JOIN grants_grant g ON g.id = d.grant_id
WHERE d.confirmed_at IS NULL AND d.due_at < %(now)s - interval '60 seconds'
UNION ALL
SELECT 'issuer ' || i.account_id, w.entry || ' should be denied since ' || w.wanted_at
FROM grants_widedenial w JOIN grants_issuer i ON i.id = w.issuer_id
WHERE w.confirmed_at IS NULL AND w.lifted_at IS NULL AND w.due_at < %(now)s - interval '60 seconds'
UNION ALL
SELECT reference, state || ' beyond its time' FROM grants_grant g
WHERE (state IN ('approved', 'failed') AND approval_until < %(now)s - interval '60 seconds')
    OR (state = 'awaiting MFA code' AND approval_until < %(now)s - interval '60 seconds')
    OR (state = 'revealed' AND ends_at < %(now)s - interval '60 seconds')
    OR (state IN ('offered', 'issued') AND NOT EXISTS (SELECT FROM grants_pickuplink l WHERE l.grant_id = g.id
        AND l.closed_at IS NULL AND l.locked_at IS NULL AND l.used_at IS NULL
        AND l.expires_at > %(now)s - interval '60 seconds'));

-- I6 the audit chain holds from its first row to its end, and to every head that was published
SELECT 'row ' || seq, CASE
    WHEN seq <> coalesce(seq_before, 0) + 1 THEN 'the row before it is missing'
    WHEN previous <> coalesce(link_before, decode(repeat('00', 32), 'hex')) THEN 'it does not follow the one before it'
    WHEN row_digest <> own_digest THEN 'it was altered'
    ELSE 'its link was altered' END
FROM (
    SELECT seq, previous, row_digest, link, lag(seq) OVER (ORDER BY seq) AS seq_before,
        lag(link) OVER (ORDER BY seq) AS link_before,
        sha256(convert_to(concat_ws(E'\n', seq::text, id::text,
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), txid::text, db_role,
            kind, subject, payload), 'UTF8')) AS own_digest
    FROM grants_auditevent
) rows
WHERE (seq = coalesce(seq_before, 0) + 1 AND previous = coalesce(link_before, decode(repeat('00', 32), 'hex'))
    AND row_digest = own_digest AND link = sha256(previous || own_digest)) IS NOT TRUE
UNION ALL
SELECT 'row ' || h.seq, 'the end of the chain is missing' FROM grants_audithead h
LEFT JOIN (SELECT seq, link FROM grants_auditevent ORDER BY seq DESC LIMIT 1) e ON true
WHERE (h.seq = e.seq AND h.link = e.link) IS NOT TRUE
UNION ALL
SELECT 'row ' || p.seq, 'it is not the row whose link was published'
FROM unnest(%(seqs)s::bigint[], %(links)s::bytea[]) AS p (seq, link)
LEFT JOIN grants_auditevent e ON e.seq = p.seq WHERE p.seq > 0 AND e.link IS DISTINCT FROM p.link
UNION ALL
SELECT 'row ' || e.seq, 'the personal value ' || s.field || ' was altered'
FROM grants_auditpersonal s JOIN grants_auditevent e ON e.id = s.event
WHERE e.payload::jsonb -> 'personal' ->> s.field
    IS DISTINCT FROM encode(sha256(s.salt || convert_to(s.value, 'UTF8')), 'hex');

-- I9 an issued grant has a mail that the mail server accepted, or says why not; one link, one mail
SELECT g.reference, CASE WHEN m.id IS NULL THEN 'no mail with the link' ELSE 'the mail waits, and nobody says why' END
FROM grants_grant g LEFT JOIN LATERAL (
    SELECT * FROM grants_outboxmail WHERE grant_id = g.id AND event = 'link_ready' ORDER BY created_at DESC LIMIT 1
) m ON true
WHERE g.state IN ('offered', 'issued') AND (m.id IS NULL
    OR (m.state = 'queued' AND m.due_at < %(now)s - interval '30 seconds')
    OR (m.state = 'queued' AND m.last_error = '' AND m.created_at < %(now)s - interval '120 seconds'))
UNION ALL
SELECT g.reference, 'the mail with the link waits, but its link is gone'
FROM grants_outboxmail m JOIN grants_grant g ON g.id = m.grant_id
WHERE m.event = 'link_ready' AND m.state = 'queued' AND m.sealed IS NULL
UNION ALL
SELECT g.reference, m.mails || ' mails for ' || l.links || ' links'
FROM grants_grant g
JOIN (SELECT grant_id, count(*) AS links FROM grants_pickuplink GROUP BY grant_id) l ON l.grant_id = g.id
JOIN LATERAL (
    SELECT count(*) AS mails FROM grants_outboxmail WHERE grant_id = g.id AND event = 'link_ready'
) m ON m.mails <> l.links;

-- I10 the secret is wiped within 60 seconds of reveal, revoke or expiry
-- A late one is told for a day: it cannot be undone, and an alarm that never ends is not heard.
SELECT g.reference, 'the ciphertext is still there: the grant is ' || g.state
FROM grants_sealedcredential s JOIN grants_grant g ON g.id = s.grant_id JOIN grants_pickuplink l ON l.id = s.link_id
WHERE s.ciphertext IS NOT NULL AND (
    (g.state <> 'issued' AND g.state_at < %(now)s - interval '60 seconds')
    OR l.expires_at < %(now)s - interval '60 seconds'
    OR least(l.used_at, l.locked_at, l.closed_at) < %(now)s - interval '60 seconds')
UNION ALL
SELECT g.reference, 'the ciphertext was wiped late, at ' || s.wiped_at
FROM grants_sealedcredential s JOIN grants_grant g ON g.id = s.grant_id JOIN grants_pickuplink l ON l.id = s.link_id
WHERE s.wiped_at > least(l.used_at, l.locked_at, l.closed_at, l.expires_at) + interval '60 seconds'
    AND s.wiped_at > %(now)s - interval '1 day'
UNION ALL
SELECT g.reference, 'an MFA code rests since ' || c.typed_at FROM grants_mfacode c JOIN grants_grant g ON g.id = c.grant_id
WHERE c.wiped_at IS NULL AND c.typed_at < %(now)s - interval '60 seconds'
UNION ALL
SELECT coalesce(g.reference, 'account'), 'what was sealed in a mail outlived its sending'
FROM grants_outboxmail m LEFT JOIN grants_grant g ON g.id = m.grant_id
WHERE m.state <> 'queued' AND m.sealed IS NOT NULL;

-- I11 the three sizes are stored for every success, and one that STS did not send is not 0
SELECT g.reference, a.name || ' has other sizes than its audit row'
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
WHERE a.outcome IN ('minted', 'discarded') AND NOT EXISTS (
    SELECT FROM grants_auditevent e, jsonb_to_record(e.payload::jsonb -> 'facts')
        AS f (attempt text, packed_policy_size int, token_utilization int, token_size int)
    WHERE e.subject = g.reference AND e.kind IN ('grant.issued', 'grant.revoked') AND f.attempt = a.name
    AND e.payload::jsonb -> 'facts' ?& ARRAY['packed_policy_size', 'token_utilization', 'token_size']
    AND (f.packed_policy_size, f.token_utilization, f.token_size)
        IS NOT DISTINCT FROM (a.packed_policy_size, a.token_utilization, a.token_size))
UNION ALL
SELECT g.reference, a.name || ' has a size of 0 that STS cannot have sent'
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
WHERE a.token_size = 0 OR (a.token_size IS NULL AND 0 IN (a.packed_policy_size, a.token_utilization));

-- I12 the end is what STS returned, and never beyond the template's hours, 36 hours or the contract
SELECT g.reference, 'the grant ends at ' || coalesce(g.ends_at::text, 'no time') || ', ' || a.name || ' at '
    || a.expiration
FROM grants_grant g JOIN LATERAL (
    SELECT * FROM grants_issueattempt WHERE grant_id = g.id AND outcome = 'minted' ORDER BY number DESC LIMIT 1
) a ON a.expiration IS DISTINCT FROM g.ends_at
UNION ALL
SELECT g.reference, 'an end at ' || g.ends_at || ' that STS never returned' FROM grants_grant g
WHERE g.ends_at IS NOT NULL AND NOT EXISTS (SELECT FROM grants_auditevent e
    WHERE e.subject = g.reference AND e.kind = 'grant.issued'
    AND (e.payload::jsonb -> 'facts' ->> 'ends_at')::timestamptz = g.ends_at)
UNION ALL
-- Five minutes: AWS refuses signatures of clocks that differ by more.
SELECT g.reference, a.name || ' ends at ' || a.expiration || ', later than was allowed'
FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id
JOIN grants_templateversion v ON v.id = g.template_version_id JOIN grants_vendor c ON c.id = g.vendor_id
WHERE a.seconds > least(g.seconds, v.max_seconds, 129600)
    OR a.expiration > a.finished_at + least(g.seconds, v.max_seconds, 129600) * interval '1 second' + interval '5 minutes'
    OR (g.state IN ('issued', 'revealed') AND a.expiration > c.contract_ends_at + interval '5 minutes')
UNION ALL
SELECT g.reference, 'the link outlives the session' FROM grants_pickuplink l
JOIN grants_grant g ON g.id = l.grant_id WHERE l.expires_at > g.ends_at;
