"""The audit chain: from the first row, provable, and closed to every role."""

import json
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from grants import audit
from grants.audit import GENESIS, Actor, record_event, verify_chain
from grants.lifecycle import MOVES, Owner
from grants.models import AuditEvent, AuditPersonal
from portal import privileges
from portal.privileges import PRIVILEGES, WEB, WORKER
from tests.database import connect_as

pytestmark = pytest.mark.django_db
ALICE = Actor("user", email="alice@daypass.example")
OURS = {Owner.ISSUE_WORKER, Owner.CLOCK}
# Somebody's revocation ends a request with the clock's own event.
SAID_BY_WORKERS = (
    {move.event for move in MOVES if move.owner in OURS}
    - {move.event for move in MOVES if move.owner not in OURS}
    - {"grant.lapsed"}
)


def write(count: int = 1) -> None:
    for number in range(count):
        record_event(
            kind="test.happened",
            subject="REF",
            actor=ALICE,
            facts={"number": number},
            personal={"reason": f"because {number}"},
        )


def verify() -> str:
    out = StringIO()
    call_command("audit", "verify", stdout=out, stderr=out)
    return out.getvalue()


def as_owner_without_triggers(statement: str) -> None:
    """What only the owner of the tables can do, and what the chain is for."""
    with connection.cursor() as cursor:
        for table in ("grants_auditevent", "grants_auditpersonal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        for table in ("grants_auditevent", "grants_auditpersonal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_the_chain_holds_from_its_first_row() -> None:
    write(5)
    assert "5 rows" in verify()
    first = AuditEvent.objects.order_by("seq").first()
    assert first
    assert bytes(first.previous or b"") == GENESIS
    assert first.db_role == connection.settings_dict["USER"]


def test_whoever_inserts_chooses_neither_number_nor_time_nor_role_nor_link() -> None:
    write()
    forged = AuditEvent(
        kind="x", subject="x", payload="{}", seq=99, db_role="nobody", link=b"1" * 32, previous=b"2" * 32
    )
    AuditEvent.objects.bulk_create([forged])
    assert AuditEvent.objects.latest("seq").db_role == connection.settings_dict["USER"]
    assert "2 rows" in verify()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE grants_auditevent SET payload = replace(payload, '1', '2') WHERE seq = 2",
            "row 2: the row was altered",
        ),
        ("UPDATE grants_auditevent SET at = at + interval '1 microsecond' WHERE seq = 2", "row 2: the row was altered"),
        ("UPDATE grants_auditevent SET db_role = 'x' WHERE seq = 2", "row 2: the row was altered"),
        (
            "UPDATE grants_auditevent SET link = decode(repeat('ab', 32), 'hex') WHERE seq = 2",
            "row 2: the link was altered",
        ),
        ("DELETE FROM grants_auditevent WHERE seq = 2", "row 2: row 2 is missing"),
        ("DELETE FROM grants_auditevent WHERE seq = 3", "row 3: the chain's end is missing"),
        (
            "UPDATE grants_auditpersonal SET value = 'mallory' WHERE field = 'reason'",
            "the personal value reason was altered",
        ),
    ],
    ids=["payload", "time", "role", "link", "row cut out", "row cut off", "personal value"],
)
def test_verify_names_what_the_owner_changed(statement: str, words: str) -> None:
    write(3)
    as_owner_without_triggers(statement)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=out, stderr=out)
    assert words in out.getvalue()


def test_an_erased_personal_value_leaves_the_chain_whole() -> None:
    write(2)
    AuditPersonal.objects.filter(field="reason").delete()
    assert "2 rows" in verify()


def test_a_chain_that_was_written_anew_does_not_match_the_published_head(tmp_path: Path) -> None:
    write(2)
    heads = tmp_path / "heads"
    out = StringIO()
    call_command("audit", "head", stdout=out)
    heads.write_text(out.getvalue())
    call_command("audit", "verify", heads=heads, stdout=out, stderr=out)
    as_owner_without_triggers("DELETE FROM grants_auditevent; DELETE FROM grants_audithead")
    write(2)
    with pytest.raises(CommandError):
        call_command("audit", "verify", heads=heads, stdout=out, stderr=out)
    assert "row 2: the row is not the one whose link was published" in out.getvalue()


