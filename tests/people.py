"""The demo's people at their browsers: how each signs in, through the pages."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.browser import Browser, PageError, totp

PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Inbox:
    """The mails that the loopback mail server accepted; ``base`` is the web inbox."""

    base: str

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Mails to one address, newest first."""
        answer = httpx.get(f"{self.base.rstrip('/')}/api/messages", params={"to": to}, timeout=10)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def wait_for(self, to: str, words: str, *, known: int = 0, patience: float = PATIENCE) -> dict[str, Any]:
        """The newest mail beyond the ``known`` first ones whose subject or text has ``words``."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            mails = self.messages(to)
            for mail in mails[: len(mails) - known]:
                if words.lower() in f"{mail['subject']} {mail['text']}".lower():
                    return mail
            time.sleep(0.1)
        raise PageError(f"no mail to {to} with {words!r}; there are {[m['subject'] for m in self.messages(to)]}")


def known_people(state: Path) -> list[dict[str, str]]:
    """Who was seeded: role, name, email, password, totp_seed."""
    people: list[dict[str, str]] = json.loads((state / "people.json").read_text())
    return people


def sign_in_staff(base: str, person: dict[str, str]) -> Browser:
    """Password, then the six digits."""
    browser = Browser(base)
    page = browser.get("/accounts/login/")
    page = browser.submit(page, button="sign in", login=person["email"], password=person["password"])
    page = browser.submit(page, action="2fa", code=totp(person["totp_seed"]))
    if "That code is not right" in page.words:  # taken once: the next comes within half a minute
        time.sleep(30 - time.time() % 30 + 0.1)
        page = browser.submit(page, action="2fa", code=totp(person["totp_seed"]))
    if "/accounts/" in page.path:
        raise PageError(f"{person['email']} is not signed in: {page.words[:400]}")
    return browser


def sign_in_contractor(base: str, email: str, inbox: Inbox) -> tuple[Browser, str]:
    """An address, then the code from the mail; returns the code too, for those who look where it may not be."""
    browser = Browser(base)
    known = len(inbox.messages(email))
    page = browser.submit(browser.get("/accounts/login/code/"), email=email)
    mail = inbox.wait_for(email, "code", known=known)
    code = _code_in(str(mail["text"]))
    page = browser.submit(page, action="code", code=code)
    if "/accounts/" in page.path:
        raise PageError(f"{email} is not signed in: {page.words[:400]}")
    return browser, code


def _code_in(text: str) -> str:
    for line in text.splitlines():
        if found := re.fullmatch(r"\s*([A-Z0-9]{3,5}-?[A-Z0-9]{3,5})\s*", line):
            return found[1]
    raise PageError(f"no code in the mail: {text[:300]}")


def link_in(mail: dict[str, Any]) -> str:
    """The path of the pickup link in a mail."""
    found = re.search(r"(/pickup/open/[\w-]+/)", str(mail["text"]))
    if not found:
        raise PageError("no pickup link in the mail")
    return found[1]
