"""What the page tests share: people who are signed in, and pages read as a person reads them."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client

from grants.models import User
from tests.web.signing_in import enrol_totp, sign_in_contractor, sign_in_staff


def client_of(user: User) -> Client:
    """A browser in which this person is signed in, through the pages."""
    client = Client()
    if user.is_staff:
        sign_in_staff(client, user, enrol_totp(user))
    else:
        sign_in_contractor(client, user)
    return client


@dataclass(frozen=True)
class Page:
    """An answer, read."""

    status: int
    soup: BeautifulSoup

    @property
    def words(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def title(self) -> str:
        """The tab's title."""
        assert self.soup.title
        return " ".join(self.soup.title.get_text().split())

    @property
    def error_links(self) -> dict[str, str]:
        """The error summary: each error's words by the id of the field it links to."""
        links = self.soup.select(".error-summary a")
        return {str(link["href"]).removeprefix("#"): link.get_text(strip=True) for link in links}

    def field(self, name: str) -> Tag:
        """The input, select or textarea of that name."""
        found = self.soup.select_one(f"[name={name}]")
        assert found is not None, f"no field {name}"
        return found


def read(response: Any, status: int = HTTPStatus.OK) -> Page:  # noqa: ANN401 - the client's own answers have a type of their own
    """The page, which has the status it should."""
    page = Page(response.status_code, BeautifulSoup(response.content, "html.parser"))
    assert page.status == status, page.words[:400]
    return page
