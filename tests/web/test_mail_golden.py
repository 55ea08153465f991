"""Every mail, whole, against a file that people have read; DAYPASS_GOLDEN=1 writes the files anew."""

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from django.utils import timezone

from grants.errors import PickupError
from grants.flows.deliver import _write_letter
from grants.flows.deny import deny_grant
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.gateways import sealing
from grants.models import OutboxMail
from grants.values import Letter, Origin, Shown
from tests.factories import make_issued, make_request, make_world

GOLDEN: Final = Path(__file__).parent / "golden"
EVENTS: Final = sorted(path.name for path in Path("templates/emails").iterdir() if path.is_dir())
HERE: Final = "https://daypass.example"
ABOUT_A_GRANT: Final = {
    "reference": "7WQ4M2XK9C",
    "vendor": "Acme Robotics",
    "requester": "Carol Chen",
    "public_url": HERE,
    "next_url": f"{HERE}/requests/7WQ4M2XK9C/",
}
SENTENCE: Final = {
    "sentence": "List, read and write files under s3://acme-drop/in/ in account 111122223333 for up to 8 hours."
}
CODE: Final = {"check": "requester_code"}
ABOUT_A_WINDOW: Final = {
    "reference": "3KD9R7MZ1T",
    "vendor": "Acme Robotics",
    "sentence": "List and read files under s3://acme-drop/in/ for up to 4 hours each time, 10 times in all, for "
    "carol@acme.example, until the end of 31 Mar 2026 (UTC).",
    "ends_at": "2026-03-31T23:59:59+00:00",
    "public_url": HERE,
    "next_url": f"{HERE}/windows/3KD9R7MZ1T/",
}
EMERGENCY: Final = {
    "decider": "Bob Baker",
    "reason": "The line stands still until these logs are read.",
    "next_url": f"{HERE}/approvals/7WQ4M2XK9C/review/",
}
ACCOUNT: Final = {"public_url": HERE}
AWAY: Final = {**ACCOUNT, "group": "approvers", "next_url": f"{HERE}/deputies/"}
CONTEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "account_changed": {
        **ACCOUNT,
        "what": "totp_activated",
        "happened_at": "2026-03-04T09:30:00+00:00",
        "ip": "203.0.113.9",
        "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    },
    "approver_new_request": {**ABOUT_A_GRANT, **SENTENCE, "next_url": f"{HERE}/approvals/7WQ4M2XK9C/"},
    "change_to_confirm": {
        **ACCOUNT,
        "who": "Ada Andersson",
        "what": "give a role",
        "whom": "alice@daypass.example",
        "role": "approvers",
        "reason": "She takes over from Bob.",
        "next_url": f"{HERE}/people/changes/0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10/",
    },
    "code_wanted": {**ABOUT_A_GRANT, **SENTENCE, "next_url": f"{HERE}/grants/7WQ4M2XK9C/code/"},
    "emergency_approval": {**ABOUT_A_GRANT, **SENTENCE, **EMERGENCY},
    "emergency_reviewed": {
        **ABOUT_A_GRANT,
        "reviewer": "Otto Olsen",
        "judgement": "It was an emergency, and this was the right thing to do",
        "note": "The line stood still, and the ticket says so.",
        "next_url": EMERGENCY["next_url"],
    },
    "review_due": {**ABOUT_A_GRANT, **SENTENCE, **EMERGENCY},
    "question_answered": {
        **ABOUT_A_GRANT,
        "question": "Why do the logs of November need write access?",
        "answer": "We put a marker beside each file that we have read.",
        "who": "Carol Chen",
        "next_url": f"{HERE}/approvals/7WQ4M2XK9C/",
    },
    "question_asked": {**ABOUT_A_GRANT, "question": "Why do the logs of November need write access?"},
    "deputy_ended": {**AWAY, "who": "Dora Dunn", "deputy": "Dora Dunn", "absent": "Bea Brown"},
    "deputy_named": {**AWAY, "who": "Bea Brown", "ends_at": "2026-03-31T23:59:59+00:00"},
    "end_locked": {**ABOUT_A_GRANT, "next_url": f"{HERE}/approvals/7WQ4M2XK9C/"},
    "grant_disowned": {**ABOUT_A_GRANT, "recipient": "Carol Chen", "next_url": f"{HERE}/approvals/7WQ4M2XK9C/"},
    "grant_ended": ABOUT_A_GRANT,
    "grant_ending": {**ABOUT_A_GRANT, "ends_at": "2026-03-04T17:30:00+00:00"},
    "grant_expired": ABOUT_A_GRANT,
    "grant_failed": {**ABOUT_A_GRANT, "reason": "AWS does not accept the issuer's keys."},
    "grant_lapsed": ABOUT_A_GRANT,
    "grant_revoked": {**ABOUT_A_GRANT, "reason": "The work is done."},
    "invited": {
        **ACCOUNT,
        "who": "Alice Archer",
        "vendor": "Acme Robotics",
        "email": "carol@acme.example",
        "expires_at": "2026-03-18T09:30:00+00:00",
        "next_url": f"{HERE}/accounts/login/code/",
    },
    "issuer_to_confirm": {
        **ACCOUNT,
        "issuer": "Second account",
        "account": "444455556666",
        "principal": "arn:aws:iam::444455556666:user/daypass-issuer",
        "who": "Ada Andersson",
        "reason": "Beta's buckets are there.",
        "next_url": f"{HERE}/issuers/proposals/0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10/",
    },
    "issuer_trouble": {
        **ACCOUNT,
        "issuer": "Main account",
        "account": "111122223333",
        "code": "sts_keys_refused",
        "trouble": "AWS does not accept the issuer's keys.",
        "way_on": "An operator has to put valid keys in place; then try again.",
        "opened_at": "2026-03-04T09:30:00+00:00",
        "next_url": f"{HERE}/grants/",
    },
    "link_locked": ABOUT_A_GRANT,
    "link_ready": {
        **ABOUT_A_GRANT,
        "ends_at": "2026-03-04T17:30:00+00:00",
        "link_expires_at": "2026-03-04T13:30:00+00:00",
        "check": "requester_code",
    },
    "password_reset": ACCOUNT,
    "person_changed": {
        **ACCOUNT,
        "what": "You were given the role “approvers”.",
        "who": "Ada Andersson and Abe Adler",
    },
    "person_frozen": {
        **ACCOUNT,
        "who": "Bob Baker",
        "whom": "carol@acme.example",
        "reason": "She says that her laptop was stolen.",
        "voided": "2",
        "live": "1",
        "next_url": f"{HERE}/people/0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10/freeze/",
    },
    "request_approved": {**ABOUT_A_GRANT, **SENTENCE, **CODE, "starts_at": ""},
    "decided_by_other": {
        **ABOUT_A_GRANT,
        "decider": "Bea Brown",
        "verdict": "approved",
        "next_url": f"{HERE}/approvals/7WQ4M2XK9C/",
    },
    "request_reminder": {
        **ABOUT_A_GRANT,
        **SENTENCE,
        "asked_at": "2026-03-04T09:30:00+00:00",
        "next_url": f"{HERE}/approvals/7WQ4M2XK9C/",
    },
    "request_escalated": {
        **ABOUT_A_GRANT,
        **SENTENCE,
        "asked_at": "2026-03-04T09:30:00+00:00",
        "approvers": "bob@daypass.example, bea@daypass.example",
        "next_url": f"{HERE}/people/",
    },
    "requests_waiting": {**ACCOUNT, "next_url": f"{HERE}/approvals/"},
    "request_denied": {**ABOUT_A_GRANT, "reason": "Ask for <in/> only,\nnot for the whole bucket."},
    "request_ended": {**ABOUT_A_GRANT, "reason": "The contract with this vendor is over."},
    "request_received": {**ABOUT_A_GRANT, **SENTENCE, **CODE},
    "request_narrowed": {**ABOUT_A_GRANT, **SENTENCE, "narrower": "Bob Baker", "reason": "November is enough."},
    "request_for_you": {**ABOUT_A_GRANT, **SENTENCE, **CODE},
    "sign_in_code": ACCOUNT,
    "signature_voided": {
        **ABOUT_A_GRANT,
        **SENTENCE,
        "narrower": "Bob Baker",
        "reason": "November is enough.",
        "next_url": f"{HERE}/approvals/7WQ4M2XK9C/",
    },
    "staff_joined": {**ACCOUNT, "who": "Ada Andersson and Abe Adler"},
    "window_closed": {**ABOUT_A_WINDOW, "who": "Bob Baker", "reason": "The migration is done."},
    "window_for_you": {**ABOUT_A_WINDOW, "next_url": f"{HERE}/requests/new/"},
    "window_opened": {**ABOUT_A_WINDOW, "who": "Bea Brown"},
    "window_to_sign": {**ABOUT_A_WINDOW, "who": "Bob Baker"},
}
SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "link_ready": {"link": f"{HERE}/pickup/open/DGRs6c2Lh8m0Y4n1wXqUe7pVtZkBj5aJ3iKoHyFdNsE/"},
    "password_reset": {"url": f"{HERE}/accounts/password/reset/key/1a-d4kx2p-0c1d2e3f/"},
    "sign_in_code": {"code": "K7QX-4MZ2"},
    "staff_joined": {"url": f"{HERE}/accounts/password/reset/key/1a-d4kx2p-0c1d2e3f/"},
}
WITHOUT_A_LINK: Final = {
    "account_changed",
    "person_changed",
    "sign_in_code",
}  # a link to sign in with is what thieves send


