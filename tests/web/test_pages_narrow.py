"""The page on which an approver makes a request smaller."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from grants.models import Grant
from tests.factories import HOUR, World, make_approved, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


@pytest.fixture
def grant(world: World) -> Grant:
    return make_request(world, seconds=2 * HOUR).grant


def filled(grant: Grant, **changes: Any) -> dict[str, Any]:
    return {
        "snapshot_hash": grant.snapshot_hash,
        "hours": "1",
        "prefix": "in/november/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "reason": "November is <enough>.",
        **changes,
    }


def test_the_form_begins_with_what_was_asked_for(bob: Client, grant: Grant) -> None:
    page = read(bob.get(f"/approvals/{grant.reference}/narrow/"))
    assert page.field("prefix")["value"] == "in/"
    assert [option["value"] for option in page.soup.select("[name=hours] option[selected]")] == ["2"]
    assert max(float(str(option["value"])) for option in page.soup.select("[name=hours] option")) == 2
    assert {box["value"] for box in page.soup.select("[name=actions][checked]")} == {
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
    }


def test_afterwards_the_card_is_the_smaller_one_and_the_requester_reads_why(
    world: World, bob: Client, grant: Grant
) -> None:
    page = read(bob.post(f"/approvals/{grant.reference}/narrow/", filled(grant), follow=True))
    assert page.soup.h1
    assert "List and read files under s3://acme-drop/in/november/ for up to 1 hour." in page.soup.h1.get_text()
    assert "Made smaller by an approver" in page.words
    assert page.field("snapshot_hash")["value"] != grant.snapshot_hash
    status = read(client_of(world.carol).get(f"/requests/{grant.reference}/")).words
    assert "in/november/ for up to 1 hour" in status
    assert "November is <enough>." in status


@pytest.mark.parametrize(
    ("field", "value"),
    [("hours", "3"), ("hours", ""), ("prefix", "internal/"), ("prefix", ""), ("actions", []), ("reason", " ")],
)
def test_each_error_is_at_its_field(bob: Client, grant: Grant, field: str, value: object) -> None:
    body = filled(grant, **{field: value})
    page = read(bob.post(f"/approvals/{grant.reference}/narrow/", body), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert {target.removeprefix("id_").removesuffix("_0") for target in page.error_links} == {field}


def test_whoever_read_it_before_is_shown_what_changed(world: World, bob: Client, grant: Grant) -> None:
    read(bob.post(f"/approvals/{grant.reference}/narrow/", filled(grant), follow=True))
    bea = client_of(world.bea)
    for verb, body in (("approve", filled(grant)), ("narrow", filled(grant))):
        page = read(bea.post(f"/approvals/{grant.reference}/{verb}/", body), HTTPStatus.CONFLICT)
        assert "What happened since it was asked for: Made smaller by an approver" in page.words
        assert "by Bob" in page.words


def test_what_is_decided_is_not_made_smaller(world: World, bob: Client) -> None:
    grant = make_approved(world)
    page = read(bob.get(f"/approvals/{grant.reference}/narrow/"), HTTPStatus.CONFLICT)
    assert "has moved on in the meantime" in page.words
