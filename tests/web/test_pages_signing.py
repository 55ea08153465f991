"""The card offers to sign with a passkey that the worker believes and that its owner still has, and with no other."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from grants.policy.signers import ON_CALL
from grants.policy.signing import websafe
from tests.factories import World, make_request, make_staff, make_world
from tests.keys_of_approvers import SoftKey
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(needs_passkey=True)


def offered(client: Client, path: str) -> list[str]:
    """The ids of the passkeys that the browser is asked for."""
    options = read(client.get(path)).soup.select_one("script#passkey-options")
    asked = json.loads(options.text)["request_options"]["publicKey"] if options else {"allowCredentials": []}
    return [each["id"] for each in asked["allowCredentials"]]


def test_of_two_believed_passkeys_the_one_that_was_removed_is_not_asked_for(world: World) -> None:
    kept, removed = SoftKey(), SoftKey()
    for key in (removed, kept):
        key.trust(world.bob)
    Authenticator.objects.filter(user=world.bob).earliest("pk").delete()
    path = f"/approvals/{make_request(world).grant.reference}/"
    assert offered(client_of(world.bob), path) == [websafe(kept.credential_id)]


def test_whose_only_believed_passkey_was_removed_is_offered_none_and_reads_why(world: World) -> None:
    SoftKey().trust(world.bob)
    Authenticator.objects.filter(user=world.bob).delete()
    SoftKey().enrol(world.bob)
    path = f"/approvals/{make_request(world).grant.reference}/"
    page = read((bob := client_of(world.bob)).get(path))
    assert "None of your passkeys is trusted for that yet" in page.words
    assert offered(bob, path) == []


def test_in_an_emergency_a_passkey_that_is_trusted_for_it_is_asked_for_and_only_while_it_is_there(world: World) -> None:
    ordinary, alone, olga = SoftKey(), SoftKey(), make_staff("olga", ON_CALL)
    ordinary.trust(olga)
    alone.trust(olga, ON_CALL)
    path, client = f"/approvals/{make_request(world).grant.reference}/emergency/", client_of(olga)
    assert offered(client, path) == [websafe(alone.credential_id)]
    Authenticator.objects.filter(user=olga, type=Authenticator.Type.WEBAUTHN).delete()
    assert offered(client, path) == []
