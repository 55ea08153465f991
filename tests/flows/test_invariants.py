"""Each invariant, broken once by somebody with the database in hand, is named; before that all of them hold."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from grants.flows.check_invariants import check_invariants
from grants.flows.issue.begin import begin_attempt
from grants.flows.recover import recover_attempts
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.verify_audit import published_head
from grants.models import IssuerCircuit
from grants.queries.invariants import INVARIANTS
from grants.values import Origin, Shown
from tests.factories import World, make_approved, make_issued, make_request, make_world
from tests.windows import open_window

pytestmark = pytest.mark.django_db(transaction=True)

REVEALED_TWICE = """UPDATE grants_auditevent SET kind = 'grant.revealed',
    payload = jsonb_build_object('facts', jsonb_build_object('link', (SELECT id FROM grants_pickuplink)))::text
    WHERE kind = 'grant.issuing'"""
MINTED_TWICE = """INSERT INTO grants_issueattempt SELECT (jsonb_populate_record(a, jsonb_build_object(
    'id', gen_random_uuid(), 'number', 2, 'name', 'dp-another-2'))).* FROM grants_issueattempt a"""
# invariant, what is done to the database, what is said about it
BREAKS = (
    ("I2", "UPDATE grants_pickuplink SET used_at = now()", "0 reveals on record"),
    ("I2", REVEALED_TWICE, "1 reveals on record"),
    ("I2", MINTED_TWICE, "2 sessions that nobody denied"),
    ("I2", "UPDATE grants_issueattempt SET outcome = 'unknown' WHERE number = 1", "and not denied"),
    ("I3", "UPDATE grants_grant SET state = 'revealed' WHERE state = 'issued'", "the last audit row says issued"),
    ("I3", "DELETE FROM grants_auditevent WHERE kind = 'grant.issuing'", "leaves issuing, but it was approved"),
    ("I3", "DELETE FROM grants_auditevent WHERE kind LIKE 'grant.%'", "no audit row says how it became"),
    ("I3", "ALTER TABLE grants_grant DISABLE TRIGGER grant_move_is_audited", "missing or off"),
    ("I4", "DELETE FROM grants_decision", "0 of 1 approvers signed"),
    ("I4", "UPDATE grants_grant SET snapshot = snapshot || ' '", "its hash is not of its snapshot"),
    ("I4", "UPDATE grants_decision SET valid_until = decided_at", "0 of 1 approvers signed"),
    ("I4", "UPDATE grants_decision SET decided_at = now() + interval '1 hour'", "0 of 1 approvers"),
    ("I4", "UPDATE grants_issueattempt SET snapshot_hash = repeat('0', 64)", "0 of 1 approvers"),
    ("I5", "UPDATE grants_grant SET state = 'failed', failure_code = '' WHERE state = 'issued'", "without a reason"),
    ("I5", "UPDATE grants_grant SET state = 'issuing' WHERE state = 'issued'", "no call is under way"),
    ("I5", "UPDATE grants_grant SET state = 'approved', due_at = NULL WHERE state = 'issued'", "never due"),
    (
        "I5",
        "UPDATE grants_grant SET state = 'approved', due_at = now() - interval '31 s' WHERE state = 'issued'",
        "due since",
    ),
    ("I5", "UPDATE grants_pickuplink SET expires_at = now() - interval '61 s'", "issued beyond its time"),
    ("I6", "UPDATE grants_auditevent SET payload = '{}' WHERE seq = 2", "row 2: it was altered"),
    ("I6", "DELETE FROM grants_auditevent WHERE seq = 2", "row 3: the row before it is missing"),
    (
        "I6",
        "DELETE FROM grants_auditevent WHERE seq = (SELECT max(seq) FROM grants_auditevent)",
        "the end of the chain",
    ),
    (
        "I6",
        "UPDATE grants_auditpersonal SET value = 'somebody else' WHERE field = 'recipient'",
        "recipient was altered",
    ),
    ("I9", "DELETE FROM grants_outboxmail WHERE event = 'link_ready'", "no mail with the link"),
    ("I9", "UPDATE grants_outboxmail SET due_at = now() - interval '31 s'", "nobody says why"),
    ("I9", "UPDATE grants_outboxmail SET sealed = NULL WHERE event = 'link_ready'", "its link is gone"),
    ("I9", "UPDATE grants_outboxmail SET event = 'link_ready'", "mails for 1 links"),
    ("I10", "UPDATE grants_pickuplink SET closed_at = now() - interval '61 s'", "the ciphertext is still there"),
    (
        "I10",
        "UPDATE grants_sealedcredential SET ciphertext = NULL, wiped_at = now() + interval '1 day'",
        "was wiped late",
    ),
    ("I10", "UPDATE grants_outboxmail SET state = 'rejected'", "outlived its sending"),
    ("I11", "UPDATE grants_issueattempt SET token_size = token_size + 1", "other sizes than its audit row"),
    ("I11", "UPDATE grants_issueattempt SET token_size = 0", "a size of 0"),
    ("I12", "UPDATE grants_grant SET ends_at = ends_at + interval '1 s'", "STS never returned"),
    ("I12", "UPDATE grants_issueattempt SET expiration = expiration + interval '6 min'", "later than was allowed"),
    ("I12", "UPDATE grants_vendor SET contract_ends_at = now()", "later than was allowed"),
    ("I12", "UPDATE grants_pickuplink SET expires_at = now() + interval '2 days'", "outlives the session"),
)


@contextmanager
def superuser() -> Iterator["psycopg.Connection[Any]"]:
    """The test database, as somebody whom no trigger stops."""
    url = urlsplit(os.environ["DAYPASS_SUPERUSER_URL"])
    name = connection.settings_dict["NAME"]
    login = {"host": url.hostname, "port": url.port, "user": url.username, "password": url.password, "dbname": name}
    with psycopg.connect(**login) as db:
        db.execute("SET session_replication_role = replica")
        yield db


@pytest.fixture
def world() -> Iterator[World]:
    yield make_world()
    with superuser() as db:
        db.execute("ALTER TABLE grants_grant ENABLE TRIGGER grant_move_is_audited")


def broken() -> dict[str, list[str]]:
    checked = check_invariants(now=timezone.now())
    return {c.invariant.code: [f"{o.reference}: {o.what}" for o in c.offences] for c in checked if c.offences}


def make_busy(world: World) -> None:
    """One grant of every kind."""
    make_request(world)
    make_approved(world)
    revealed, revoked = make_issued(world), make_issued(world)
    where = {"origin": Origin("192.0.2.7", "curl/8"), "now": timezone.now()}
    reveal_credentials(link_id=revealed.link.pk, token=revealed.token, shown=Shown(code=revealed.code), **where)  # type: ignore[arg-type]  # one dict of several types
    revoke_grant(reference=revoked.grant.reference, by=world.bob, reason="Stop.", now=timezone.now())
    lost = make_approved(world, now=timezone.now() - timedelta(minutes=5))
    begin_attempt(grant_id=lost.pk, now=timezone.now() - timedelta(minutes=4))
    recover_attempts(now=timezone.now())


WATCHED = """SELECT a.attname FROM pg_trigger t
    JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)
    WHERE t.tgname = 'grant_is_frozen'"""


def test_what_was_asked_for_is_compared_whichever_of_its_columns_is_set() -> None:
    with connection.cursor() as cursor:
        cursor.execute(WATCHED)
        watched = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'daypass_freeze_grant'")
        (source,) = cursor.fetchone()
    assert watched == set(re.findall(r"OLD\.(\w+)", source)) - {"state"}


def test_it_asks_for_every_trigger_there_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal")
        triggers = {name for (name,) in cursor.fetchall()}
    (asked,) = re.findall(r"unnest\(ARRAY\[(.*?)\]\) AS name", INVARIANTS["I3"].sql, re.DOTALL)
    assert set(re.findall(r"'(\w+)'", asked)) == triggers


def test_it_asks_for_every_invariant_that_sql_can_tell() -> None:
    assert list(INVARIANTS) == ["I2", "I3", "I4", "I5", "I6", "I9", "I10", "I11", "I12"]


def test_all_hold_whatever_a_grant_has_been_through(world: World) -> None:
    make_busy(world)
    assert broken() == {}


@pytest.mark.parametrize(("code", "statement", "said"), BREAKS, ids=[f"{code} {said}" for code, _, said in BREAKS])
def test_what_is_broken_is_named(world: World, code: str, statement: str, said: str) -> None:
    issued = make_issued(world)
    with superuser() as db:
        db.execute(statement.encode())
    found = broken()
    assert any(said in line for line in found[code]), found
    assert code == "I6" or "ALTER" in statement or any(issued.grant.reference in line for line in found[code])


def test_a_leaver_whose_approval_is_being_used_is_named(world: World) -> None:
    begin_attempt(grant_id=make_approved(world).pk, now=timezone.now())
    with superuser() as db:
        db.execute("UPDATE grants_user SET is_active = false WHERE email LIKE 'bob@%'")
    assert "0 of 1 approvers" in broken()["I4"][0]


def test_a_window_used_beyond_what_was_signed_is_named(world: World) -> None:
    before = make_issued(world).grant
    window = open_window(world, grants_max=1)
    begin_attempt(grant_id=make_request(world).grant.pk, now=timezone.now())
    assert broken() == {}
    with superuser() as db:
        db.execute("UPDATE grants_grant SET window_id = %s WHERE id = %s", [window.pk, before.pk])
    assert any("2 grants were minted under this window of 1" in line for line in broken()["I4"])
    with superuser() as db:
        db.execute("DELETE FROM grants_windowsignature")
    assert any("never signed the window" in line for line in broken()["I4"])


def test_a_chain_written_anew_is_not_the_one_that_was_published(world: World) -> None:
    make_request(world)
    head = published_head(now=timezone.now())
    forged = f"{head[:-1]}{'0' if head[-1] != '0' else '1'}"
    assert not any(each.offences for each in check_invariants(now=timezone.now(), published=[head]))
    found = {c.invariant.code: c.offences for c in check_invariants(now=timezone.now(), published=[forged])}
    assert found["I6"][0].what == "it is not the row whose link was published"


def test_the_command_prints_a_line_for_each_and_fails_when_one_does_not_hold(world: World) -> None:
    out, issued = StringIO(), make_issued(world)
    call_command("check_invariants", stdout=out)
    assert out.getvalue().count("ok  ") == len(INVARIANTS)
    with superuser() as db:
        db.execute("DELETE FROM grants_decision")
    with pytest.raises(CommandError, match="I4"):
        call_command("check_invariants", stdout=out)
    assert f"{issued.grant.reference}: dp-{issued.grant.reference}-1: 0 of 1 approvers" in out.getvalue()


def test_a_grant_that_waits_for_its_issuer_is_not_stuck_until_the_probe_is_late(world: World) -> None:
    make_approved(world, now=timezone.now() - timedelta(minutes=5))
    probe_at = timezone.now() + timedelta(minutes=1)
    circuit = IssuerCircuit.objects.create(
        issuer=world.issuer, opened_at=timezone.now(), probe_at=probe_at, error_code="sts_access_denied"
    )
    assert broken() == {}
    IssuerCircuit.objects.filter(pk=circuit.pk).update(probe_at=timezone.now() - timedelta(minutes=1))
    assert "due since" in broken()["I5"][0]
