"""The template admin's editor: every limit is told at its field, nothing is published by a preview."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from grants.models import GrantTemplate, TemplateVersion
from tests.factories import World, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db

EDIT = "/templates/acme-drop/"
NEW = "/templates/new/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


def filled(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Shelf",
        "description": "",
        "vendors": [str(world.vendor.pk)],
        "issuer": str(world.issuer.pk),
        "buckets": "acme-shelf",
        "prefix": "out/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "tags": "Project=shelf\n",
        "min_seconds": "0.25",
        "default_seconds": "1",
        "max_seconds": "8",
        "link_seconds": "14400",
        "approver_groups": ["approvers"],
        "ticket_pattern": "",
        "ticket_hint": "",
        "do": "publish",
        **changes,
    }


def test_the_list_says_what_each_template_gives(ada: Client) -> None:
    page = read(ada.get("/templates/"))
    assert "List, read and write files under s3://acme-drop/in/ for up to 12 hours." in page.words


def test_a_new_template_is_published_as_version_one(world: World, ada: Client) -> None:
    page = read(ada.post(NEW, filled(world), follow=True))
    version = TemplateVersion.objects.get(template__slug="shelf")
    assert "Version 1 is published." in page.words
    assert (version.buckets, version.access["prefix"], version.tags) == (["acme-shelf"], "out/", {"Project": "shelf"})
    assert (version.min_seconds, version.default_seconds, version.max_seconds) == (900, 3600, 28800)
    assert list(version.template.vendors.all()) == [world.vendor]


def test_a_preview_shows_sentence_and_policy_and_publishes_nothing(world: World, ada: Client) -> None:
    page = read(ada.post(NEW, filled(world, do="preview")))
    assert "List and read files under s3://acme-shelf/out/ for up to 8 hours." in page.words
    assert '"Resource": "arn:aws:s3:::acme-shelf/out/*"' in page.words
    assert not GrantTemplate.objects.filter(name="Shelf").exists()


def test_editing_keeps_the_name_and_publishes_the_next_version(world: World, ada: Client) -> None:
    assert read(ada.get(EDIT)).field("name").has_attr("disabled")
    read(ada.post(EDIT, filled(world, name="Another name"), follow=True))
    world.template.refresh_from_db()
    assert world.template.name == "Acme drop"
    assert list(world.template.versions.values_list("number", flat=True)) == [2, 1]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Give the template a name"),
        ("name", "Acme drop", "There is a template of that name"),
        ("buckets", "Not_A_Bucket", ""),
        ("prefix", "out", ""),  # without the slash, "out" opens "outer/" too
        ("prefix", "*/", ""),  # a wildcard in a prefix is somebody else's folder
        ("actions", [], "Choose at least one action."),
        ("actions", ["s3:PutBucketPolicy"], ""),  # not in the list: it would outlive the grant
        ("tags", "no equals sign", "Line 1 is not of the form key=value."),
        ("tags", "a=1\nA=2", "AWS does not tell keys apart by case."),
        ("default_seconds", "36", "lies between"),
        ("max_seconds", "37", "Choose one of the times"),
        ("link_seconds", "60", "Choose one of the times"),
        ("approver_groups", [], "Choose who must sign."),
        ("approver_groups", ["auditors"], ""),  # those who only read never sign
        ("more_signers", "approvers", "Line 1 is not of the form group=number."),
        ("more_signers", "approvers=0", "between 1 and 9"),
        ("more_signers", "security=2", "not ticked above"),
        ("more_signers", "approvers=3", "fewer than 3"),  # nobody could ever be given it
        ("ticket_pattern", "[", "not a regular expression"),
        ("ticket_pattern", ".*", "lets a single character or nothing pass"),
        ("issuer", "00000000-0000-0000-0000-000000000000", "Choose an active issuer."),
    ],
)
def test_every_wrong_value_is_told_at_its_field(
    world: World, ada: Client, field: str, value: object, words: str
) -> None:
    page = read(ada.post(NEW, filled(world, **{field: value})), HTTPStatus.UNPROCESSABLE_ENTITY)
    at_fields = {target.removeprefix("id_").removesuffix("_0"): text for target, text in page.error_links.items()}
    assert words in at_fields[field]
    assert not GrantTemplate.objects.filter(slug="shelf").exists()


def test_an_error_of_a_group_of_boxes_links_to_its_first_box(world: World, ada: Client) -> None:
    page = read(ada.post(NEW, filled(world, actions=[])), HTTPStatus.UNPROCESSABLE_ENTITY)
    (target,) = page.error_links
    box = page.soup.find(id=target)
    assert box
    assert box["value"] == "s3:ListBucket"


@pytest.mark.parametrize("who", ["carol", "bob", "otto"])
@pytest.mark.parametrize("path", ["/templates/", NEW, EDIT])
def test_only_template_admins_see_the_editor(world: World, who: str, path: str) -> None:
    client = client_of(getattr(world, who))
    read(client.get(path), HTTPStatus.FORBIDDEN)
    assert client.post(path, filled(world)).status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}
    assert TemplateVersion.objects.count() == 1


def test_an_unknown_template_is_not_found(ada: Client) -> None:
    read(ada.get("/templates/nothing/"), HTTPStatus.NOT_FOUND)
