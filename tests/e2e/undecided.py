"""What approvers do around a decision, put there for the pages that show it."""

import uuid
from datetime import UTC, datetime, timedelta

from tests.e2e.acts import prove_if_asked
from tests.e2e.site import Site
from tests.e2e.visitor import Visitor


def put_on_call(site: Site, name: str) -> str:
    """From now on they may approve alone; the answer is their address."""
    email = site.people[name]["email"]
    site.change(
        "INSERT INTO grants_user_groups (user_id, group_id) SELECT u.id, n.id FROM grants_user u, auth_group n"
        " WHERE u.email = %s AND n.name = 'on call' ON CONFLICT DO NOTHING",
        email,
    )
    return email


def approve_alone(site: Site, reference: str, words: str) -> str:
    """What ada, who is on call from now on, has signed alone in an emergency."""
    ada = put_on_call(site, "ada")
    site.change(
        "INSERT INTO grants_decision (id, grant_id, decider_id, decider_person, requester_person, recipient_person,"
        ' inviter_person, "group", verdict, snapshot_hash, reason, assertion, decided_at, valid_until)'
        " SELECT %s, g.id, a.id, a.person, g.requester_person, g.recipient_person, g.inviter_person, 'on call',"
        " 'approve', g.snapshot_hash, %s, '', now(), now() + interval '1 day' FROM grants_grant g, grants_user a"
        " WHERE g.reference = %s AND a.email = %s",
        str(uuid.uuid4()),
        words[:480],
        reference,
        ada,
    )
    return reference


def ask_back(site: Site, reference: str, words: str) -> str:
    """Two questions of bea and ada about a request: one is answered, the other waits."""
    for name, answer in (("bea", words[:900]), ("ada", "")):
        site.change(
            "INSERT INTO grants_question (id, grant_id, asker_id, asker_person, text, asked_at, answer, answered_by_id,"
            " answered_at) SELECT %s, g.id, a.id, a.person, %s, now(), %s, CASE WHEN %s <> '' THEN g.requester_id END,"
            " CASE WHEN %s <> '' THEN now() END FROM grants_grant g, grants_user a"
            " WHERE g.reference = %s AND a.email = %s",
            str(uuid.uuid4()),
            words[:480],
            answer,
            answer,
            answer,
            reference,
            site.people[name]["email"],
        )
    return reference


def review(otto: Visitor) -> None:
    """Say of an emergency that it was one; the list says so in the longest words that it has."""
    otto.page.get_by_role("radio").first.check()
    otto.write("What did you look at?", "The logs of that night, and who was called.")
    otto.press("Send the review")
    prove_if_asked(otto, "otto", "Send the review")
    otto.expect("Your review is on record")


def name_a_deputy(bob: Visitor) -> None:
    """Whoever stands in the list first, until tomorrow."""
    bob.page.get_by_label("Until").fill(f"{datetime.now(UTC).date() + timedelta(days=1)}")
    bob.press("Name them")
    prove_if_asked(bob, "bob", "Name them")
    bob.expect("stands in for you from now on")
