-- Run once after a restore, as daypass_owner, before any process is started: psql -f after-restore.sql "$DATABASE_URL"
--
-- A restored database is older than the truth. It may think that a revealed link is fresh or that an approval is still
-- to be acted upon. This ends everything that is open; the clock (beat and the revoke worker) then moves each grant to
-- its end, with its audit row, and wipes what is sealed. Denies at AWS are untouched.
\set ON_ERROR_STOP on
BEGIN;

-- Links end now: nobody reveals what may have been revealed already.
UPDATE grants_pickuplink SET expires_at = now()
    WHERE used_at IS NULL AND locked_at IS NULL AND closed_at IS NULL;

-- Approvals end now, and an interrupted attempt counts as the last one: nothing is minted from them.
UPDATE grants_grant SET approval_until = now(), due_at = NULL WHERE state IN ('approved', 'failed');
UPDATE grants_grant SET approval_until = now(), tries = 99 WHERE state = 'issuing';

-- Waiting mails hold links that end here, or codes that nobody waits for any more.
UPDATE grants_outboxmail SET state = 'rejected', sealed = NULL, last_error = 'database restored' WHERE state = 'queued';

COMMIT;
