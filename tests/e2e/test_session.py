"""A session that ends while somebody types: they sign in again, and nothing is lost."""

from tests.e2e.acts import REASON
from tests.e2e.conftest import Open
from tests.e2e.places import FORM
from tests.e2e.site import Site


def test_what_was_typed_into_an_ended_session_is_there_after_signing_in_again(visit: Open, site: Site) -> None:
    erin, email = visit(), "erin@acme.example"
    site.stack.manage("invite", email, "--vendor", "acme-robotics", "--inviter", site.people["alice"]["email"])
    site.sign_in_by_mail(erin, email)
    erin.go(FORM)
    site.end_sessions_of(email)
    erin.write("Why do you need it?", REASON)
    erin.write("Ticket", "OPS-42")
    erin.press("Continue")
    site.sign_in_by_mail(erin, email)
    erin.expect("nothing you typed is lost")
    erin.expect(REASON)
    erin.follow("Go back to the page, with what you typed")
    assert erin.page.url.startswith(f"{site.base}{FORM}")
    assert erin.page.get_by_label("Why do you need it?").input_value() == REASON
    erin.press("Continue")
    erin.expect("Check your answers")
