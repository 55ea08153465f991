"""What every answer carries: a policy without exceptions, cookies nobody else can plant, no copies kept."""

import os
import subprocess
import sys
from http import HTTPStatus
from http.cookies import Morsel

import pytest
from django.test import Client

from portal.middleware import client_address
from tests.factories import make_issued, make_world
from tests.web.signing_in import enrol_totp, sign_in_contractor, sign_in_staff

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/", "/no-such-page/", "/healthz"])
def test_every_answer_carries_the_whole_policy(client: Client, path: str) -> None:
    answer = client.get(path)
    assert {part.strip() for part in answer["Content-Security-Policy"].split(";")} == POLICY
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "no-store, private"
    assert len(answer["X-Request-Id"]) == 36


def test_the_admin_has_no_exception(client: Client) -> None:
    world = make_world()
    world.ada.is_superuser = True
    world.ada.save()
    sign_in_staff(client, world.ada, enrol_totp(world.ada))
    answer = client.get("/admin/")
    assert answer.status_code == HTTPStatus.OK
    assert {part.strip() for part in answer["Content-Security-Policy"].split(";")} == POLICY


def cookie(client: Client, name: str) -> "Morsel[str]":
    return client.cookies[name]


def test_both_cookies_are_host_cookies_that_scripts_cannot_read(client: Client) -> None:
    sign_in_contractor(client, make_world().carol)
    client.get("/accounts/logout/")
    assert set(client.cookies) == {"__Host-daypass-session", "__Host-daypass-csrf"}
    for morsel in client.cookies.values():
        assert morsel["secure"]
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert morsel["domain"] == ""
    assert cookie(client, "__Host-daypass-session")["max-age"] == ""  # ends with the browser


def test_a_form_without_its_token_changes_nothing_and_says_why() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert b"<h1>" in answer.content


def test_an_error_page_says_what_to_do_and_which_number_to_tell(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert b"We could not find that" in answer.content
    assert answer["X-Request-Id"].encode() in answer.content


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("path", ["/pickup/open/{}/", "/pickup/open/{}", "/Pickup/Open/{}/", "/pickup/open/{}/more/"])
def test_no_answer_at_an_address_with_a_token_sends_it_on_as_a_referer(client: Client, method: str, path: str) -> None:
    for token in (make_issued(make_world()).token, "A" * 43, "x"):
        answer = getattr(client, method)(path.format(token))
        assert answer["Referrer-Policy"] == "no-referrer", answer.status_code


def test_neither_does_a_forged_form_nor_a_mistake_of_daypass(monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_issued(make_world()).token
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    assert strict.post(f"/pickup/open/{token}/").status_code == HTTPStatus.FORBIDDEN
    assert strict.post(f"/pickup/open/{token}/")["Referrer-Policy"] == "no-referrer"
    monkeypatch.setattr("grants.views.pickup.open_link", lambda **_: 1 / 0)
    broken = strict.get(f"/pickup/open/{token}/")
    assert (broken.status_code, broken["Referrer-Policy"]) == (HTTPStatus.INTERNAL_SERVER_ERROR, "no-referrer")


def test_the_page_that_takes_the_code_keeps_its_origin_which_its_form_needs(client: Client) -> None:
    answer = client.get(f"/pickup/open/{make_issued(make_world()).token}/", follow=True)
    assert answer["Referrer-Policy"] == "same-origin"


def test_static_files_may_be_cached_and_set_no_cookie(client: Client) -> None:
    answer = client.get("/static/css/daypass.css")
    answer.close()
    assert answer.status_code == HTTPStatus.OK
    assert "no-store" not in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    assert not client.cookies


@pytest.mark.parametrize(
    ("forwarded_for", "trusted", "address"),
    [
        ("", 0, "198.51.100.7"),
        ("203.0.113.9", 0, "198.51.100.7"),  # nobody of ours stands in front: the header is the client's claim
        ("203.0.113.9", 1, "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),  # what the client sent stands left of what our proxy saw
        ("6.6.6.6, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "198.51.100.7"),  # came around a proxy
        ("", 1, "198.51.100.7"),
        ("<script>", 1, None),
        ("2001:db8::1", 1, "2001:db8::1"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(
    forwarded_for: str, trusted: int, address: str | None
) -> None:
    assert client_address("198.51.100.7", forwarded_for, trusted) == address


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://daypass.example.org", "True 31536000"), ("http://localhost:8000", "False 0")],
)
def test_transport_security_is_promised_only_where_there_is_https(url: str, expected: str) -> None:
    code = "import portal.settings as s; print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS)"
    answer = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PUBLIC_URL": url}, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == expected
