"""Every page there is, with who sees it and how to get there."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.embedded.documents import COMMON, DOCUMENTS
from tests.e2e.acts import Ready, approve, ask, draw_up_window, mailed_link, make_ready, open_and_type, prove_if_asked
from tests.e2e.site import Site
from tests.e2e.undecided import approve_alone, ask_back, name_a_deputy, review
from tests.e2e.visitor import Visitor

Act = Callable[[Visitor, Mapping[str, str]], None]
LONG: Final = (
    "Deliver the November robot logs. " * 6
    + "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstelle " * 2
    + "\n\nאבג <b>bold</b> =cmd() https://example.com/"
    + "x" * 120
)


@dataclass(frozen=True)
class Place:
    """A page by name; ``who`` is signed in ("" nobody); ``path`` has names of ``make_objects`` in braces."""

    name: str
    who: str
    path: str
    act: Act | None = None

    def visit(self, visitor: Visitor, objects: Mapping[str, str]) -> None:
        """Open it, and do what leads to it."""
        visitor.go(self.path.format(**objects))
        if self.act:
            self.act(visitor, objects)


def make_objects(site: Site, carol: Visitor, bob: Visitor, recipient: Visitor) -> dict[str, str]:
    """A pending request with a long reason, a link that waits, one to be opened, one that is used."""
    waiting, fresh, used = (make_ready(site, carol, bob) for _ in range(3))
    open_and_type(recipient, used)
    coded, told = wait_for_code(site, carol, bob), wait_for_telephone(site, carol, bob)
    site.change("UPDATE grants_user SET is_superuser = true WHERE email = %s", site.people["ada"]["email"])
    abe = site.people["abe"]
    site.change(
        "DELETE FROM mfa_authenticator a USING grants_user u WHERE u.id = a.user_id AND u.email = %s", abe["email"]
    )
    (carol_id,) = site.rows("SELECT id FROM grants_user WHERE email = %s", site.people["carol"]["email"])
    (issuer,) = site.rows("SELECT id FROM grants_issuer ORDER BY name LIMIT 1")
    (vendor,) = site.rows("SELECT slug FROM grants_vendor ORDER BY id LIMIT 1")
    return {
        "carol_id": str(carol_id["id"]),
        "vendor": str(vendor["slug"]),
        "change": ask_for_change(site),
        "issuer": str(issuer["id"]),
        "proposal": propose_an_issuer(site),
        "webhook": keep_a_webhook(site),
        "draft": keep_a_draft(site),
        "window": draw_up_window(bob, str(vendor["slug"])),
        "alone": approve_alone(site, ask(carol, reason=LONG).reference, LONG),
        "asked": ask_back(site, ask(carol, reason=LONG).reference, LONG),
        "issued": waiting.reference,
        "coded": coded,
        "told": told.reference,
        "offered": told.link,
        "revealed": used.reference,
        "waiting": waiting.link,
        "fresh": fresh.link,
        "fresh_code": fresh.code,
        "used": used.link,
        "inbox": site.inbox.base.rstrip("/"),
        **{f"{name}_{what}": site.people[name][what] for name in ("bob", "abe") for what in ("email", "password")},
    }


def wait_for_code(site: Site, carol: Visitor, bob: Visitor) -> str:
    """A session that bob approved: it waits for a code of the MFA device."""
    asked = ask(carol, template="Shared data: as its own user")
    approve(bob, asked.reference, words="Act as the IAM user")
    site.wait_until(lambda: site.state_of(asked.reference) == "awaiting MFA code", "the worker to ask for a code")
    return asked.reference


def wait_for_telephone(site: Site, carol: Visitor, bob: Visitor) -> Ready:
    """A link with nothing behind it yet, whose code is told by telephone."""
    asked = ask(carol, template="Acme drop: made on pickup")
    approve(bob, asked.reference, words="List and read files under s3://acme-drop/out/")
    return Ready(asked.reference, "", mailed_link(site, asked.reference))


def ask_for_change(site: Site) -> str:
    """A change of an account that abe asked for; nobody has confirmed it."""
    change = str(uuid.uuid4())
    site.change("DELETE FROM grants_personchange WHERE kind = 'give' AND email = %s", site.people["otto"]["email"])
    site.change(
        "INSERT INTO grants_personchange (id, kind, subject_id, subject_person, email, full_name, role, reason,"
        " asked_by_id, asked_by_person, asked_at, expires_at) SELECT %s, 'give', o.id, o.person, o.email, '',"
        " 'approvers', %s, a.id, a.person, now(), now() + interval '1 day'"
        " FROM grants_user o, grants_user a WHERE o.email = %s AND a.email = %s",
        change,
        LONG[:480],
        site.people["otto"]["email"],
        site.people["abe"]["email"],
    )
    return change


def propose_an_issuer(site: Site) -> str:
    """An issuer like the one there is, which abe proposed; nobody has confirmed it."""
    proposal = str(uuid.uuid4())
    site.change("DELETE FROM grants_issuerproposal WHERE name = 'Second'")
    site.change(
        "INSERT INTO grants_issuerproposal (id, name, fields, reason, asked_by_id, asked_by_person, asked_at,"
        " expires_at) SELECT %s, 'Second', to_jsonb(i) - 'id' - 'is_active' || '{\"name\": \"Second\"}', %s, a.id,"
        " a.person, now(), now() + interval '1 day' FROM grants_user a, (SELECT * FROM grants_issuer LIMIT 1) i"
        " WHERE a.email = %s",
        proposal,
        LONG[:480],
        site.people["abe"]["email"],
    )
    return proposal


def keep_a_webhook(site: Site) -> str:
    """A webhook that is stopped, so that nothing is sent from here."""
    webhook = str(uuid.uuid4())
    site.change(
        'INSERT INTO grants_webhook (id, name, url, "group", sealed, sealed_key_id, position, made_at, made_by_id,'
        " stopped_at, stopped_by_id) SELECT %s, 'Ticket system', 'https://tickets.example.org/' || repeat('x', 90), '',"
        " '', '', 0, now(), id, now(), id FROM grants_user WHERE email = %s",
        webhook,
        site.people["ada"]["email"],
    )
    return webhook


def keep_a_draft(site: Site) -> str:
    """A draft beside a published version, with a warning that nobody has given a reason for."""
    slug, document = "acme-drop-collect-results", {**COMMON, **DOCUMENTS[1], "max_hours": 12, "accepted": {}}
    site.change(
        "INSERT INTO grants_templatedraft (id, slug, document, digest, edited_at) VALUES (%s, %s, %s, %s, now())"
        " ON CONFLICT (slug) DO NOTHING",
        str(uuid.uuid4()),
        slug,
        json.dumps(document),
        "0" * 64,
    )
    return slug


def pressing(button: str, **fields: str) -> Act:
    """Write into the fields by label, then press the button."""

    def act(visitor: Visitor, objects: Mapping[str, str]) -> None:
        for label, text in fields.items():
            visitor.write(label.replace("_", " "), text.format(**objects))
        visitor.press(button)

    return act


def proving(name: str) -> Act:
    """Show the second factor once more, where that is asked for."""
    return lambda visitor, _: prove_if_asked(visitor, name)


def following(link: str) -> Act:
    """Follow a link."""
    return lambda visitor, _: visitor.follow(link)


def answers(then: str = "") -> Act:
    """Fill in a request, and go on as far as ``then``."""

    def act(visitor: Visitor, _: Mapping[str, str]) -> None:
        visitor.write("Why do you need it?", LONG)
        visitor.write("Ticket", "OPS-42")
        visitor.press("Continue")
        if then:
            visitor.press(then)

    return act


def reveal(visitor: Visitor, objects: Mapping[str, str]) -> None:
    """Show the credentials of the link that was kept for this, with all that their page can hold."""
    open_and_type(visitor, Ready("", objects["fresh_code"], objects["fresh"]), console=True)
    visitor.expect("Open the AWS console")


FORM: Final = "/requests/new/acme-drop-read-and-write/"
TEMPLATE: Final = "/templates/acme-drop-read-and-write/"
WINDOW_FORM: Final = "/windows/new/?template=acme-drop-read-and-write&vendor={vendor}"
KINDS: Final = ("bucket", "shared", "managed", "session", "custom")
WIDE: Final = '{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}]}}'
PLACES: Final = (
    # anybody
    Place("sign in", "", "/accounts/login/"),
    Place(
        "sign in, refused", "", "/accounts/login/", pressing("Sign in", Email="nobody@acme.example", Password="wrong")
    ),
    Place("sign in, without a word", "", "/accounts/login/", pressing("Sign in")),
    Place("ask for a code", "", "/accounts/login/code/"),
    Place("type the code", "", "/accounts/login/code/", pressing("Send the code", Email="nobody@acme.example")),
    Place("second step", "", "/accounts/login/", pressing("Sign in", Email="{bob_email}", Password="{bob_password}")),
    Place("enrol", "", "/accounts/login/", pressing("Sign in", Email="{abe_email}", Password="{abe_password}")),
    Place("forgotten password", "", "/accounts/password/reset/"),
    Place("forgotten password, sent", "", "/accounts/password/reset/done/"),
    Place("forgotten password, wrong link", "", "/accounts/password/reset/key/1a-wrong/"),
    Place("inactive account", "", "/accounts/inactive/"),
    Place("company sign-in, used up", "", "/accounts/company/callback/?state=x"),
    Place("no such page", "", "/nowhere/"),
    Place("wrong method", "", "/requests/new/acme-drop-read-and-write/send/"),
    # the recipient
    Place("pick up", "", "{waiting}"),
    Place("pick up, without a code", "", "{waiting}", pressing("Show the credentials")),
    Place("pick up, wrong code", "", "{waiting}", pressing("Show the credentials", Pickup_code="ZZZZ-ZZZZ")),
    Place("credentials", "", "/healthz", reveal),
    Place("pick up, made then", "", "{offered}"),
    Place("used link", "", "{used}"),
    Place("hand back", "", "{used}", following("Hand the access back early")),
    Place("unknown link", "", "/pickup/open/" + "A" * 43 + "/"),
    # the contractor
    Place("contractor's home", "carol", "/"),
    Place("my requests", "carol", "/requests/"),
    Place("what may I ask for", "carol", "/requests/new/"),
    Place("request", "carol", FORM),
    Place("request, with errors", "carol", FORM, pressing("Continue")),
    Place("check your answers", "carol", FORM, answers()),
    Place("request sent", "carol", FORM, answers("Send the request")),
    Place("status, pending", "carol", "/requests/{asked}/"),
    Place("status, answering without a word", "carol", "/requests/{asked}/", pressing("Send the answer")),
    Place("status, revealed", "carol", "/requests/{revealed}/"),
    Place("status, waiting for a code", "carol", "/requests/{coded}/"),
    Place("how I sign in", "carol", "/accounts/2fa/"),
    Place("terms", "carol", "/terms/"),
    Place("sign out", "carol", "/accounts/logout/"),
    Place("not with this account", "carol", "/approvals/"),
    # the approver
    Place("approver's home", "bob", "/"),
    Place("queue", "bob", "/approvals/"),
    Place("card", "bob", "/approvals/{asked}/"),
    Place("card, with an error", "bob", "/approvals/{asked}/", pressing("Deny")),
    Place("card, asking without a word", "bob", "/approvals/{asked}/", pressing("Send the question")),
    Place("card, decided", "bob", "/approvals/{revealed}/"),
    Place("narrow", "bob", "/approvals/{asked}/narrow/"),
    Place("deputies", "bob", "/deputies/"),
    Place("deputies, with errors", "bob", "/deputies/", pressing("Name them")),
    Place("deputies, one named", "bob", "/deputies/", lambda bob, _: name_a_deputy(bob)),
    Place("windows", "bob", "/windows/"),
    Place("draw up a window", "bob", "/windows/new/"),
    Place("draw up a window, of nothing there is", "bob", "/windows/new/?template=nope&vendor=nope"),
    Place("draw up a window, whom and how much", "bob", WINDOW_FORM),
    Place("draw up a window, with errors", "bob", WINDOW_FORM, pressing("Draw it up")),
    Place("window to sign", "bob", "/windows/{window}/"),
    Place("close a window", "bob", "/windows/{window}/close/"),
    Place("queue, of one template", "bob", "/approvals/?template=acme-drop-read-and-write&words=carol"),
    Place("queue, nothing found", "bob", "/approvals/?flag=delete"),
    Place("bulk", "bob", "/approvals/?template=acme-drop-read-and-write", pressing("Read the ticked ones together")),
    Place("emergency", "ada", "/approvals/{asked}/emergency/"),
    Place("emergencies", "otto", "/approvals/reviews/"),
    Place("review of an emergency", "otto", "/approvals/{alone}/review/"),
    Place("emergencies, reviewed", "otto", "/approvals/{alone}/review/", lambda otto, _: review(otto)),
    Place("active grants", "bob", "/grants/"),
    Place("revoke", "bob", "/grants/{issued}/revoke/"),
    Place("card, to tell a code", "bob", "/approvals/{told}/"),
    Place("card of a session", "bob", "/approvals/{coded}/"),
    Place("tell the code", "bob", "/grants/{told}/spoken-code/"),
    Place("type an MFA code", "bob", "/grants/{coded}/code/"),
    Place("type an MFA code, wrong", "bob", "/grants/{coded}/code/", pressing("Ask AWS with this code")),
    Place("freeze", "bob", "/people/{carol_id}/freeze/"),
    Place("notifications", "bob", "/notifications/"),
    Place("sessions", "bob", "/accounts/sessions/"),
    Place("passkeys", "bob", "/accounts/2fa/webauthn/"),
    Place("staff: how I sign in", "bob", "/accounts/2fa/"),
    Place("confirm it is you", "bob", "/accounts/2fa/reauthenticate/"),
    Place("turn off the app", "bea", "/accounts/2fa/totp/deactivate/", proving("bea")),
    Place("make recovery codes", "bea", "/accounts/2fa/recovery-codes/generate/", proving("bea")),
    Place("add a passkey", "bea", "/accounts/2fa/webauthn/add/", proving("bea")),
    Place("link the company's sign-in", "bea", "/accounts/company/", proving("bea")),
    Place("change password", "bob", "/accounts/password/change/"),
    # the template admin
    Place("admin's home", "ada", "/"),
    Place("templates", "ada", "/templates/"),
    Place("new template", "ada", "/templates/new/"),
    *(Place(f"new template, {kind}", "ada", f"/templates/new/{kind}/") for kind in KINDS),
    Place("new template, with errors", "ada", "/templates/new/bucket/", pressing("Save as draft")),
    Place("new template, preview", "ada", "/templates/new/custom/", pressing("Preview", Policy=WIDE, Name="Wide")),
    Place("template", "ada", TEMPLATE),
    Place("template, asked", "ada", f"{TEMPLATE}?action=s3:GetObject&object=acme-drop/in/plan.csv"),
    Place("template, compared", "ada", f"{TEMPLATE}compare/?before=1&after=1"),
    Place("edit template", "ada", f"{TEMPLATE}edit/"),
    Place("retire template", "ada", f"{TEMPLATE}retire/"),
    Place("draft", "ada", "/templates/{draft}/"),
    Place("draft, compared", "ada", "/templates/{draft}/compare/?before=1&after=draft"),
    Place("draft, publish", "ada", "/templates/{draft}/publish/"),
    Place("people", "ada", "/people/"),
    Place("invite", "ada", "/people/invite/"),
    Place("invite, with errors", "ada", "/people/invite/", pressing("Invite")),
    Place("change an account", "ada", "/people/changes/new/"),
    Place("confirm a change", "ada", "/people/changes/{change}/"),
    Place("close an account", "ada", "/people/{carol_id}/dismiss/"),
    Place("limits", "ada", "/limits/"),
    Place("limits of each person", "ada", "/limits/person/"),
    Place("limits of a template", "ada", "/limits/templates/acme-drop-read-and-write/"),
    Place("issuers", "ada", "/issuers/"),
    Place("propose an issuer", "ada", "/issuers/new/"),
    Place("issuer", "ada", "/issuers/{issuer}/"),
    Place("change an issuer", "ada", "/issuers/{issuer}/edit/"),
    Place("confirm an issuer", "ada", "/issuers/proposals/{proposal}/"),
    Place("webhooks", "ada", "/webhooks/"),
    Place("new webhook", "ada", "/webhooks/new/"),
    Place("webhook", "ada", "/webhooks/{webhook}/"),
    Place("vendors", "ada", "/vendors/"),
    Place("new vendor", "ada", "/vendors/new/"),
    Place("vendor", "ada", "/vendors/{vendor}/"),
    Place("change a vendor", "ada", "/vendors/{vendor}/edit/"),
    Place("close a vendor", "ada", "/vendors/{vendor}/close/"),
    Place("open a vendor again", "ada", "/vendors/{vendor}/reopen/"),
    Place("revoke all of a vendor", "ada", "/vendors/{vendor}/revoke/"),
    Place("records", "ada", "/admin/"),
    Place("records, a list", "ada", "/admin/grants/grant/"),
    # sponsor and auditor
    Place("sponsor's home", "alice", "/"),
    Place("sponsor's people", "alice", "/people/"),
    Place("auditor's home", "otto", "/"),
    Place("audit", "otto", "/audit/"),
    Place("audit, nothing found", "otto", "/audit/?q=nothing"),
    Place("story", "otto", "/audit/{revealed}/"),
    # the demo's mails
    Place("inbox", "", "{inbox}/"),
    Place("inbox, codes", "", "{inbox}/codes"),
)
