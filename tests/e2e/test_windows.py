"""Approved in advance, by keyboard: bob draws a window up and signs it; carol asks, and nobody has to decide."""

from tests.e2e.acts import Ready, ask, draw_up_window, mailed_link, open_and_type, prove_if_asked
from tests.e2e.conftest import Open
from tests.e2e.site import Site


def test_what_fits_a_window_is_approved_when_it_is_asked_for(visit: Open, site: Site) -> None:
    bob, carol, recipient = visit("bob"), visit("carol"), visit()
    window = draw_up_window(bob, "acme-robotics")
    bob.press("Approve in advance")
    prove_if_asked(bob, "bob", "Sign")
    bob.expect("The window is open")
    asked = ask(carol)
    carol.expect(f"it fits the window {window}")
    open_and_type(recipient, Ready(asked.reference, asked.code, mailed_link(site, asked.reference)))
    bob.go(f"/windows/{window}/")
    bob.expect(asked.reference)
    bob.follow("Close this window")
    bob.write("Why do you close it?", "The robots deliver no more.")
    bob.press("Close it")
    prove_if_asked(bob, "bob", "Close it")
    bob.expect("Closed by")
    again = ask(carol)
    carol.expect("is with the approvers")
    assert site.state_of(again.reference) == "requested"
