"""Requests that no browser sends: each is answered with a page that says so, and none costs more than it is long."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.accounts.passkeys import ANSWER_MOST
from portal.middleware import PlainRequestMiddleware
from tests.factories import make_world
from tests.web.crowd import browser_of
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
TOO_MUCH = "That was more than Daypass takes"
SIGN_IN = "/accounts/login/code/"
PASSKEY = "/accounts/2fa/webauthn/add/"


@pytest.mark.parametrize("path", ["/requests/%00/", "/approvals/a%00b/", "/windows/%00/", "/accounts/again/%00/"])
def test_an_address_with_a_nul_is_malformed_and_no_mistake_of_ours(path: str) -> None:
    page = read(client_of(make_world().bob).get(path), HTTPStatus.BAD_REQUEST)
    assert "That request was malformed" in page.words


@pytest.mark.parametrize(
    "data",
    [
        {"email": "a" * 300_000},
        {f"field{number}": "" for number in range(300)},
        {"email": "carol@acme-robotics.example", "file": SimpleUploadedFile("a.txt", b"a")},
    ],
    ids=["long", "many", "file"],
)
def test_a_form_that_is_too_large_is_told_what_would_be_taken(client: Client, data: dict[str, Any]) -> None:
    page = read(client.post(SIGN_IN, data), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    assert TOO_MUCH in page.words
    assert "256 KB and 200 fields" in page.words
    assert page.soup.select_one("main a[href='/']")


@pytest.mark.parametrize("path", ["/", SIGN_IN, "/nowhere/", "/audit/"])
@pytest.mark.parametrize("role", ["anonymous", "auditor"])
def test_an_address_that_asks_too_much_at_once_is_no_mistake_of_ours(role: str, path: str) -> None:
    browser = browser_of(role, make_world().otto if role == "auditor" else None)
    assert browser.get(path, {f"q{number}": "" for number in range(300)}).status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def test_a_foreign_cookie_full_of_backslashes_is_not_even_read() -> None:
    seen: list[dict[str, str]] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.COOKIES)
        return HttpResponse()

    foreign = '"' + '\\"' * 2_000_000 + '"'
    PlainRequestMiddleware(answer)(RequestFactory().get("/", HTTP_COOKIE=f"one=1; other={foreign}; two=2"))
    assert seen == [{"one": "1", "two": "2"}]


@pytest.mark.parametrize(
    "answer",
    [
        "[" * 5_000,
        '{"a":' * 4_000,
        "9" * 5_000,
        '"' + "a" * ANSWER_MOST + '"',
        "{}",
        '{"id":"%","rawId":"%","type":"public-key","response":{"clientDataJSON":"%","attestationObject":"%"}}',
        '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"gYE"}}',
    ],
    ids=["deep", "deeper", "digits", "long", "empty", "no base64", "no attestation"],
)
def test_an_answer_that_no_passkey_gives_is_an_incorrect_one(answer: str) -> None:
    browser = client_of(make_world().carol)
    page = browser.post(PASSKEY, {"name": "", "credential": answer})
    assert page.status_code == HTTPStatus.OK
    assert page.context["form"].errors["credential"]


def test_a_passkeys_name_is_as_long_as_a_name() -> None:
    page = client_of(make_world().carol).post(PASSKEY, {"name": "a" * 101, "credential": "{}"})
    assert page.context["form"].errors["name"]
