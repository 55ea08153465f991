"""Pages that few people meet: on the way to the company and back, and links that open nothing, or not yet."""

from collections.abc import Mapping
from typing import Final

from tests.e2e.acts import approve, ask, mailed_link, make_ready, open_and_type, prove_if_asked, revoke, tell
from tests.e2e.places import Act, Place, following
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor

SIGNED_IN: Final = "Acme drop: after signing in"
READ_OUT: Final = "List and read files under s3://acme-drop/out/"
TRIES: Final = 5


def make_rare_objects(site: Site, carol: Visitor, bob: Visitor, recipient: Visitor) -> dict[str, str]:
    """A link for whoever signs in; one whose code was told; one to be locked; one revoked; three that are used."""
    signed, told = ask(carol, template=SIGNED_IN).reference, ask(carol, template="Acme drop: made on pickup").reference
    for reference in (signed, told):
        approve(bob, reference, words=READ_OUT)
    locked, gone, done, stolen = (make_ready(site, carol, bob) for _ in range(4))
    revoke(bob, gone.reference)
    for ready in (done, stolen):
        open_and_type(recipient, ready)
    return {
        "signed": mailed_link(site, signed),
        "made": mailed_link(site, told),
        "made_code": tell(bob, told),
        "locked": locked.link,
        "gone": gone.link,
        "done": done.link,
        "done_code": done.code,
        "stolen": stolen.link,
        "stolen_code": stolen.code,
    }


def on_the_way(visitor: Visitor, _: Mapping[str, str]) -> None:
    """Stay on the page that leads on by itself: the company answers nothing."""
    visitor.page.route("**/authorize?*", lambda route: route.fulfill(status=204))
    visitor.press("Sign in with Demo company")
    visitor.expect("On the way to Demo company")


def at_the_company(visitor: Visitor, _: Mapping[str, str]) -> None:
    """The stand-in for a company's own page."""
    visitor.press("Sign in with Demo company")
    visitor.page.wait_for_url("**/authorize?*")


def have_made(visitor: Visitor, objects: Mapping[str, str]) -> None:
    """As far as the button that shows what was just made."""
    visitor.write("Pickup code", objects["made_code"])
    visitor.press("Make the credentials")
    visitor.page.get_by_role("heading", name="Your credentials are ready").wait_for()


def lock(visitor: Visitor, objects: Mapping[str, str]) -> None:
    """One wrong code after the other."""
    for _ in range(TRIES):
        visitor.go(objects["locked"])
        visitor.write("Pickup code", "ZZZZ-ZZZZ")
        visitor.press("Show the credentials")
    visitor.expect("This link is locked")


def make_codes(visitor: Visitor, _: Mapping[str, str]) -> None:
    """New recovery codes, on the page that shows them once."""
    prove_if_asked(visitor, "bea")
    visitor.press("Make them")
    visitor.expect("They are shown now and not again")


def ending(button: str, code: str, then: str) -> Act:
    """Of a used link."""

    def act(visitor: Visitor, objects: Mapping[str, str]) -> None:
        visitor.follow("Hand the access back early")
        visitor.write("Pickup code", objects[code])
        visitor.press(button)
        visitor.expect(then)

    return act


RARE: Final = (
    Place("on the way to the company", "", "/accounts/login/", on_the_way),
    Place("at the company", "", "/accounts/login/", at_the_company),
    Place("pick up, sign in first", "", "{signed}"),
    Place("pick up, with a second factor", "carol", "{signed}"),
    Place("pick up, for somebody else", "bob", "{signed}"),
    Place("pick up, they are ready", "", "{made}", have_made),
    Place("locked link", "", "{locked}", lock),
    Place("revoked link", "", "{gone}"),
    Place("handed back", "", "{done}", ending("I am done", "done_code", "the access is handed back")),
    Place("hand back, over", "", "{done}", following("Hand the access back early")),
    Place("alarm", "", "{stolen}", ending("This was not me", "stolen_code", "The alarm is raised")),
    Place("recovery codes, shown", "bea", "/accounts/2fa/recovery-codes/generate/", make_codes),
)
