"""A company with its own sign-in, over HTTP, and how one passes through it without a browser."""

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Final, cast

import httpx
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_settings

from grants.values import OpenIdProvider
from portal.embedded.openid import CLIENT_ID, Company, CompanyServer, Employee
from portal.openid import CALLBACK

SIGN_IN: Final = "/accounts/company/sign-in/"
LINK: Final = "/accounts/company/"
ABSENT: Final = OpenIdProvider("http://127.0.0.1:1", CLIENT_ID, "secret", "Example Corp", "http://localhost:1/")


def employee(email: str, *, subject: str = "", is_email_verified: bool = True) -> Employee:
    """Somebody of that address."""
    return Employee(subject or f"employee-{email}", email, email, is_email_verified=is_email_verified)


@contextmanager
def company_of(*people: Employee) -> Iterator[Company]:
    """A provider that knows these people, and a portal that is configured for it."""
    redirect_url = f"{settings.PUBLIC_URL}{CALLBACK}"
    server = CompanyServer(port=0, redirect_url=redirect_url, people=lambda: people)
    server.start()
    company = server.company
    provider = OpenIdProvider(company.issuer, CLIENT_ID, company.client_secret, "Example Corp", redirect_url)
    try:
        with override_settings(OPENID_PROVIDER=provider):
            yield company
    finally:
        server.stop()


def set_out(client: Client, **form: str) -> dict[str, str]:
    """Press the button; the answer is what the page sends the browser to the provider with."""
    page = client.post(SIGN_IN, form)
    return way_in(page.content.decode())


def way_in(page: str) -> dict[str, str]:
    """The query of the address that the page leads on to by itself."""
    url = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert url, page
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(unescape(url[1])).query))


def choose(company: Company, query: Mapping[str, str], subject: str) -> str:
    """Be somebody at the provider; the answer is the path it sends the browser back to."""
    answer = httpx.post(f"{company.issuer}/authorize", data={**query, "subject": subject})
    back = urllib.parse.urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def come_in(client: Client, company: Company, subject: str, **form: str) -> HttpResponse:
    """All the way out and back; the answer is what the portal says then."""
    return cast(HttpResponse, client.get(choose(company, set_out(client, **form), subject)))
