"""Windows that a passkey signs: what the worker believes, whatever a web process that was taken over writes."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants.errors import SignatureNeededError, SignatureRefusedError
from grants.flows.issue.begin import begin_attempt
from grants.models import ApproverKey, Grant, Window
from grants.policies import read_snapshot
from grants.policy.render import render_policy
from grants.policy.snapshot import Snapshot, hash_of, to_canonical
from grants.policy.unsigned import NOTHING
from grants.policy.window import Terms, terms_to_canonical
from grants.values import new_reference
from tests.database import connect_as
from tests.factories import DROP, HOUR, World, make_contractor, make_request, make_world, save_forged
from tests.flows.test_invariants import superuser
from tests.keys_of_approvers import SoftKey
from tests.windows import draw_up, open_window, sign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world(needs_passkey=True)


@pytest.fixture
def key(world: World) -> SoftKey:
    """Bob's passkey, trusted by an operator."""
    soft = SoftKey()
    soft.trust(world.bob)
    return soft


def open_signed(world: World, key: SoftKey, **changes: Any) -> Window:
    window = draw_up(world, **changes)
    return sign(window, world.bob, key.sign(window.text_hash))


def is_begun(grant: Grant) -> bool:
    return begin_attempt(grant_id=grant.pk, now=timezone.now()) is not None


def failure_of(grant: Grant) -> str:
    grant.refresh_from_db()
    return grant.failure_code


def test_one_signature_over_the_window_issues_what_fits_it(world: World, key: SoftKey) -> None:
    window = open_signed(world, key)
    for _ in range(2):
        grant = make_request(world).grant
        assert (grant.window, is_begun(grant)) == (window, True)


def test_without_the_signature_or_with_one_over_something_else_nothing_opens(world: World, key: SoftKey) -> None:
    window, other = draw_up(world), draw_up(world)
    with pytest.raises(SignatureNeededError):
        sign(window, world.bob)
    with pytest.raises(SignatureRefusedError):
        sign(window, world.bob, key.sign(other.text_hash))
    assert make_request(world).grant.state == "requested"


def test_a_passkey_that_is_distrusted_later_issues_nothing_more(world: World, key: SoftKey) -> None:
    open_signed(world, key)
    grant = make_request(world).grant
    ApproverKey.objects.update(revoked_at=timezone.now())
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


# --- a web process with full use of its database role ----------------------------------------------------------------


def audited(web: "psycopg.Connection[Any]", kind: str, subject: str, **facts: str) -> None:
    payload = json.dumps({"facts": facts}, separators=(",", ":"))
    web.execute(
        "INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)"
        " VALUES (gen_random_uuid(), %s, %s, %s, '')",
        [kind, subject, payload],
    )


def forge_window(world: World, like: Window, assertion: str, **changes: Any) -> Window:
    """A window of the thief's own, with bob's yes and whatever assertion they have."""
    terms: Terms = replace(like.terms, reference=new_reference(), **changes)
    text = terms_to_canonical(terms)
    with connect_as("daypass_web") as web, web.transaction():
        web.execute(
            "INSERT INTO grants_window (id, reference, template_version_id, vendor_id, text, text_hash, reason,"
            " ends_at, drawn_up_at, drawn_up_by_id, closed_reason)"
            " SELECT gen_random_uuid(), %s, template_version_id, vendor_id, %s, %s, reason, ends_at, drawn_up_at,"
            " drawn_up_by_id, '' FROM grants_window WHERE id = %s",
            [terms.reference, text, hash_of(text), like.pk],
        )
        web.execute(
            'INSERT INTO grants_windowsignature (id, window_id, signer_id, signer_person, "group", text_hash,'
            " assertion, signed_at) SELECT gen_random_uuid(), id, %s, %s, 'approvers', text_hash, %s, now()"
            " FROM grants_window WHERE reference = %s",
            [world.bob.pk, world.bob.person, assertion, terms.reference],
        )
        web.execute("UPDATE grants_window SET opened_at = now() WHERE reference = %s", [terms.reference])
        audited(web, "window.signed", terms.reference)
    return Window.objects.get(reference=terms.reference)


def forge_use(world: World, window: Window | None, like: Grant, **changes: Any) -> Grant:
    """A grant under ``window`` that the portal never made: ``like`` with a snapshot of the thief's own, approved."""
    snapshot: Snapshot = replace(read_snapshot(like), **changes)
    reference = new_reference()
    tags = tuple((name, reference if name == "daypass:grant" else value) for name, value in snapshot.tags)
    snapshot = replace(snapshot, reference=reference, tags=tags, policy=render_policy(snapshot.scope))
    grant = Grant.objects.get(pk=like.pk)
    grant.pk, grant.reference, grant.window, grant.state = uuid.uuid4(), reference, window, "requested"
    grant.snapshot, grant.seconds = to_canonical(snapshot), snapshot.seconds
    grant.snapshot_hash = hash_of(grant.snapshot)
    save_forged(grant)
    with connect_as("daypass_web") as web, web.transaction():
        web.execute(
            "INSERT INTO grants_decision (id, grant_id, decider_id, decider_person, requester_person, recipient_person,"
            ' inviter_person, "group", verdict, snapshot_hash, reason, assertion, decided_at, valid_until)'
            " SELECT gen_random_uuid(), g.id, %s, %s, g.requester_person, g.recipient_person, g.inviter_person,"
            " 'approvers', 'approve', g.snapshot_hash, '', '', now(), now() + interval '1 hour'"
            " FROM grants_grant g WHERE g.id = %s",
            [world.bob.pk, world.bob.person, grant.pk],
        )
        web.execute(
            "UPDATE grants_grant SET state = 'approved', state_at = now(), approved_at = now(), due_at = now(),"
            " approval_until = now() + interval '1 hour' WHERE id = %s",
            [grant.pk],
        )
        audited(web, "grant.approved", reference, **{"from": "requested", "to": "approved"})
    return grant