def test_no_personal_value_stands_in_the_chain_itself() -> None:
    write()
    assert "alice" not in AuditEvent.objects.get().payload
    assert AuditPersonal.objects.filter(field="actor_email", value=ALICE.email).count() == 1


@pytest.mark.parametrize("role", [WEB, WORKER])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants_auditevent SET kind = 'x'",
        "DELETE FROM grants_auditevent",
        "TRUNCATE grants_auditevent",
        "UPDATE grants_auditpersonal SET value = 'x'",
        "DELETE FROM grants_auditpersonal",
        "UPDATE grants_audithead SET seq = 0",
        "DELETE FROM grants_audithead",
        "ALTER TABLE grants_auditevent DISABLE TRIGGER ALL",
        "DROP TABLE grants_auditevent",
        "UPDATE grants_decision SET verdict = 'approve'",
        "DELETE FROM grants_grant",
        "DELETE FROM grants_issueattempt",
    ],
)
def test_no_application_role_rewrites_history(role: str, statement: str) -> None:
    with connect_as(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (WEB, "INSERT INTO grants_issueattempt DEFAULT VALUES"),  # the web process mints nothing
        (WEB, "UPDATE grants_issueattempt SET outcome = 'minted'"),
        (WEB, "INSERT INTO grants_sealedcredential DEFAULT VALUES"),
        (WEB, "UPDATE grants_pickuplink SET token_digest = ''"),  # nor points a link at another token
        (WORKER, "INSERT INTO grants_decision DEFAULT VALUES"),  # a worker signs nothing
        (WORKER, "INSERT INTO grants_grant DEFAULT VALUES"),
        (WORKER, "SELECT * FROM django_session"),
        (WORKER, "SELECT * FROM mfa_authenticator"),
        (WORKER, "INSERT INTO daypass_cache DEFAULT VALUES"),  # its rows are pickles
    ],
)
def test_each_role_is_kept_out_of_the_others_work(role: str, statement: str) -> None:
    with connect_as(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)


def say(session: "psycopg.Connection[Any]", actor: str, kind: str) -> None:
    """One audit row, in a transaction that is taken back."""
    values = [uuid.uuid4(), kind, json.dumps({"actor": actor, "facts": {}})]
    with session.transaction(force_rollback=True):
        session.execute(
            "INSERT INTO grants_auditevent"
            " (id, kind, subject, payload, db_role, txid, seq, at, previous, row_digest, link)"
            " VALUES (%s, %s, 'REF', %s, '', 0, 0, now(), '', '', '')",
            values,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("actor", "kind"),
    [
        *[("user", kind) for kind in sorted(SAID_BY_WORKERS)],
        ("issue worker", "grant.revoked"),
        ("revoke worker", "denial.confirmed"),
        ("mail worker", "mail.accepted"),
        ("clock", "grant.lapsed"),
    ],
)
def test_the_web_process_cannot_say_what_workers_and_clock_say(actor: str, kind: str) -> None:
    with connect_as(WORKER) as session:
        say(session, actor, kind)
    with connect_as(WEB) as session:
        say(session, "user", "grant.revoked")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is the worker's to say"):
            say(session, actor, kind)


def test_every_table_has_its_privileges_listed() -> None:
    tables = set(connection.introspection.table_names())
    assert tables == set(PRIVILEGES)


@pytest.mark.django_db(transaction=True)
def test_processes_at_work_keep_their_rights_while_a_migration_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    grant, looked = privileges._grant, []

    def look_and_grant(cursor: CursorWrapper, table: str) -> None:
        looked.append(session.execute("SELECT count(*) FROM grants_grant").fetchone())
        grant(cursor, table)

    monkeypatch.setattr(privileges, "_grant", look_and_grant)
    with connect_as(WEB) as session:
        privileges.apply_privileges()
    assert looked == [(0,)] * len(PRIVILEGES)


def test_a_proof_of_some_rows_needs_only_the_digests_of_the_others() -> None:
    write(4)
    rows = list(AuditEvent.objects.order_by("seq"))
    previous = GENESIS
    for row in rows:
        digest = audit.row_digest(row) if row.seq in {2, 3} else bytes(row.row_digest or b"")
        previous = audit.chain_link(previous, digest)
    assert previous == bytes(rows[-1].link or b"")
    assert not list(verify_chain(iter(rows)))
