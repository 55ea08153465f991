"""Every error says what happened and where the way goes on; what everybody sees keeps to the rules of the house."""

import hashlib
import re
from http import HTTPStatus
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.template.loader import render_to_string, select_template
from django.test import Client, RequestFactory
from django.urls import reverse

from grants.admin import HIDDEN
from grants.errors import GrantError, PickupError
from grants.models import PickupLink, User
from grants.views.answers import refusal_page
from tests.factories import make_issued, make_world
from tests.web.pages import client_of, read

TEMPLATES = sorted(Path("templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]
STYLED = Path("templates/emails/base.html")  # a mail loads no style sheet


def kinds_of(error: type[GrantError]) -> list[type[GrantError]]:
    return [error, *(kind for child in error.__subclasses__() for kind in kinds_of(child))]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds_of(GrantError), ids=lambda kind: kind.__name__)
def test_every_refusal_is_a_page_with_its_words_its_way_on_and_its_code(kind: type[GrantError]) -> None:
    request = RequestFactory().get("/")
    error = kind.__new__(kind)
    page = read(refusal_page(request, error), kind.status)
    assert kind.sentence in page.words
    assert kind.way_on in page.words
    assert kind.code in page.words
    assert page.soup.select_one("main a.btn")


@pytest.mark.parametrize("kind", kinds_of(PickupError), ids=lambda kind: kind.__name__)
def test_every_refusal_at_pickup_has_a_page_of_its_own(kind: type[PickupError]) -> None:
    if kind.code == "wrong_code":
        return  # told at the field
    page = select_template([f"grants/pickup/{kind.code}.html", "grants/pickup/refused.html"])  # as the view does
    words = page.render({"error": kind, "way_on_url": "/"})
    assert BeautifulSoup(words, "html.parser").select_one("main a.btn")


@pytest.mark.django_db
def test_an_unknown_address_and_a_wrong_method_lead_home(client: Client) -> None:
    for path, status in (("/nowhere/", HTTPStatus.NOT_FOUND),):
        assert read(client.get(path), status).soup.select_one("main a[href='/']")
    carol = client_of(make_world().carol)
    response = carol.delete("/requests/")
    page = read(response, HTTPStatus.METHOD_NOT_ALLOWED)
    assert page.soup.select_one("main a[href='/']")
    assert response.headers["X-Request-Id"] in page.words


def test_the_error_page_needs_neither_request_nor_database() -> None:
    page = render_to_string("error.html", {"status": 500, "title": "T", "sentence": "S", "way_on": "W"})
    assert "Go to the home page" in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/requests/", "/approvals/", "/grants/", "/audit/", "/templates/"])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.django_db
def test_the_sign_in_page_explains_both_doors(client: Client) -> None:
    page = read(client.get("/accounts/login/"))
    assert "I work here" in page.words
    assert "I work for a contractor or partner" in page.words
    assert page.soup.find("a", href=re.compile("/accounts/login/code/"))


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path != STYLED], ids=str)
def test_no_template_has_inline_style_or_script(path: Path) -> None:
    """The content security policy would block it; a page must not depend on what is blocked."""
    source = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_template_marks_anything_as_safe(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape off", path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_no_page_loads_anything_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", path.read_text())


@pytest.mark.django_db
def test_the_vendored_bootstrap_is_the_one_its_readme_names() -> None:
    folder = Path("static/vendor/bootstrap")
    wanted = re.findall(r"\b[0-9a-f]{64}\b", (folder / "README").read_text())
    assert sha256_of(folder / "bootstrap.min.css") == wanted[-1]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.django_db
def test_the_admin_shows_records_and_changes_none() -> None:
    world = make_world()
    issued = make_issued(world)
    User.objects.filter(pk=world.ada.pk).update(is_superuser=True)
    client = client_of(world.ada)
    for model in admin.site._registry:
        if model._meta.app_label == "grants":
            read(client.get(reverse(f"admin:grants_{model._meta.model_name}_changelist")))
            read(client.get(reverse(f"admin:grants_{model._meta.model_name}_add")), HTTPStatus.FORBIDDEN)
    page = read(client.get(reverse("admin:grants_pickuplink_change", args=[issued.link.pk])))
    assert "Save" not in page.words
    client.post(reverse("admin:grants_pickuplink_delete", args=[issued.link.pk]), {"post": "yes"})
    assert PickupLink.objects.filter(pk=issued.link.pk).exists()
    assert not any(page.soup.select(f".field-{name}") for name in HIDDEN)
