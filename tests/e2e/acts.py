"""What the people of the story do, each by keyboard."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.e2e.site import Site
from tests.e2e.visitor import Visitor
from tests.people import link_in

REASON: Final = "Deliver the November robot logs."
TEMPLATE: Final = "Acme drop: read and write"
SENTENCE: Final = "List, read and write files under s3://acme-drop/in/"


@dataclass(frozen=True)
class Asked:
    """What the contractor holds after asking."""

    reference: str
    code: str


@dataclass(frozen=True)
class Ready:
    """What the recipient holds when the mail has come."""

    reference: str
    code: str
    link: str


def ask(carol: Visitor, reason: str = REASON, template: str = TEMPLATE) -> Asked:
    """From the home page to the confirmation; without a code where the template has none."""
    carol.go("/")
    carol.follow("Ask for access")
    carol.follow(template)
    carol.write("Why do you need it?", reason)
    carol.write("Ticket", "OPS-42")
    carol.press("Continue")
    carol.expect("Check your answers")
    carol.press("Send the request")
    shown = carol.page.locator("#pickup-code")
    code = shown.inner_text() if shown.count() else ""
    return Asked(carol.page.locator(".ref").first.inner_text(), re.sub(r"\W", "", code))


def approve(bob: Visitor, reference: str, name: str = "bob", words: str = SENTENCE) -> None:
    """From the queue to the signature, with a fresh code where one is asked for."""
    bob.go("/approvals/")
    link = bob.page.locator(f"a[href='/approvals/{reference}/']").first
    bob.reach(link)
    with bob.page.expect_navigation():
        bob.page.keyboard.press("Enter")
    bob.expect(words)
    bob.press("Approve")
    prove_if_asked(bob, name, "Approve")
    bob.expect(f"You approved {reference}")


def tell(bob: Visitor, reference: str) -> str:
    """Has the code made that is read out on the telephone; the answer is what to type."""
    bob.go(f"/grants/{reference}/spoken-code/")
    bob.press("Make the code")
    prove_if_asked(bob, "bob", "Make the code")
    return re.sub(r"\W", "", bob.page.locator("#pickup-code").inner_text())


def revoke(bob: Visitor, reference: str) -> None:
    """From the card to the revocation."""
    bob.go(f"/approvals/{reference}/")
    bob.follow("Revoke this access")
    bob.write("Why do you revoke it?", "The work is done.")
    bob.press("Revoke")
    prove_if_asked(bob, "bob", "Revoke")
    bob.expect("revoked")


def draw_up_window(bob: Visitor, vendor: str, day: str = "") -> str:
    """For everybody of a vendor, ten times, until ``day`` or for a week; nobody has signed it yet."""
    bob.go("/windows/")
    bob.follow("Draw up a window")
    bob.page.get_by_label("Template").select_option(label=TEMPLATE)
    bob.page.get_by_label("Vendor").select_option(vendor)
    bob.press("Continue")
    for box in bob.page.get_by_role("checkbox").all():
        bob.reach(box)
        bob.page.keyboard.press("Space")
    bob.write("How many times in all", "10")
    bob.page.get_by_label("Until").fill(day or f"{datetime.now(UTC).date() + timedelta(days=7)}")
    bob.write("What for?", "The robots deliver their logs every night.")
    bob.press("Draw it up")
    bob.expect("Nothing is open yet")
    return bob.page.locator(".ref").first.inner_text()


def prove_if_asked(visitor: Visitor, name: str, button: str = "") -> None:
    """The second factor again, where it was shown too long ago; then the form that waits for it, if one does."""
    if "/reauthenticate/" in visitor.page.url:
        visitor.write("Code", visitor.digits(name))
        visitor.press("Confirm")
        if button:
            visitor.press(button)


def mailed_link(site: Site, reference: str, email: str = "") -> str:
    """The path in the mail about this grant, to carol unless another address is given."""
    email = email or site.people["carol"]["email"]
    found: list[str] = []

    def came() -> bool:
        mails = [mail for mail in site.inbox.messages(email) if reference in mail["text"]]
        found.extend(link_in(mail) for mail in mails if "/pickup/open/" in mail["text"])
        return bool(found)

    site.wait_until(came, f"the mail with the link of {reference}")
    return found[0]


def open_and_type(recipient: Visitor, ready: Ready, *, console: bool = False) -> None:
    """Open the mailed link, type the code, press the button; with a console link as well, when it is wanted."""
    recipient.go(ready.link)
    if console:
        recipient.reach(recipient.page.get_by_label("Also make an AWS console sign-in link"))
        recipient.page.keyboard.press("Space")
    recipient.write("Pickup code", ready.code)
    recipient.press("Show the credentials")
    recipient.expect("Your credentials, this one time")


def exported(text: str) -> dict[str, str]:
    """The environment variables of ``export NAME='value'`` lines."""
    return dict(re.findall(r"export (\w+)='([^']*)'", text))


def make_ready(site: Site, carol: Visitor, bob: Visitor) -> Ready:
    """Asked, approved, issued and mailed."""
    asked = ask(carol)
    approve(bob, asked.reference)
    return Ready(asked.reference, asked.code, mailed_link(site, asked.reference))
