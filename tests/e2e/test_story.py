"""The whole story in Chromium, by keyboard."""

from tests.e2e.acts import Ready, approve, ask, exported, mailed_link, open_and_type, revoke
from tests.e2e.conftest import Open
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor
from tests.smoke.s3 import Bucket


def bucket_of(site: Site, variables: dict[str, str]) -> Bucket:
    """The bucket with what was copied."""
    assert variables.pop("AWS_ENDPOINT_URL") == site.endpoint_url
    return Bucket(site.endpoint_url, {name.lower(): value for name, value in variables.items()})


def copied(visitor: Visitor, button: str) -> str:
    """What stands in the clipboard after Enter on a Copy button, which says so."""
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.base)
    visitor.reach(visitor.page.get_by_role("button", name=button).first)
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#live", has_text="Copied").wait_for(state="attached")
    return str(visitor.page.evaluate("navigator.clipboard.readText()"))


def test_asked_approved_picked_up_used_and_revoked_by_keyboard_with_an_authenticator(visit: Open, site: Site) -> None:
    carol, bob, recipient = visit(), visit(), visit()
    site.sign_in(carol, "carol")
    asked = ask(carol)
    site.sign_in(bob, "bob")
    approve(bob, asked.reference)
    open_and_type(recipient, Ready(asked.reference, asked.code, mailed_link(site, asked.reference)))
    bucket = bucket_of(site, exported(copied(recipient, "Copy bash")))
    assert bucket.works()
    assert bucket.refuses()
    revoke(bob, asked.reference)
    site.wait_until(lambda: bucket.get("in/readme.txt") == "AccessDenied", "that AWS refuses what was revoked")


def test_the_whole_story_without_javascript(visit: Open, site: Site) -> None:
    carol, bob, recipient = (visit(java_script_enabled=False) for _ in range(3))
    site.sign_in(carol, "carol")
    asked = ask(carol)
    site.sign_in(bob, "bob")
    approve(bob, asked.reference)
    open_and_type(recipient, Ready(asked.reference, asked.code, mailed_link(site, asked.reference)))
    assert recipient.page.locator("button[data-copy]").filter(visible=True).count() == 0
    bucket = bucket_of(site, exported(recipient.page.locator("#bash").inner_text()))
    assert bucket.works()
    revoke(bob, asked.reference)
    site.wait_until(lambda: bucket.get("in/readme.txt") == "AccessDenied", "that AWS refuses what was revoked")
