"""What is written in one statement is written whole or not at all, whoever comes in between."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grants import queries
from grants.audit import OPERATOR, rows_of_event
from grants.errors import CannotOpenError, WrongCodeError
from grants.flows.deliver import deliver_mail
from grants.flows.issue import issue_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.issue.signed import check_believed
from grants.flows.recover import recover_attempts
from grants.flows.reveal import reveal_credentials
from grants.flows.reveal.fate import check_fate
from grants.flows.revoke import revoke_grant
from grants.gateways import sts
from grants.models import AuditEvent, AuditPersonal, Grant, IssueAttempt, OutboxMail, PickupLink, SealedCredential
from grants.models.rows import Change, New, StaleRowError, write_all
from grants.values import Origin, Shown
from tests.factories import Issued, World, make_approved, make_issued, make_minted, make_world

pytestmark = pytest.mark.django_db(transaction=True)
# Of this database: the others of the same server have tests of their own, at the same time.
WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
        SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database())
"""


@pytest.fixture
def world() -> World:
    return make_world()


def event() -> list[New]:
    return rows_of_event(kind="test.event", subject="GR-1", actor=OPERATOR, personal={"ip": "192.0.2.1"})


def wait_for_somebody_waiting() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for the lock")


def test_nothing_is_written_when_the_last_row_is_not_as_it_was_read(world: World) -> None:
    grant = make_approved(world)
    link = make_issued(world).link
    moved = Change(Grant, {"pk": grant.pk, "state": "approved"}, {"state": "issuing"})
    spent = Change(PickupLink, {"pk": link.pk, "tries": 4}, {"used_at": timezone.now()})
    with pytest.raises(StaleRowError) as stale:  # no transaction around: the statement itself is all or nothing
        write_all(moved, spent, *event())
    grant.refresh_from_db()
    assert (stale.value.is_of(PickupLink), stale.value.is_of(Grant), grant.state) == (True, False, "approved")
    assert not AuditEvent.objects.filter(kind="test.event").exists()
    assert not AuditPersonal.objects.filter(value="192.0.2.1").exists()


def test_the_audit_row_comes_behind_what_it_records(world: World) -> None:
    """Whoever waits for a row must not hold the head of the chain meanwhile, for which all the others would wait."""
    grant = make_approved(world)

    def change() -> None:
        try:
            write_all(Change(Grant, {"pk": grant.pk, "state": "approved"}, {"tries": 1}), *event())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Grant.objects.select_for_update().get(pk=grant.pk)
        waits = pool.submit(change)
        wait_for_somebody_waiting()
        write_all(*event())  # would wait for ever, if the other one held the head
    waits.result(timeout=20)
    assert AuditEvent.objects.filter(kind="test.event").count() == 2


def test_what_is_wiped_while_a_reveal_waits_uses_nothing_up(world: World) -> None:
    issued = make_issued(world)

    def reveal() -> None:
        try:
            reveal_of(issued)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Grant.objects.select_for_update().get(pk=issued.grant.pk)
            coming = pool.submit(reveal)
            wait_for_somebody_waiting()
            SealedCredential.objects.update(ciphertext=None, wiped_at=timezone.now())
        with pytest.raises(CannotOpenError):
            coming.result(timeout=20)
    issued.link.refresh_from_db()
    assert issued.link.used_at is None
    assert not AuditEvent.objects.filter(kind="grant.revealed").exists()


def test_a_code_that_is_told_anew_between_reading_and_writing_reveals_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = make_issued(world)

    def check_and_tell_anew(link: PickupLink, now: datetime) -> None:
        check_fate(link, now)
        Grant.objects.filter(pk=issued.grant.pk).update(code_digest=b"of another code, told right now.")

    monkeypatch.setattr("grants.flows.reveal.pick_up.check_fate", check_and_tell_anew)
    with pytest.raises(WrongCodeError):
        reveal_of(issued)
    issued.link.refresh_from_db()
    assert (issued.link.used_at, issued.link.tries) == (None, 1)


def reveal_of(issued: Issued) -> None:
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=issued.code),
        origin=Origin("192.0.2.7", "curl/8"),
        now=timezone.now(),
    )


def test_what_is_revoked_between_reading_and_writing_is_not_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = make_approved(world)

    def check_and_lose(*read: Any) -> None:
        check_believed(*read)
        revoke_grant(reference=grant.reference, by=world.bob, reason="Not any more.", now=timezone.now())

    monkeypatch.setattr("grants.flows.issue.begin.check_believed", check_and_lose)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert not IssueAttempt.objects.exists()
    assert not AuditEvent.objects.filter(kind="grant.issuing").exists()


def test_a_fence_that_goes_up_between_reading_and_writing_stops_an_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = make_approved(world)

    def check_and_fence(*read: Any) -> None:
        check_believed(*read)
        queries.raise_fence(timezone.now())

    monkeypatch.setattr("grants.flows.issue.begin.check_believed", check_and_fence)
    try:
        assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    finally:
        queries.lower_fence(timezone.now())
    grant.refresh_from_db()
    assert (grant.state, grant.tries, IssueAttempt.objects.count()) == ("approved", 0, 0)


@pytest.mark.parametrize("hold", ["SELECT FROM grants_grant FOR UPDATE", "LOCK TABLE grants_audithead IN SHARE MODE"])
def test_what_a_person_holds_for_long_is_issued_later_and_nobody_is_alarmed(
    world: World, hold: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sts, "mint", lambda **_: pytest.fail("asked STS"))
    grant = make_approved(world)

    def issue() -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            return issue_grant(grant_id=grant.pk, clock=timezone.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(hold)
        assert pool.submit(issue).result(timeout=20) is False
    was, tries = grant.state, grant.tries
    grant.refresh_from_db()
    assert (grant.state, grant.tries, caplog.records) == (was, tries, [])
    assert not IssueAttempt.objects.exists()
    assert queries.due_grants(timezone.now()) == [grant.pk]


def test_an_answer_that_comes_when_its_attempt_was_given_up_changes_nothing(world: World) -> None:
    begun = begin_attempt(grant_id=make_approved(world).pk, now=timezone.now())
    assert begun
    late = timezone.now() + timedelta(seconds=76)
    recover_attempts(now=late)
    again = begin_attempt(grant_id=begun.grant.pk, now=late + timedelta(hours=1))
    assert again
    finish_minted(begun=begun, minted=make_minted(begun.name, expiration=late + timedelta(hours=1)), now=late)
    outcomes = IssueAttempt.objects.order_by("number").values_list("outcome", flat=True)
    assert list(outcomes) == ["unknown", "pending"]
    assert not SealedCredential.objects.exists()
    assert not OutboxMail.objects.filter(event="link_ready").exists()


def test_a_mail_that_another_worker_has_sent_meanwhile_is_not_on_record_twice(world: World) -> None:
    make_issued(world)
    mail = OutboxMail.objects.get(event="link_ready")
    asked = []

    def clock() -> datetime:
        asked.append(1)
        if len(asked) == 2:  # the server has taken it, and it is about to be marked
            OutboxMail.objects.update(state="sent", sealed=None, sent_at=timezone.now(), last_error="the other one")
        return timezone.now()

    assert deliver_mail(mail_id=mail.pk, clock=clock)
    mail.refresh_from_db()
    assert (len(asked), mail.last_error) == (2, "the other one")
    assert not AuditEvent.objects.filter(kind="mail.accepted").exists()