def letter_of(event: str) -> Letter:
    """The mail as the mail worker writes it."""
    mail = OutboxMail(event=event, to_address="carol@acme.example", context=dict(CONTEXTS[event]))
    if event in SECRETS:
        plaintext = json.dumps(SECRETS[event]).encode()
        box = sealing.seal_for_mail(plaintext=plaintext, info=mail.pk.bytes)
        mail.sealed, mail.sealed_key_id = box.ciphertext, box.key_id
    return _write_letter(mail)


@pytest.mark.parametrize("event", EVENTS)
def test_the_mail_is_the_one_that_was_read(event: str) -> None:
    letter, path = letter_of(event), GOLDEN / f"{event}.txt"
    html = re.sub(r"\s*<style>.*</style>", "", letter.html.strip(), flags=re.DOTALL)  # the same in every mail
    text = f"Subject: {letter.subject}\n\n{letter.text.strip()}\n\n{'=' * 80}\n\n{html}\n"
    if os.environ.get("DAYPASS_GOLDEN") == "1":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def test_every_golden_file_belongs_to_a_mail() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == EVENTS == sorted(CONTEXTS)


@pytest.mark.parametrize("event", EVENTS)
def test_the_subject_names_no_person_vendor_place_or_secret(event: str) -> None:
    letter, told = letter_of(event), {**CONTEXTS[event], **SECRETS.get(event, {})}
    sensitive = [value for name, value in told.items() if value and name not in {"reference", "what", "issuer"}]
    assert not [value for value in sensitive if value.lower() in letter.subject.lower()]
    assert not re.search(r"s3://|https?:|[A-Z0-9]{4}-[A-Z0-9]{4}|@", letter.subject)


