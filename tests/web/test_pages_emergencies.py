"""The pages of an emergency: what it means first, then who looks at it."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group

from grants.models import Grant, User
from grants.models.person import APPROVERS
from grants.policy.signers import ON_CALL
from grants.policy.signing import signed_digest
from tests.factories import World, make_request, make_staff, make_world
from tests.keys_of_approvers import SoftKey
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
WHY = "The line stands still <until> these logs are read."


@pytest.fixture
def world() -> World:
    return make_world(signers={APPROVERS: 2})


@pytest.fixture
def olga() -> User:
    return make_staff("olga", ON_CALL)


def test_whoever_is_on_call_is_told_what_it_means_and_then_approves_alone(world: World, olga: User) -> None:
    client, grant = client_of(olga), make_request(world).grant
    assert "approve it alone, in an emergency" in read(client.get(f"/approvals/{grant.reference}/")).words
    assert "This is loud, on purpose" in read(client.get(f"/approvals/{grant.reference}/emergency/")).words
    body = {"snapshot_hash": grant.snapshot_hash, "reason": WHY}
    page = read(client.post(f"/approvals/{grant.reference}/emergency/", body, follow=True))
    assert "You approved" in page.words
    assert "Approved alone in an emergency" in page.words
    assert WHY in page.words
    assert Grant.objects.get(pk=grant.pk).state == "approved"


def test_an_approver_who_is_not_on_call_is_offered_nothing(world: World) -> None:
    client, grant = client_of(world.bob), make_request(world).grant
    assert "emergency" not in read(client.get(f"/approvals/{grant.reference}/")).words
    read(client.get(f"/approvals/{grant.reference}/emergency/"), HTTPStatus.FORBIDDEN)


def test_an_emergency_has_a_reason_and_a_fresh_fingerprint(world: World, olga: User) -> None:
    client, grant = client_of(olga), make_request(world).grant
    path = f"/approvals/{grant.reference}/emergency/"
    page = read(client.post(path, {"snapshot_hash": grant.snapshot_hash}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_reason"}
    read(client.post(path, {"snapshot_hash": "0" * 64, "reason": WHY}), HTTPStatus.CONFLICT)


def test_who_has_signed_already_reads_what_that_counts_for(world: World) -> None:
    world.bob.groups.add(Group.objects.get_or_create(name=ON_CALL)[0])
    client, grant = client_of(world.bob), make_request(world).grant
    path = f"/approvals/{grant.reference}/emergency/"
    assert "You have signed this already" not in read(client.get(path)).words
    client.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
    page = read(client.get(path))
    assert "You have signed this already, and that signature counts as one" in page.words
    read(client.post(path, {"snapshot_hash": grant.snapshot_hash, "reason": WHY}, follow=True))
    assert "approved alone, in an emergency" in read(client.get("/grants/")).words


def test_where_a_passkey_must_sign_the_page_offers_it_or_says_how_to_get_it_trusted(olga: User) -> None:
    world = make_world(needs_passkey=True)
    client, grant = client_of(olga), make_request(world).grant
    path = f"/approvals/{grant.reference}/emergency/"
    page = read(client.get(path))
    assert "None of your passkeys is trusted to sign alone" in page.words
    assert not page.soup.select("form[action$='emergency/'] button")
    body = {"snapshot_hash": grant.snapshot_hash, "reason": WHY}
    assert "passkey" in read(client.post(path, body), HTTPStatus.UNPROCESSABLE_ENTITY).words
    soft = SoftKey()
    soft.trust(olga, ON_CALL)
    assert read(client.get(path)).soup.select_one("button[data-passkey=get]")
    body["credential"] = soft.sign(signed_digest(grant.snapshot_hash, ON_CALL))
    client.post(path, body)
    assert Grant.objects.get(pk=grant.pk).state == "approved"


def test_an_auditor_sees_it_on_top_and_reviews_it(world: World, olga: User) -> None:
    grant = make_request(world).grant
    body = {"snapshot_hash": grant.snapshot_hash, "reason": WHY}
    client_of(olga).post(f"/approvals/{grant.reference}/emergency/", body)
    otto = client_of(world.otto)
    assert "nobody has looked at it yet" in read(otto.get("/approvals/reviews/")).words
    page = read(otto.post(f"/approvals/{grant.reference}/review/", {}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_judgement_0", "id_note"}
    sent = {"judgement": "wrong", "note": "It could have waited until Monday."}
    page = read(otto.post(f"/approvals/{grant.reference}/review/", sent, follow=True))
    assert "It should not have been approved this way" in page.words
    assert "Reviewed by Otto" in read(otto.get(f"/approvals/{grant.reference}/review/")).words


def test_an_empty_list_says_what_it_is_for(world: World) -> None:
    assert "Nothing has been approved alone." in read(client_of(world.ada).get("/approvals/reviews/")).words


def test_a_grant_that_was_approved_as_usual_is_not_there(world: World) -> None:
    grant = make_request(world).grant
    read(client_of(world.otto).get(f"/approvals/{grant.reference}/review/"), HTTPStatus.NOT_FOUND)
