"""The recipient's pages in Chromium: what they show once, what they wipe, and what no robot can press out of them."""

import contextlib
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import Error

from portal.embedded.totp import totp_code
from tests.e2e.acts import Ready, approve, ask, mailed_link, make_ready, open_and_type
from tests.e2e.conftest import Open
from tests.e2e.rare_places import READ_OUT, SIGNED_IN
from tests.e2e.site import Site, moment_to_type
from tests.e2e.visitor import Visitor

DORA: Final = "dora@acme.example"
LEFT = "addEventListener('pagehide', () => sessionStorage.setItem('left', document.documentElement.outerHTML))"


@pytest.fixture
def ready(visit: Open, site: Site) -> Ready:
    return make_ready(site, visit("carol"), visit("bob"))


def press_everything(robot: Visitor, address: str) -> int:
    """Open the address anew for every button, of whatever form, and press it; open every link. How many there were."""
    robot.go(address)
    page, landed = robot.page, robot.page.url
    buttons = page.locator("button, input[type=submit], summary")
    links = page.locator("a[href^='/'], a[href^='http://localhost']").evaluate_all("all => all.map(a => a.href)")
    count = buttons.count()
    for number in range(count):
        robot.go(address)
        with contextlib.suppress(Error), page.expect_navigation(timeout=1500):  # not every button leads away
            buttons.nth(number).dispatch_event("click")
    for link in links:
        robot.go(link)
    robot.go(landed)
    return count


def tries_at(site: Site, ready: Ready) -> int:
    query = "SELECT l.tries FROM grants_pickuplink l JOIN grants_grant g ON g.id = l.grant_id WHERE g.reference = %s"
    return int(site.rows(query, ready.reference)[0]["tries"])


def test_a_robot_that_presses_every_button_reveals_and_revokes_nothing(visit: Open, site: Site, ready: Ready) -> None:
    robot, recipient = visit(user_agent="MailScanner/9.0 (runs scripts)"), visit()
    assert press_everything(robot, ready.link) >= 1
    assert site.state_of(ready.reference) == "issued"
    assert tries_at(site, ready) == 0
    open_and_type(recipient, ready)
    assert site.state_of(ready.reference) == "revealed"
    press_everything(robot, ready.link)
    assert site.state_of(ready.reference) == "revealed"


def test_two_links_in_two_tabs_reveal_the_right_one_each(visit: Open, site: Site, ready: Ready) -> None:
    second = make_ready(site, visit("carol"), visit("bob"))
    recipient = visit()
    recipient.go(ready.link)
    first_tab = recipient.page
    recipient.page = recipient.context.new_page()
    open_and_type(recipient, second)
    recipient.expect(second.reference)
    recipient.page = first_tab
    recipient.write("Pickup code", ready.code)
    recipient.press("Show the credentials")
    recipient.expect(ready.reference)
    assert second.reference not in recipient.words


def test_the_credentials_leave_the_document_with_the_reader(visit: Open, ready: Ready) -> None:
    recipient = visit()
    open_and_type(recipient, ready)
    secret = recipient.page.locator("#aws-secret-access-key").text_content() or ""
    recipient.page.evaluate(LEFT)
    recipient.go("/accounts/login/")
    left = str(recipient.page.evaluate("sessionStorage.getItem('left')"))
    assert len(secret) > 20
    assert "The credentials were removed from this page" in left
    assert secret not in left
    with contextlib.suppress(Error):  # Chromium may refuse to show the answer of a form again, which is as good
        recipient.page.go_back()
    assert secret not in recipient.page.locator("html").inner_html()


def test_the_countdown_runs_and_times_are_in_the_readers_zone(visit: Open, ready: Ready) -> None:
    recipient = visit()
    open_and_type(recipient, ready)
    counter = recipient.page.locator("[data-countdown]")
    before = counter.inner_text()
    recipient.page.wait_for_function(
        "text => document.querySelector('[data-countdown]').innerText !== text", arg=before
    )
    assert before.startswith("in 59 min")
    moment = recipient.page.locator("time[data-local]").first
    assert moment.inner_text().endswith(("CET", "CEST", "GMT+1", "GMT+2"))
    assert "UTC" in (moment.get_attribute("title") or "")


