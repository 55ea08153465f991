"""What a template's pages say about approvals that no trusted passkey signs: of this template, not of its kind."""

import re
from pathlib import Path

import pytest

from grants.policy.scopes import CustomScope, Scope
from grants.policy.unsigned import SHIPPED, parse_caps
from grants.presenters.unsigned import unsigned_view
from tests.factories import HOUR, access, make_world
from tests.web.pages import client_of, read
from tests.web.template_forms import filled

DEPLOY = Path(__file__).parents[2] / "deploy"
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/in/*"}]}'
)
OWN = CustomScope(POLICY)


@pytest.fixture
def drop() -> Scope:
    return make_world().version.scope


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shortest", "longest", "most", "setting"),
    [
        (HOUR, 8 * HOUR, "all of it", "hours=8,actions=write"),
        (900, 12 * HOUR, "up to 8 hours", "hours=12,actions=write"),
        (9 * HOUR, 12 * HOUR, "nothing", "hours=12,actions=write"),  # what is asked for is never made shorter
        (900, 900, "all of it", "hours=0.25,actions=write"),
    ],
)
def test_hours_decide_how_much_is_minted(drop: Scope, shortest: int, longest: int, most: str, setting: str) -> None:
    view = unsigned_view(drop, shortest=shortest, longest=longest, needs_passkey=False)
    assert (view.most, view.setting) == (most, setting)
    hours, actions = setting.split(",")
    assert parse_caps(f"{hours},{actions},per_hour=any").covers(drop, longest)


def test_of_a_policy_of_ones_own_nothing_is_minted() -> None:
    view = unsigned_view(OWN, shortest=900, longest=HOUR, needs_passkey=False)
    assert (view.most, view.setting, view.is_whole) == ("nothing", "hours=1,actions=any", False)


@pytest.mark.parametrize("path", ["environment.example", "compose.yaml", "systemd/daypass-issue.service"])
def test_what_is_called_shipped_is_what_is_shipped(path: str) -> None:
    (found,) = re.findall(r"hours=[^\s}]+", (DEPLOY / path).read_text())
    assert parse_caps(found) == SHIPPED


@pytest.mark.django_db
def test_the_page_says_it_of_this_template_and_where_the_workers_word_stands() -> None:
    page = read(client_of(make_world().ada).get("/templates/acme-drop/"))
    assert "( hours=8,actions=write ), mints up to 8 hours ." in page.words
    assert "All of it takes hours=12,actions=write , or the signature." in page.words
    assert "UNSIGNED_APPROVALS in its own environment" in page.words


@pytest.mark.django_db
def test_the_editor_says_it_of_what_is_written() -> None:
    world = make_world()
    ada = client_of(world.ada)
    words = read(ada.post("/templates/preview/bucket/", filled(world))).words
    assert "mints all of it ." in words
    assert "All of it takes" not in words
    signed = read(ada.post("/templates/preview/bucket/", filled(world, needs_passkey="on"))).words
    assert "Each approval of it is signed with a passkey that an operator has trusted." in signed


@pytest.mark.django_db
def test_a_template_whose_policy_is_its_own_is_minted_on_a_signature_alone() -> None:
    page = read(client_of(make_world(**access(OWN)).ada).get("/templates/acme-drop/"))
    assert "mints nothing ." in page.words
    assert "actions=any" in page.words