@pytest.mark.parametrize("event", EVENTS)
def test_there_is_exactly_one_link_to_act_on_and_no_picture(event: str) -> None:
    letter, secrets = letter_of(event), SECRETS.get(event, {})
    html = BeautifulSoup(letter.html, "html.parser")
    act = secrets.get("link") or secrets.get("url") or CONTEXTS[event].get("next_url")
    wanted = [] if event in WITHOUT_A_LINK else [act]
    assert [link["href"] for link in html.find_all("a")] == wanted
    assert [url for url in re.findall(r"https?://\S+", letter.text) if url != HERE] == wanted
    assert not html.find_all(["img", "picture", "svg", "script", "link", "iframe", "object"])


@pytest.mark.django_db
def test_the_golden_mails_are_given_what_the_flows_give_theirs() -> None:
    world = make_world()
    now = timezone.now()
    issued, refused = make_issued(world), make_request(world).grant
    deny_grant(reference=refused.reference, by=world.bob, snapshot_hash=refused.snapshot_hash, reason="No.", now=now)
    revoke_grant(reference=issued.grant.reference, by=world.bob, reason="Over.", now=now)
    queued = {mail.event: set(mail.context) for mail in OutboxMail.objects.all()}
    assert len(queued) == 6
    assert queued == {event: set(CONTEXTS[event]) for event in queued}


@pytest.mark.django_db
def test_each_mail_about_a_grant_leads_its_reader_to_a_page_of_theirs() -> None:
    world = make_world()
    issued = make_issued(world)
    for _ in range(5):
        with contextlib.suppress(PickupError):
            reveal_credentials(
                link_id=issued.link.pk,
                token=issued.token,
                shown=Shown(code="ZZZZZZZZ"),
                origin=Origin(None, ""),
                now=timezone.now(),
            )
    pages = {(mail.event, mail.to_address): mail.context["next_url"].split("/")[3] for mail in OutboxMail.objects.all()}
    assert pages["link_locked", world.bob.email] == pages["approver_new_request", world.bob.email] == "approvals"
    assert pages["link_locked", world.carol.email] == pages["request_received", world.carol.email] == "requests"


@pytest.mark.parametrize("event", ["request_received", "request_for_you", "request_approved", "link_ready"])
@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("spoken_code", "pickup code"),
        ("sign_in", "pickup code"),
        ("none", "pickup code"),
        ("requester_code", "ring the"),
    ],
)
def test_nobody_is_told_to_keep_a_code_that_they_were_never_shown(event: str, check: str, words: str) -> None:
    mail = OutboxMail(event=event, to_address="carol@acme.example", context={**CONTEXTS[event], "check": check})
    context = {**mail.context, **SECRETS.get(event, {})}
    for part in ("txt", "html"):
        assert words not in render_to_string(f"emails/{event}/body.{part}", context)
