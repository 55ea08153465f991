"""What leaves Daypass is on disk before, although the commits that the audit chain waits for do not wait for it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants.flows.issue import issue_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.gateways import sts
from grants.models import OutboxMail
from grants.models.rows import wait_for_disk
from grants.queries import claimed_mail
from grants.values import IssuerRef, Minted, MintRequest
from tests.factories import World, make_approved, make_issued, make_minted, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' server has it off
    return make_world()


def position(function: str) -> int:
    """How far the write-ahead log is written (``insert``) or on disk (``flush``)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_current_wal_{function}_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def test_whoever_waits_for_the_disk_has_all_on_it_that_was_committed(world: World) -> None:
    begin_attempt(grant_id=make_approved(world).pk, now=timezone.now())
    written = position("insert")
    wait_for_disk()
    assert position("flush") >= written


def test_sts_is_asked_when_the_attempt_is_on_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last journey before the call is the one that waits."""
    grant, before = make_approved(world), []

    def mint(*, issuer: IssuerRef, request: MintRequest) -> Minted:
        del issuer, request
        before.append(captured.captured_queries[-1]["sql"])
        return make_minted(grant.reference, expiration=timezone.now() + timedelta(hours=1))

    monkeypatch.setattr("grants.flows.issue.check_caller", lambda _: None)
    monkeypatch.setattr(sts, "mint", mint)
    with CaptureQueriesContext(connection) as captured:
        issue_grant(grant_id=grant.pk, clock=timezone.now)
    assert ["pg_logical_emit_message" in sql for sql in before] == [True]


def test_a_mail_that_is_claimed_is_on_disk_with_all_that_came_before_it(world: World) -> None:
    """The credentials that its link opens, above all: whoever wrote them did not wait."""
    make_issued(world)
    mail, now, written = OutboxMail.objects.get(event="link_ready"), timezone.now(), position("insert")
    assert claimed_mail(mail.pk, now=now, until=now + timedelta(seconds=75))
    assert position("flush") >= written


def test_whoever_writes_down_an_answer_of_sts_waits_for_no_disk(world: World) -> None:
    """Nor does the audit chain, which nobody else can write in until the commit is over."""
    begun = begin_attempt(grant_id=make_approved(world).pk, now=timezone.now())
    assert begun
    with CaptureQueriesContext(connection) as captured:
        finish_minted(
            begun=begun,
            minted=make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1)),
            now=timezone.now(),
        )
    assert ["set_config('synchronous_commit', 'off'" in each["sql"] for each in captured.captured_queries] == [True]
