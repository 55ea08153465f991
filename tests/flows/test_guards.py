"""What somebody with a role's password tries by SQL, and the database refuses."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from grants.audit import verify_chain
from grants.models import AuditEvent, WideDenial
from portal.privileges import WEB, WORKER
from tests.database import connect_as
from tests.factories import make_issued, make_request, make_revealed, make_world

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "hashtextextended('grants_audithead', 0)"
SAY = """INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)
    VALUES (gen_random_uuid(), 'test.happened', 'REF', '{}', '')"""
SAY_AGAIN = """INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)
    SELECT id, kind, subject, payload, '' FROM grants_auditevent ON CONFLICT DO NOTHING"""
SAY_OF = """INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)
    VALUES (gen_random_uuid(), %s, %s, %s, '')"""
# Guards that read tables and views by whoever's path of search: a temporary one of the same name would answer.
LED_ASTRAY = """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proconfig IS NULL
    AND (prosecdef OR prorettype = 'trigger'::regtype
        AND prosrc ~ '(FROM|JOIN|INTO|UPDATE) +(grants|auth|daypass)_|daypass_open_groups')"""


@pytest.mark.parametrize("role", [WEB, WORKER])
@pytest.mark.parametrize(
    "lock",
    [
        f"SELECT pg_advisory_lock({KEY})",
        f"SELECT pg_advisory_lock_shared({KEY})",
        "LOCK TABLE grants_audithead IN ACCESS SHARE MODE",
    ],
    ids=["advisory", "advisory, shared", "table"],
)
def test_who_only_holds_a_lock_does_not_stop_the_audit_log(role: str, lock: str) -> None:
    with connect_as(role) as holder, connect_as(WORKER) as worker, holder.transaction():
        holder.execute(lock)
        worker.execute(SAY)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            holder.execute("LOCK TABLE grants_audithead IN SHARE UPDATE EXCLUSIVE MODE")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_an_audit_row_that_is_not_written_leaves_no_hole_in_the_chain(role: str) -> None:
    with connect_as(role) as db:
        db.execute(SAY)
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute(SAY_AGAIN)
        db.execute(SAY)
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))


@pytest.mark.parametrize("payload", ["[1]", "1", '{"personal":[]}', '{"facts":1}', "no json"])
@pytest.mark.parametrize("role", [WEB, WORKER])
def test_an_audit_row_that_nobody_could_read_is_refused(role: str, payload: str) -> None:
    refused = (psycopg.errors.CheckViolation, psycopg.errors.InvalidTextRepresentation)
    with connect_as(role) as db, pytest.raises(refused):
        db.execute(SAY.replace("{}", payload))


@pytest.mark.parametrize("role", [WEB, WORKER])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE grants_pickuplink SET used_at = NULL, used_from = NULL WHERE used_at IS NOT NULL",
        "UPDATE grants_pickuplink SET used_at = used_at - interval '1 hour' WHERE used_at IS NOT NULL",
        "UPDATE grants_pickuplink SET used_at = NULL, closed_at = now() WHERE used_at IS NOT NULL",
        "UPDATE grants_pickuplink SET tries = tries - 1 WHERE tries > 0",
        "UPDATE grants_sealedcredential SET ciphertext = 'kept', wiped_at = NULL WHERE wiped_at IS NOT NULL",
        "UPDATE grants_sealedcredential SET ciphertext = 'another' WHERE wiped_at IS NULL",
    ],
    ids=["unspent", "spent earlier", "another fate", "tries", "unwiped", "exchanged"],
)
def test_what_became_of_a_link_and_of_what_it_opens_stays(role: str, change: str) -> None:
    world = make_world()
    make_issued(world)
    make_revealed(world)
    with connect_as(role) as db:
        db.execute("UPDATE grants_pickuplink SET tries = tries + 1")
        with pytest.raises(psycopg.errors.RestrictViolation):
            db.execute(change)


FACTS = '{{"facts":{{"from":"{}","to":"{}"}}}}'
TO_REVOKED = FACTS.format("revealed", "revoked")


@pytest.mark.parametrize(
    ("state", "kind", "payload"),
    [
        ("ended", "test.happened", FACTS.format("revealed", "ended")),  # another kind says what only the clock may
        ("revoked", "grant.locked", TO_REVOKED),  # a kind of another move
        ("revoked", "grant.revoked", FACTS.format("issued", "revoked")),
        ("revoked", "grant.revoked", FACTS.format("revealed", "ended")),
        ("revoked", "grant.revoked", '{"from":"revealed","to":"revoked"}'),
        ("revoked", "grant.revoked", '{"facts":{"why":' + TO_REVOKED + "}}"),
    ],
    ids=["kind", "kind of another move", "from", "to", "no facts", "deeper"],
)
def test_no_audit_row_but_that_of_the_move_itself_lets_a_grant_move(state: str, kind: str, payload: str) -> None:
    reference = make_revealed(make_world()).reference
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.CheckViolation), db.transaction():
        db.execute("UPDATE grants_grant SET state = %s WHERE reference = %s", [state, reference])
        db.execute(SAY_OF, [kind, reference, payload])


@pytest.mark.parametrize("reference", ["AN0THER", None], ids=["another grant's", "in a transaction before"])
def test_the_audit_row_of_a_move_is_of_this_grant_and_of_this_transaction(reference: str | None) -> None:
    grant = make_revealed(make_world())
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.CheckViolation), db.transaction():
        if reference is None:
            with connect_as(WEB) as before:
                before.execute(SAY_OF, ["grant.revoked", grant.reference, TO_REVOKED])
        db.execute("UPDATE grants_grant SET state = 'revoked' WHERE reference = %s", [grant.reference])
        db.execute(SAY_OF, ["grant.revoked", reference or "another", TO_REVOKED])


def test_a_grant_moves_with_the_audit_row_of_its_move() -> None:
    reference = make_revealed(make_world()).reference
    with connect_as(WEB) as db, db.transaction():
        db.execute("UPDATE grants_grant SET state = 'revoked' WHERE reference = %s", [reference])
        db.execute(SAY_OF, ["grant.revoked", reference, TO_REVOKED])


def test_an_audit_row_that_comes_after_it_hides_none_of_a_move() -> None:
    reference = make_revealed(make_world()).reference
    with connect_as(WEB) as db, db.transaction():
        db.execute("UPDATE grants_grant SET state = 'revoked' WHERE reference = %s", [reference])
        db.execute(SAY_OF, ["grant.revoked", reference, TO_REVOKED])
        db.execute(SAY)


def test_an_audit_row_that_was_taken_back_lets_no_grant_move() -> None:
    reference = make_revealed(make_world()).reference
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.CheckViolation, match="needs its"), db.transaction():
        db.execute("UPDATE grants_grant SET state = 'revoked' WHERE reference = %s", [reference])
        with db.transaction(force_rollback=True):
            db.execute(SAY_OF, ["grant.revoked", reference, TO_REVOKED])
            db.execute("SET CONSTRAINTS ALL IMMEDIATE")  # asked, answered, and asked once more at the end


def test_the_last_audit_row_of_all_is_of_no_move_in_a_later_transaction() -> None:
    reference = make_revealed(make_world()).reference
    with connect_as(WEB) as db:
        db.execute(SAY_OF, ["grant.revoked", reference, TO_REVOKED])
        with pytest.raises(psycopg.errors.CheckViolation, match="needs its audit row"):
            db.execute("UPDATE grants_grant SET state = 'revoked' WHERE reference = %s", [reference])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE grants_grant SET state = 'invented'",
        "UPDATE grants_grant SET approved_at = NULL",
        "UPDATE grants_grant SET revoke_requested_at = now()",
        "UPDATE grants_pickuplink SET used_at = now(), closed_at = now()",
        "UPDATE grants_sealedcredential SET ciphertext = NULL",
    ],
)
def test_a_row_that_contradicts_itself_is_refused(change: str) -> None:
    make_issued(make_world())
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.CheckViolation):
        db.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE grants_grant SET snapshot = snapshot || ' '",
        "UPDATE grants_grant SET snapshot_hash = repeat('0', 64)",
    ],
)
def test_no_snapshot_is_stored_with_the_hash_of_another(change: str) -> None:
    make_request(make_world())
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.CheckViolation, match="the hash is not of the snapshot"):
        db.execute(change)


@pytest.mark.parametrize(
    ("change", "said"), [({"state": "invented"}, "as requested"), ({"snapshot": "{}"}, "the hash")]
)
def test_no_request_begins_in_another_state_or_with_a_hash_of_something_else(change: dict[str, str], said: str) -> None:
    asked = make_request(make_world()).grant
    asked.pk, asked.reference, asked._state.adding = uuid4(), "AN0THER123", True
    for name, value in change.items():
        setattr(asked, name, value)
    with pytest.raises(IntegrityError, match=said):
        asked.save(force_insert=True)


def test_no_request_begins_without_its_audit_row() -> None:
    asked = make_request(make_world()).grant
    asked.pk, asked.reference, asked._state.adding = uuid4(), "AN0THER123", True
    with pytest.raises(IntegrityError, match="a request needs its audit row"):
        asked.save(force_insert=True)


DENY = """INSERT INTO grants_denial (id, issuer_id, grant_id, userid, wanted_at, due_at, session_ends_at, tries,
        last_error, confirmed_at, lifted_at)
    SELECT gen_random_uuid(), g.issuer_id, g.id, {userid}, now(), {due}, {ends}, {tries},
        '', {confirmed}, {lifted}
    FROM grants_grant g JOIN grants_issueattempt a ON a.grant_id = g.id"""
DENIED = {
    "userid": "'111122223333:' || a.name", "due": "now()", "ends": "a.expiration", "tries": "0", "confirmed": "NULL",
    "lifted": "NULL",
}  # fmt: skip
BEFORE = "'before=2030-01-01T00:00:00Z'"


@pytest.mark.parametrize(
    "changes",
    [
        {"confirmed": "now()"},
        {"confirmed": "now()", "lifted": "now()"},
        {"tries": "3000"},
        {"due": "now() + interval '1 year'"},
        {"ends": "a.expiration - interval '1 second'"},
        {"userid": "'111122223333:' || left(a.name, -1) || '2'"},
        {"userid": BEFORE},
    ],
    ids=["confirmed", "lifted", "tried", "due some day", "over too soon", "of no session yet", "of a user, too short"],
)
def test_the_web_role_says_nothing_of_a_denial_that_would_keep_it_from_aws(changes: dict[str, str]) -> None:
    make_revealed(make_world())
    with connect_as(WEB) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(DENY.format(**{**DENIED, **changes}))


@pytest.mark.parametrize("changes", [{}, {"userid": BEFORE, "ends": "now() + interval '36 hours'"}])
def test_the_web_role_has_a_session_denied_to_its_end(changes: dict[str, str]) -> None:
    make_revealed(make_world())
    with connect_as(WEB) as db:
        assert db.execute(DENY.format(**{**DENIED, **changes})).rowcount == 1


def test_the_web_role_ends_no_wide_denial_before_its_time() -> None:
    world, now = make_world(), timezone.now()
    ends = now + timedelta(hours=40)
    row = WideDenial.objects.create(
        issuer=world.issuer, entry="vendor=acme", reason="Stop.", wanted_at=now, due_at=now, session_ends_at=ends
    )
    later = "UPDATE grants_widedenial SET session_ends_at = session_ends_at + %s"
    with connect_as(WEB) as db:
        db.execute(later, [timedelta(hours=1)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(later, [-timedelta(seconds=1)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(
                "INSERT INTO grants_widedenial SELECT (jsonb_populate_record(d, %s)).* FROM grants_widedenial d",
                [Jsonb({"id": str(uuid4()), "entry": "vendor=other", "session_ends_at": now.isoformat()})],
            )
    row.refresh_from_db()
    assert row.session_ends_at == ends + timedelta(hours=1)


def test_no_guard_asks_a_table_that_somebody_else_made() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LED_ASTRAY)
        assert cursor.fetchall() == []


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_a_process_of_the_release_before_still_learns_whether_a_row_is_as_it_was_read(role: str) -> None:
    """Between a migration and its end it issues and reveals; a call that failed there loses what STS has minted."""
    with connect_as(role) as db:
        assert db.execute("SELECT daypass_found(1::bigint, 'grants_grant')").fetchone() == (True,)
        with pytest.raises(psycopg.Error, match="no longer as it was read"):
            db.execute("SELECT daypass_found(0::bigint, 'grants_grant')")
