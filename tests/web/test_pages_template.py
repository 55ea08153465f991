"""One template's page: what STS said, what was waived, what speaks against it today and whom that touches."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants.flows.templates import ask_test, publish_now, save_draft
from grants.flows.windows import close_window
from grants.flows.withdraw import withdraw_grant
from grants.models import IssueAttempt, TemplateDraft, TemplateTest, User
from grants.models.attempt import Outcome, Purpose
from grants.models.person import APPROVERS
from grants.policy.scopes import CustomScope
from tests.factories import World, access, make_request, make_revealed, make_version, make_world
from tests.web.pages import client_of, read
from tests.web.template_forms import document, filled
from tests.windows import draw_up, open_window

pytestmark = pytest.mark.django_db
SHELF = "/templates/shelf/"
DROP = "/templates/acme-drop/"
REFUSAL = "Packed policy consumes 117% of allotted space, please use smaller policy."
OUTLIVES = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObjectAcl",'
    '"Resource":"arn:aws:s3:::acme-drop/in/*"}]}'
)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


def draft_with(world: World, **said: Any) -> TemplateDraft:
    """A draft, and what STS said about it."""
    now = timezone.now()
    draft = save_draft(by=world.ada, document=document(world), slug="", now=now)
    test = ask_test(by=world.ada, slug=draft.slug, digest=draft.digest, now=now)
    test.attempt = IssueAttempt.objects.create(
        issuer=world.issuer,
        purpose=Purpose.DRY_RUN,
        number=1,
        name="dry-7Q2M4K9XTA-1",
        snapshot_hash=draft.digest,
        seconds=900,
        started_at=now,
        finished_at=now,
        lease_until=now,
        **{"outcome": Outcome.DISCARDED, **said},
    )
    test.save()
    return draft


@pytest.mark.parametrize(("percent", "tone"), [(79, "notice-good"), (80, "notice-wait"), (100, "notice-wait")])
def test_the_meter_is_amber_from_80_percent(world: World, ada: Client, percent: int, tone: str) -> None:
    draft_with(world, packed_policy_size=percent, token_size=3_300, token_utilization=percent)
    size = read(ada.get(SHELF)).soup.select_one("#size")
    assert size
    notice = size.select_one(".notice")
    assert notice
    assert tone in notice["class"]
    assert f"It fills {percent} %" in notice.get_text()
    assert (
        f"packed policy {percent} %; session token {percent} %; session token 3,300 of 4,096 bytes" in size.get_text()
    )


def test_what_sts_refuses_is_red_with_its_own_sentence(world: World, ada: Client) -> None:
    draft_with(world, outcome=Outcome.FAILED, error_code="sts_policy_too_large", error_detail=REFUSAL)
    page = read(ada.get(SHELF))
    notice = page.soup.select_one("#size .notice-bad")
    assert notice
    assert "STS refused this draft." in notice.get_text()
    assert REFUSAL in notice.get_text()


def test_a_size_that_sts_did_not_send_is_not_zero(world: World, ada: Client) -> None:
    draft_with(world)
    assert "packed policy not sent; session token not sent" in read(ada.get(SHELF)).words


def test_beside_the_form_stands_what_sts_said_of_exactly_this_wording(world: World, ada: Client) -> None:
    draft_with(world, packed_policy_size=84)
    form = filled(world, who_asks=["contractors", "sponsors"])
    assert "It fills 84 %" in read(ada.post("/templates/preview/bucket/?of=shelf", form)).words
    changed = read(ada.post("/templates/preview/bucket/?of=shelf", {**form, "max_hours": "2"})).words
    assert "STS has not been asked about this draft yet." in changed


def test_a_draft_is_saved_and_tested_with_one_button(world: World, ada: Client) -> None:
    page = read(ada.post("/templates/new/bucket/", filled(world, do="test"), follow=True))
    assert "Waiting for the worker that holds the issuer's keys." in page.words
    assert TemplateTest.objects.get().digest == TemplateDraft.objects.get().digest


def test_a_waived_test_says_by_whom_and_why(world: World, ada: Client, settings: Settings) -> None:
    settings.TEMPLATE_TEST_WAIVER = True
    draft = draft_with(world, outcome=Outcome.FAILED, error_code="sts_unreachable")
    publish_now(by=world.ada, slug=draft.slug, digest=draft.digest, now=timezone.now())
    page = read(ada.get(SHELF))
    assert f"test waived by {world.ada}: STS gave no answer (sts_unreachable)" in page.words


def test_a_group_without_approvers_is_said_before_publishing(world: World, ada: Client) -> None:
    draft_with(world)
    User.objects.filter(pk__in=[world.bob.pk, world.bea.pk]).update(is_active=False)
    for path in (SHELF, f"{SHELF}publish/"):
        page = read(ada.get(path, follow=True))
        assert "Nobody active is in “approvers”, so that it could never be given." in page.words
        assert page.soup.find("button", string=lambda text: bool(text and "Publish version" in text)) is None


def test_a_finding_names_the_grants_that_it_touches(world: World, ada: Client) -> None:
    held = make_revealed(world)
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, **access(CustomScope(OUTLIVES)), accepted=[])
    asked = make_request(world).grant
    page = read(ada.get(DROP))
    first, second = (page.soup.select_one(f"[aria-labelledby=standing-{number}]") for number in (1, 2))
    assert first
    assert held.reference in first.get_text()
    assert "outlives the grant" not in first.get_text()
    assert second
    assert "The effect of s3:PutObjectAcl outlives the grant" in " ".join(second.get_text().split())
    assert asked.reference in second.get_text()
    assert "findings today" in read(ada.get("/templates/")).words


def test_what_was_accepted_and_what_nobody_holds_is_not_said_again(world: World, ada: Client) -> None:
    weak = {"code": "pickup_check_weak", "sentence": "This can write.", "reason": "The mailbox is guarded."}
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, accepted=[weak])
    assert "What speaks against" not in read(ada.get(DROP)).words


def test_a_retirement_names_the_grants_that_it_leaves(world: World, ada: Client) -> None:
    held = make_revealed(world)
    over = make_request(world).grant
    withdraw_grant(reference=over.reference, by=world.carol, now=timezone.now())
    page = read(ada.get(f"{DROP}retire/"))
    assert f"{held.reference} of {world.carol.email}, Acme Robotics, version 1" in page.words
    assert over.reference not in page.words


def test_a_retirement_names_the_windows_that_it_stops_and_links_those_one_may_read(world: World, ada: Client) -> None:
    assert "No pre-approved window stands on it." in read(ada.get(f"{DROP}retire/")).words
    signed, waiting, closed = open_window(world), draw_up(world), open_window(world)
    close_window(reference=closed.reference, by=world.bob, reason="The work is done.", now=timezone.now())
    page = read(ada.get(f"{DROP}retire/"))
    assert f"{signed.reference} of Acme Robotics, version 1: open, used 0 of 3, until" in page.words
    assert f"{waiting.reference} of Acme Robotics, version 1: waiting for signatures" in page.words
    assert closed.reference not in page.words
    assert not page.soup.select("a[href^='/windows/']")
    world.ada.groups.add(Group.objects.get(name=APPROVERS))
    assert read(ada.get(f"{DROP}retire/")).soup.select_one(f"a[href='/windows/{signed.reference}/']")


def test_whoever_publishes_anew_reads_which_windows_that_stops(world: World, ada: Client) -> None:
    window, newer = open_window(world), document(world, name="Acme drop", max_hours=2)
    save_draft(by=world.ada, document=newer, slug="acme-drop", now=timezone.now())
    panel = read(ada.get(f"{DROP}publish/")).soup.select_one("[aria-labelledby=windows-title]")
    assert panel
    assert "This window approves nothing more from then on." in panel.get_text()
    assert window.reference in panel.get_text()
