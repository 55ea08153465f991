"""A browser without a screen: keeps its cookies by hand, reads forms from pages, and presses their buttons.

A client's own cookie jar withholds Secure cookies over http, which browsers do send to localhost.
"""

import hmac
import struct
import time
from base64 import b32decode
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag

REDIRECTS_MAX: Final = 6


class PageError(AssertionError):
    """The page is not what the test expects; the message shows the page's words."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its final address, status, headers and words."""

    url: str
    status: int
    headers: httpx.Headers
    body: str

    @property
    def soup(self) -> BeautifulSoup:
        """The document."""
        return BeautifulSoup(self.body, "html.parser")

    @property
    def words(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def path(self) -> str:
        """The path of the final address."""
        return urlsplit(self.url).path

    def expect(self, words: str, *, status: int = 200) -> "Page":
        """This page, if it has the status and says the words; PageError with its words otherwise."""
        if self.status != status or words.lower() not in self.words.lower():
            raise PageError(f"expected {status} and {words!r} at {self.path}, got {self.status}: {self.words[:600]}")
        return self

    def form(self, *, action: str = "", button: str = "") -> Tag:
        """The form whose action contains ``action`` and that has a button that says ``button``."""
        for form in self.soup.find_all("form"):
            words = " ".join(
                b.get_text(" ", strip=True) or str(b.get("value", "")) for b in form.find_all(["button", "input"])
            )
            if action in str(form.get("action", "")) and button.lower() in words.lower():
                return form
        raise PageError(f"no form {action!r} {button!r} at {self.path}: {self.words[:400]}")


@dataclass
class Browser:
    """One person's browser; ``base`` is the portal's address."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    agent: str = "Mozilla/5.0 (test)"

    def __post_init__(self) -> None:
        # No connection is kept: one that the server closes in the moment of the next request is no answer to test.
        fresh = httpx.Limits(max_keepalive_connections=0)
        headers = {"User-Agent": self.agent}
        self._client = httpx.Client(timeout=20, follow_redirects=False, headers=headers, limits=fresh)

    def get(self, path: str, *, follow: bool = True) -> Page:
        """GET, redirects followed."""
        return self._send("GET", path, follow=follow)

    def head(self, path: str) -> Page:
        """HEAD, redirects not followed."""
        return self._send("HEAD", path, follow=False)

    def post(self, path: str, data: dict[str, str | list[str]], *, referer: str = "", follow: bool = True) -> Page:
        """POST a form as given."""
        return self._send("POST", path, data=data, referer=referer, follow=follow)

    def submit(self, page: Page, *, action: str = "", button: str = "", **values: str | list[str]) -> Page:
        """Fill in the page's form and press its button; fields that are not named keep what the page put there."""
        form = page.form(action=action, button=button)
        data: dict[str, str | list[str]] = {**_filled(form, button), **values}
        return self.post(str(form.get("action") or page.url), data, referer=page.url)

    def _send(
        self, method: str, path: str, *, data: dict[str, str | list[str]] | None = None, referer: str = "", follow: bool
    ) -> Page:
        url = urljoin(self.base, path)
        for _ in range(REDIRECTS_MAX):
            answer = self._client.request(method, url, data=data, headers=self._headers(referer, method))
            self._keep(answer)
            if not (follow and answer.is_redirect):
                return Page(url, answer.status_code, answer.headers, answer.text)
            referer, url = url, urljoin(url, answer.headers["location"])
            method, data = "GET", None
        raise PageError(f"too many redirects, the last to {url}")

    def _headers(self, referer: str, method: str) -> dict[str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if referer:
            headers["Referer"] = referer
        if method == "POST":
            headers["Origin"] = self.base.rstrip("/")
        return headers

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def _filled(form: Tag, button: str) -> dict[str, str | list[str]]:
    data: dict[str, str | list[str]] = {}
    for control in form.find_all(["input", "textarea", "select", "button"]):
        name, kind = str(control.get("name") or ""), str(control.get("type") or control.name)
        if not name:
            continue
        if control.name == "textarea":
            data[name] = control.get_text()
        elif control.name == "select":
            chosen = [str(o.get("value", "")) for o in control.find_all("option") if o.has_attr("selected")]
            data[name] = chosen or [str(o.get("value", "")) for o in control.find_all("option")][:1]
        elif control.name == "button" or kind == "submit":
            if button and button.lower() in control.get_text(" ", strip=True).lower():
                data[name] = str(control.get("value", ""))
        elif kind in {"checkbox", "radio"}:
            if control.has_attr("checked"):
                data[name] = [*data.get(name, []), str(control.get("value", "on"))]
        else:
            data[name] = str(control.get("value", ""))
    return data


def totp(seed: str, *, at: float | None = None) -> str:
    """The six digits of now (RFC 6238, 30 s, SHA-1)."""
    counter = struct.pack(">Q", int((at or time.time()) // 30))
    digest = hmac.digest(b32decode(seed), counter, "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"
