"""The pages of pre-approved windows: drawn up, signed, used, closed; and what people read of them elsewhere."""

from http import HTTPStatus
from typing import Any

import pytest

from grants.models import Grant, User, Window
from tests.factories import REASON, World, make_contractor, make_request, make_world
from tests.web.pages import client_of, read
from tests.windows import draw_up, open_window, until

pytestmark = pytest.mark.django_db
NEW = "/windows/new/?template=acme-drop&vendor=acme-robotics"


@pytest.fixture
def world() -> World:
    return make_world()


def answers(world: World, **changes: Any) -> dict[str, Any]:
    day = f"{until(10):%Y-%m-%d}"
    return {
        "recipients": [str(world.carol.pk)],
        "hours": "2",
        "times": "3",
        "until": day,
        "reason": "The robots deliver every night.",
        **changes,
    }


def test_the_empty_list_says_what_a_window_is_good_for(world: World) -> None:
    page = read(client_of(world.bob).get("/windows/"))
    assert "Nothing is approved in advance." in page.words
    assert "Draw up a window" in page.words
    assert "Draw up a window" not in read(client_of(world.otto).get("/windows/")).words


def test_from_the_form_to_an_open_window(world: World) -> None:
    bob = client_of(world.bob)
    assert "for whose people" in read(bob.get("/windows/new/")).words
    answer = bob.post(NEW, answers(world))
    window = Window.objects.get()
    assert answer.headers["Location"] == f"/windows/{window.reference}/"
    page = read(bob.get(answer.headers["Location"]))
    assert "Waiting for signatures" in page.words
    assert "for up to 2 hours each time, 3 times in all, for carol@acme-robotics.example" in page.words
    assert page.field("snapshot_hash")["value"] == window.text_hash
    bob.post(f"/windows/{window.reference}/sign/", {"snapshot_hash": window.text_hash})
    page = read(bob.get(f"/windows/{window.reference}/"))
    assert "Its people have been told that they need not wait." in page.words
    assert page.title.startswith(f"Window {window.reference}: Open")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recipients": []}, "id_recipients_0"),
        ({"recipients": ["6d5c8a0e-51a3-4b9e-9d43-3f0b6d5f1a10"]}, "id_recipients_0"),
        ({"hours": "99"}, "id_hours"),
        ({"times": "0"}, "id_times"),
        ({"times": "many"}, "id_times"),
        ({"until": "tomorrow"}, "id_until"),
        ({"until": f"{until(100):%Y-%m-%d}"}, "id_until"),
        ({"reason": ""}, "id_reason"),
    ],
)
def test_what_is_wrong_stands_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    page = read(client_of(world.bob).post(NEW, answers(world, **changes)), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {field}
    assert not Window.objects.exists()


def test_a_template_or_vendor_that_is_not_theirs_is_none(world: World) -> None:
    bob = client_of(world.bob)
    for query in ("template=nothing&vendor=acme-robotics", "template=acme-drop&vendor=mallory"):
        read(bob.get(f"/windows/new/?{query}"), HTTPStatus.UNPROCESSABLE_ENTITY)


def test_a_stale_fingerprint_signs_nothing_and_says_so(world: World) -> None:
    window, bob = draw_up(world), client_of(world.bob)
    answer = bob.post(f"/windows/{window.reference}/sign/", {"snapshot_hash": "0" * 64})
    assert "Nothing was signed." in read(answer, HTTPStatus.CONFLICT).words
    assert not window.signatures.exists()


def test_where_the_template_wants_a_passkey_the_page_says_so() -> None:
    world = make_world(needs_passkey=True)
    window, bob = draw_up(world), client_of(world.bob)
    assert "by a passkey's signature" in read(bob.get(f"/windows/{window.reference}/")).words
    answer = bob.post(f"/windows/{window.reference}/sign/", {"snapshot_hash": window.text_hash})
    read(answer, HTTPStatus.UNPROCESSABLE_ENTITY)


def test_the_requester_is_told_before_and_after_sending(world: World) -> None:
    window, carol = open_window(world), client_of(world.carol)
    form = {"hours": "1", "reason": REASON, "key": "6d5c8a0e-51a3-4b9e-9d43-3f0b6d5f1a10"}
    page = read(carol.post("/requests/new/acme-drop/check/", form))
    assert f"it fits the pre-approved window {window.reference}" in page.words
    page = read(carol.post("/requests/new/acme-drop/send/", form))
    assert "Your request is approved" in page.words
    status = read(carol.get(f"/requests/{Grant.objects.get().reference}/"))
    assert f"Approved in advance, by the window {window.reference}" in status.words


def test_what_does_not_fit_says_why_to_requester_and_approver(world: World) -> None:
    window = open_window(world)
    form = {"hours": "3", "reason": REASON, "key": "6d5c8a0e-51a3-4b9e-9d43-3f0b6d5f1a10"}
    why = f"The pre-approved window {window.reference} does not cover this: it allows 2 hours at most."
    carol = client_of(world.carol)
    assert why in read(carol.post("/requests/new/acme-drop/check/", form)).words
    assert why in read(carol.post("/requests/new/acme-drop/send/", form)).words
    reference = Grant.objects.get().reference
    assert why in read(carol.get(f"/requests/{reference}/")).words
    assert why in read(client_of(world.bob).get(f"/approvals/{reference}/")).words


def test_card_story_list_and_window_name_each_other(world: World) -> None:
    window, grant = open_window(world), make_request(world).grant
    bob, otto = client_of(world.bob), client_of(world.otto)
    assert f"In advance, by the window {window.reference}" in read(bob.get(f"/approvals/{grant.reference}/")).words
    assert f"Pre-approved window {window.reference}" in read(otto.get(f"/audit/{grant.reference}/")).words
    assert f"window {window.reference}" in read(otto.get(f"/audit/?q={window.reference}")).words
    for reader in (bob, otto):
        assert grant.reference in read(reader.get(f"/windows/{window.reference}/")).words
    assert "1 of 3" in read(otto.get("/windows/")).words


def test_closing_asks_why_and_says_what_it_does(world: World) -> None:
    window, bea = open_window(world), client_of(world.bea)
    address = f"/windows/{window.reference}/close/"
    assert "Nothing more is approved by it, for good." in read(bea.get(address)).words
    page = read(bea.post(address, {"reason": ""}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_reason"}
    page = read(bea.post(address, {"reason": "Done."}, follow=True))
    assert page.title.startswith(f"Window {window.reference}: Closed")
    read(bea.post(address, {"reason": "Done."}), HTTPStatus.CONFLICT)


def test_an_auditor_reads_and_neither_signs_nor_closes(world: World) -> None:
    window, otto = draw_up(world), client_of(world.otto)
    page = read(otto.get(f"/windows/{window.reference}/"))
    assert page.soup.select("main form, main .btn") == []
    read(otto.get(f"/windows/{window.reference}/close/"), HTTPStatus.FORBIDDEN)


def test_a_contractor_sees_no_window(world: World) -> None:
    window = open_window(world)
    for person in (world.carol, make_contractor("dan", world.vendor)):
        read(client_of(person).get(f"/windows/{window.reference}/"), HTTPStatus.FORBIDDEN)


def test_the_page_says_why_a_window_does_not_work(world: World) -> None:
    window, bob = open_window(world), client_of(world.bea)
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    page = read(bob.get(f"/windows/{window.reference}/"))
    assert "Somebody who signed it was stopped, or has left." in page.words
    assert "it counts no more" in page.words
