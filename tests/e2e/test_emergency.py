"""An emergency, signed alone with a passkey that an operator trusts for it; its page in every way of looking."""

from tests.e2e.acts import ask
from tests.e2e.conftest import Open
from tests.e2e.site import Site
from tests.e2e.test_pages import findings
from tests.e2e.test_passkey import add_passkey, have_it_trusted
from tests.e2e.undecided import put_on_call


def test_somebody_on_call_signs_an_emergency_with_one_touch_and_it_is_issued(visit: Open, site: Site) -> None:
    asked, ada = ask(visit("carol")), visit("ada")
    put_on_call(site, "ada")
    device = add_passkey(ada, "ada")
    have_it_trusted(site, ada, "ada", "on call")
    ada.go(f"/approvals/{asked.reference}/emergency/")
    assert not findings(ada.page)
    ada.write("What is the emergency?", "The line stands still until these logs are read.")
    device.verifies_its_user(verifies=False)
    ada.reach(ada.page.get_by_role("button", name="Sign with your passkey and approve alone"))
    ada.page.keyboard.press("Enter")
    ada.page.get_by_text("The passkey did not sign.").wait_for()
    assert site.state_of(asked.reference) == "requested"
    assert not findings(ada.page)
    device.verifies_its_user(verifies=True)
    ada.press("Sign with your passkey and approve alone")
    ada.expect(f"You approved {asked.reference} alone")
    (signed,) = site.rows(
        "SELECT d.assertion FROM grants_decision d JOIN grants_grant g ON g.id = d.grant_id"
        " WHERE g.reference = %s AND d.\"group\" = 'on call'",
        asked.reference,
    )
    assert "authenticatorData" in signed["assertion"]
    site.wait_until(lambda: site.state_of(asked.reference) == "issued", "the issue")