def test_the_status_timeline_is_in_the_readers_zone(visit: Open, ready: Ready) -> None:
    carol = visit("carol", timezone_id="Asia/Kolkata")
    carol.go(f"/requests/{ready.reference}/")
    moments = carol.page.locator(".timeline time[data-local]")
    assert moments.count() >= 3
    assert all(words.endswith(("GMT+5:30", "IST")) for words in moments.all_inner_texts())
    assert all("UTC" in (moment.get_attribute("title") or "") for moment in moments.all())


def test_the_console_link_signs_in_and_leaves_with_the_reader(visit: Open, ready: Ready) -> None:
    recipient = visit()
    open_and_type(recipient, ready, console=True)
    button = recipient.page.get_by_role("link", name="Open the AWS console (new tab)")
    href = str(button.get_attribute("href"))
    recipient.reach(button)
    with recipient.context.expect_page() as opened:
        recipient.page.keyboard.press("Enter")
    assert "Signed in" in opened.value.locator("body").inner_text()
    recipient.page.evaluate(LEFT)
    recipient.go("/accounts/login/")
    assert href not in str(recipient.page.evaluate("sessionStorage.getItem('left')"))


def test_the_tabs_take_the_arrow_keys(visit: Open, ready: Ready) -> None:
    recipient = visit()
    open_and_type(recipient, ready)
    tabs = recipient.page.get_by_role("tab")
    recipient.reach(tabs.first)
    for number in (1, 2):
        recipient.page.keyboard.press("ArrowRight")
        assert tabs.nth(number).get_attribute("aria-selected") == "true"
        assert recipient.page.get_by_role("tabpanel").count() == 1
    recipient.page.keyboard.press("End")
    recipient.expect("Single values")
    recipient.page.keyboard.press("Home")
    assert tabs.first.evaluate("element => element === document.activeElement")


def test_whoever_reloads_the_credentials_is_told_that_they_were_shown(visit: Open, ready: Ready) -> None:
    recipient = visit()
    open_and_type(recipient, ready)
    recipient.go(ready.link)
    recipient.expect("These credentials were shown already")


def test_what_the_policy_forbids_would_be_noticed(visit: Open) -> None:
    visitor = visit()
    visitor.go("/accounts/login/")
    visitor.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=https://elsewhere.example/x.png>')")
    visitor.page.wait_for_function("() => document.querySelector('img[src*=elsewhere]').complete")
    assert any("CSP: img-src blocked https://elsewhere.example" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def enrol(visitor: Visitor) -> None:
    """An authenticator app, from the page that asks for one."""
    visitor.follow("Set one up first")
    visitor.follow("Set up an app")
    seed = visitor.page.locator("#authenticator-secret").inner_text()
    moment_to_type()
    visitor.write("Authenticator code", totp_code(seed, now=datetime.now(UTC)))
    visitor.press("Activate")


def test_a_link_that_wants_a_sign_in_opens_for_its_recipient_with_a_second_factor_alone(
    visit: Open, site: Site
) -> None:
    dora, bob, carol, stranger = visit(), visit("bob"), visit("carol"), visit()
    site.stack.manage("invite", DORA, "--vendor", "acme-robotics", "--inviter", site.people["alice"]["email"])
    site.sign_in_by_mail(dora, DORA)
    asked = ask(dora, template=SIGNED_IN)
    approve(bob, asked.reference, words=READ_OUT)
    link = mailed_link(site, asked.reference, DORA)
    for other, words in (
        (stranger, "Sign in with the address that got the mail"),
        (carol, "this is for somebody else"),
    ):
        other.go(link)
        other.expect(words)
        assert other.page.get_by_role("button", name="Show the credentials").count() == 0
    dora.go(link)
    enrol(dora)
    dora.go(link)
    dora.press("Show the credentials")
    dora.expect("Your credentials, this one time")
    assert site.state_of(asked.reference) == "revealed"