def asked_before(world: World) -> Grant:
    """An ordinary request of carol's, from which a thief copies."""
    return make_request(world).grant


def test_a_web_process_that_forges_a_window_has_nothing_minted(world: World, key: SoftKey) -> None:
    like = asked_before(world)
    window = open_signed(world, key)
    true_answer = window.signatures.get().assertion
    for answer in ("", SoftKey().sign(window.text_hash), true_answer):
        forged = forge_window(world, window, answer, grants_max=500)
        grant = forge_use(world, forged, like)
        assert not is_begun(grant)
        assert failure_of(grant) == "unsigned_approval"


def test_a_signature_over_one_request_opens_no_window(world: World, key: SoftKey) -> None:
    like = asked_before(world)
    forged = forge_window(world, draw_up(world), key.sign(like.snapshot_hash))
    grant = forge_use(world, forged, like)
    assert not is_begun(grant)


def test_below_the_workers_caps_an_unsigned_window_issues_and_above_them_nothing(settings: Settings) -> None:
    world = make_world()
    like = asked_before(world)
    forged = forge_window(world, open_window(world), "")
    assert is_begun(forge_use(world, forged, like))
    settings.UNSIGNED_APPROVALS = NOTHING
    assert not is_begun(forge_use(world, forged, like))


@pytest.mark.parametrize("what", ["scope", "link_seconds", "pickup_check", "needs_passkey"])
def test_under_a_signed_window_nothing_else_is_minted_than_what_was_signed(
    world: World, key: SoftKey, what: str
) -> None:
    like = asked_before(world)
    window = open_signed(world, key)
    changes: dict[str, Any] = {
        "scope": replace(DROP, prefix="other/"),
        "link_seconds": 60 * HOUR,
        "pickup_check": "none",
        "needs_passkey": False,
    }
    grant = forge_use(world, window, like, **{what: changes[what]})
    assert not is_begun(grant)
    assert failure_of(grant) == "window_unfit"


def test_the_same_forged_grant_without_a_change_is_what_the_window_gives(world: World, key: SoftKey) -> None:
    """So that the refusals above have the reason that they name."""
    like = asked_before(world)
    assert is_begun(forge_use(world, open_signed(world, key), like))


def test_nobody_whom_it_does_not_name_gets_anything(world: World, key: SoftKey) -> None:
    window = open_signed(world, key)
    dan = make_contractor("dan", world.vendor)
    with pytest.raises(Exception, match="within what was signed"):
        forge_use(world, window, make_request(world, by=dan).grant)


def test_a_signer_who_asked_for_it_themselves_does_not_count(world: World, key: SoftKey) -> None:
    like = asked_before(world)
    window = open_signed(world, key)
    ApproverKey.objects.update(person=world.carol.person)
    grant = forge_use(world, window, like)
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


def test_a_closed_or_ended_window_mints_nothing_whatever_the_grant_says(world: World, key: SoftKey) -> None:
    like = asked_before(world)
    window = open_signed(world, key)
    grant = forge_use(world, window, like)
    with connect_as("daypass_web") as web, web.transaction():
        web.execute(
            "UPDATE grants_window SET closed_at = now(), closed_by_id = drawn_up_by_id, closed_reason = 'Done.'"
        )
        audited(web, "window.closed", window.reference)
    assert not is_begun(grant)
    assert failure_of(grant) == "window_unfit"


def test_the_worker_counts_by_what_it_minted_itself(world: World, key: SoftKey) -> None:
    """Whatever became of the database's own count."""
    like = asked_before(world)
    window = open_signed(world, key, grants_max=1)
    assert is_begun(make_request(world).grant)
    grant = forge_use(world, None, like)
    with superuser() as db:
        db.execute("UPDATE grants_grant SET window_id = %s WHERE id = %s", [window.pk, grant.pk])
    assert not is_begun(grant)
    assert failure_of(grant) == "window_unfit"


def test_a_grant_that_would_outlast_the_window_is_not_minted(world: World, key: SoftKey) -> None:
    window = open_signed(world, key)
    grant = make_request(world).grant
    late = window.ends_at - timedelta(minutes=30)
    Grant.objects.filter(pk=grant.pk).update(approval_until=window.ends_at)
    assert begin_attempt(grant_id=grant.pk, now=late) is None
