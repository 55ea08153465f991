"""The story with a passkey: enrolled, signed in with, and shown again for the signature."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession

from tests.e2e.acts import Ready, approve, ask, mailed_link, open_and_type, prove_if_asked, revoke
from tests.e2e.conftest import Open
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Device:
    """Chromium's virtual authenticator, which says yes to whoever asks."""

    wire: CDPSession
    key: str

    def verifies_its_user(self, *, verifies: bool) -> None:
        """With a finger, say; or not."""
        self.wire.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": verifies})


def give_device(visitor: Visitor) -> Device:
    wire = visitor.context.new_cdp_session(visitor.page)
    wire.send("WebAuthn.enable")
    return Device(wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"])


def add_passkey(visitor: Visitor, name: str) -> Device:
    """A passkey of theirs on a device of this browser."""
    device = give_device(visitor)
    visitor.go("/accounts/2fa/webauthn/")
    visitor.follow("Add a passkey")
    prove_if_asked(visitor, name)
    visitor.press("Add a passkey")
    return device


def have_it_trusted(site: Site, visitor: Visitor, name: str, group: str) -> None:
    """By an operator, to whom its owner reads the fingerprint out."""
    visitor.go("/accounts/2fa/webauthn/")
    visitor.expect("Signs nothing yet.")
    fingerprint = visitor.page.locator("section[aria-labelledby='signing-title'] code").last.inner_text()
    site.stack.manage("approver_keys", "trust", site.people[name]["email"], fingerprint, "--group", group)


def come_again(site: Site, visitor: Visitor) -> None:
    """Out, and in again with the password, up to the second step."""
    visitor.go("/accounts/logout/")
    visitor.press("Sign out")
    visitor.go("/accounts/login/")
    visitor.write("Email", site.people["bea"]["email"])
    visitor.write("Password", site.people["bea"]["password"])
    visitor.press("Sign in")


def test_asked_approved_picked_up_and_revoked_by_keyboard_with_a_passkey(visit: Open, site: Site) -> None:
    carol, bea, recipient = visit("carol"), visit(), visit()
    asked = ask(carol)
    site.sign_in(bea, "bea")
    device = add_passkey(bea, "bea")
    come_again(site, bea)
    device.verifies_its_user(verifies=False)
    bea.reach(bea.page.get_by_role("button", name="Use my passkey"))
    bea.page.keyboard.press("Enter")
    bea.page.get_by_text("did not hand over a passkey").wait_for()
    device.verifies_its_user(verifies=True)
    bea.press("Use my passkey")
    approve(bea, asked.reference, "bea")
    open_and_type(recipient, Ready(asked.reference, asked.code, mailed_link(site, asked.reference)))
    revoke(bea, asked.reference)
    assert site.state_of(asked.reference) == "revoked"


def test_an_approval_is_signed_by_one_touch_once_an_operator_trusts_the_passkey(visit: Open, site: Site) -> None:
    carol, bea = visit("carol"), visit()
    asked = ask(carol)
    site.sign_in(bea, "bea")
    add_passkey(bea, "bea")
    have_it_trusted(site, bea, "bea", "approvers")
    bea.go(f"/approvals/{asked.reference}/")
    bea.press("Sign with your passkey and approve")
    bea.expect(f"You approved {asked.reference}")
    decided = (
        "SELECT d.assertion FROM grants_decision d JOIN grants_grant g ON g.id = d.grant_id WHERE g.reference = %s"
    )
    (signed,) = site.rows(decided, asked.reference)
    assert signed["assertion"]
    site.wait_until(lambda: site.state_of(asked.reference) == "issued", "the issue")
