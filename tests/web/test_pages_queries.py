"""A page asks the database as often for many rows as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import World, make_issued, make_request, make_version, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db

LISTS = [
    ("carol", "/"),
    ("carol", "/requests/"),
    ("carol", "/requests/new/"),
    ("bob", "/"),
    ("bob", "/approvals/"),
    ("bob", "/grants/"),
    ("bob", "/windows/"),
    ("bob", "/deputies/"),
    ("otto", "/audit/"),
    ("otto", "/audit/?q=acme-drop"),
    ("ada", "/templates/"),
    ("ada", "/templates/acme-drop/"),
    ("ada", "/templates/acme-drop/compare/?before=1&after=2"),
    ("ada", "/templates/acme-drop/retire/"),
]


def fill(world: World) -> None:
    make_request(world)
    make_issued(world)
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor)


def queries_for(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        read(client.get(path))
    return len(captured)


@pytest.mark.parametrize(("who", "path"), LISTS)
def test_a_list_costs_the_same_for_many_rows_as_for_one(who: str, path: str) -> None:
    world = make_world()
    client = client_of(getattr(world, who))
    fill(world)
    fill(world)  # a second one is compared with the first
    client.get(path)  # what is read once, such as the cache of content types
    few = queries_for(client, path)
    for _ in range(3):
        fill(world)
    assert queries_for(client, path) == few
    assert few <= 20


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("carol", "/requests/{}/"),
        ("bob", "/approvals/{}/"),
        ("bob", "/grants/{}/revoke/"),
        ("otto", "/audit/{}/"),
    ],
)
def test_a_grants_page_asks_a_bounded_number_of_times(who: str, path: str) -> None:
    world = make_world()
    client = client_of(getattr(world, who))
    grant = make_issued(world).grant
    assert (
        queries_for(client, path.format(grant.reference)) <= 26
    )  # the card: decisions, history, mails, denials, each once
