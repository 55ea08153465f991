"""The company's own sign-in in a browser: linked once, then the first step, with Daypass's second step behind it."""

from playwright.sync_api import Page

from tests.e2e.acts import prove_if_asked
from tests.e2e.conftest import Open
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor


def go_out_and_back(visitor: Visitor, press: str, who: str) -> Page:
    """The button, the page that leads on by itself, the company, and back; another site, so cookies are put to test."""
    visitor.reach(visitor.page.get_by_role("button", name=press))
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/authorize?*")
    visitor.press(who)
    return visitor.page


def test_staff_link_their_account_and_sign_in_at_the_company_by_keyboard(visit: Open, site: Site) -> None:
    bea = visit("bea")
    bea.go("/accounts/2fa/")
    bea.follow("Sign in with Demo company")
    prove_if_asked(bea, "bea")
    go_out_and_back(bea, "Link with Demo company", "Bob Bell")
    bea.expect("knows you by another address")
    bea.follow("Back to the link")
    go_out_and_back(bea, "Link with Demo company", "Bea Brandt")
    bea.expect("Linked. From now on you can sign in with Demo company")
    again = visit()
    again.go("/approvals/")
    go_out_and_back(again, "Sign in with Demo company", "Bea Brandt")
    again.write("Code", site.digits("bea"))
    again.press("Sign in")
    assert again.page.url.endswith("/approvals/")
    bea.go("/accounts/company/")
    prove_if_asked(bea, "bea")
    bea.press("Undo the link")
    bea.expect("The link is undone")


def test_whoever_is_not_linked_reads_what_to_do_instead(visit: Open) -> None:
    otto = visit()
    otto.go("/accounts/login/")
    go_out_and_back(otto, "Sign in with Demo company", "Otto Okafor")
    otto.expect("not linked with an account here")
    otto.follow("Back to sign in")
    go_out_and_back(otto, "Sign in with Demo company", "Sign in as nobody")
    otto.expect("You were not signed in at your company")
