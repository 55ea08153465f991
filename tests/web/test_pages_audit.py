"""The auditor's pages: search, and a grant's whole story."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from grants.flows.revoke import revoke_grant
from grants.flows.verify_audit import verify_rows
from grants.models import AuditEvent, AuditPersonal, IssueAttempt
from grants.presenters.audit import chain_view
from grants.templatetags.daypass import iso
from tests.factories import Issued, World, make_issued, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def issued(world: World) -> Issued:
    return make_issued(world)


@pytest.fixture
def otto(world: World) -> Client:
    return client_of(world.otto)


@pytest.mark.parametrize(
    "words", ["{reference}", "carol@acme-robotics.example", "acme-drop", "ASIAEXAMPLE", "dp-{reference}-1"]
)
def test_a_grant_is_found_by_whatever_the_auditor_holds(otto: Client, issued: Issued, words: str) -> None:
    page = read(otto.get("/audit/", {"q": words.format(reference=issued.grant.reference)}))
    assert page.soup.find("a", href=f"/audit/{issued.grant.reference}/")


def test_nothing_found_says_what_can_be_searched_for(otto: Client) -> None:
    page = read(otto.get("/audit/", {"q": "<nothing>"}))
    assert "Nothing matches “<nothing>”." in page.words
    assert "access key id" in page.words


def test_the_story_tells_who_decided_what_sts_said_and_every_audit_row(otto: Client, issued: Issued) -> None:
    page = read(otto.get(f"/audit/{issued.grant.reference}/"))
    for words in (
        "Bob",
        "ASIAEXAMPLE",
        "490 bytes",
        f"dp-{issued.grant.reference}-1",
        "grant.issued",
        "hold, digest by digest",
        "carol@acme-robotics.example",
    ):
        assert words in page.words


def test_the_end_of_a_revoked_grant_is_when_it_was_revoked(otto: Client, world: World, issued: Issued) -> None:
    grant = revoke_grant(reference=issued.grant.reference, by=world.bob, reason="Done.", now=timezone.now())
    page = read(otto.get(f"/audit/{grant.reference}/"))
    (said,) = page.soup.select("[aria-labelledby='facts-title'] dt:-soup-contains-own('End') + dd time")
    assert said["datetime"] == iso(grant.state_at) != iso(grant.ends_at)


def test_a_size_that_sts_did_not_send_is_not_zero(otto: Client, issued: Issued) -> None:
    IssueAttempt.objects.update(packed_policy_size=None, token_size=0)
    page = read(otto.get(f"/audit/{issued.grant.reference}/"))
    assert "Packed policy size STS sent none" in page.words
    assert "Session token size 0 bytes" in page.words


def test_a_row_that_does_not_hold_is_named(issued: Issued) -> None:
    events = list(AuditEvent.objects.filter(subject=issued.grant.reference).order_by("seq"))
    events[1].payload = events[1].payload.replace("a", "b")
    view = chain_view(len(events), [(each.seq, each.what) for each in verify_rows(events=events)])
    assert view.tone == "bad"
    assert f"Row {events[1].seq} " in view.words


def test_an_erased_personal_value_is_called_erased_and_breaks_nothing(otto: Client, issued: Issued) -> None:
    AuditPersonal.objects.filter(field="reason").delete()
    page = read(otto.get(f"/audit/{issued.grant.reference}/"))
    assert "erased; its digest is kept" in page.words
    assert "hold, digest by digest" in page.words


@pytest.mark.parametrize("who", ["carol", "bob", "ada"])
def test_only_auditors_read_the_audit(world: World, issued: Issued, who: str) -> None:
    client = client_of(getattr(world, who))
    read(client.get("/audit/"), HTTPStatus.FORBIDDEN)
    read(client.get(f"/audit/{issued.grant.reference}/"), HTTPStatus.FORBIDDEN)


def test_the_auditor_decides_nothing(otto: Client, issued: Issued) -> None:
    reference = issued.grant.reference
    for path in (f"/approvals/{reference}/approve/", f"/grants/{reference}/revoke/", f"/grants/{reference}/retry/"):
        assert otto.post(path, {"reason": "No."}).status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
    issued.grant.refresh_from_db()
    assert issued.grant.state == "issued"
