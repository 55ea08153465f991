"""Approvals that a passkey signs: what the worker believes, whatever stands in the database."""

import json
import uuid
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants.errors import SignatureNeededError, SignatureRefusedError, StaleSnapshotError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.models import ApproverKey, AuditEvent, Decision, Grant, User
from grants.models.person import APPROVERS
from grants.policies import read_snapshot
from grants.policy.snapshot import hash_of, to_canonical
from grants.policy.unsigned import NOTHING, UnsignedCaps, parse_caps
from grants.values import new_reference
from tests.database import connect_as
from tests.factories import World, make_request, make_staff, make_world, save_forged
from tests.keys_of_approvers import PRESENT, SoftKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(needs_passkey=True)


@pytest.fixture
def key(world: World) -> SoftKey:
    """Bob's passkey, trusted by an operator."""
    soft = SoftKey()
    soft.trust(world.bob)
    return soft


def approve(world: World, grant: Grant, assertion: str) -> Grant:
    return approve_grant(
        reference=grant.reference,
        by=world.bob,
        snapshot_hash=grant.snapshot_hash,
        now=timezone.now(),
        assertion=assertion,
    )


def is_begun(grant: Grant) -> bool:
    return begin_attempt(grant_id=grant.pk, now=timezone.now()) is not None


def failure_of(grant: Grant) -> str:
    grant.refresh_from_db()
    return grant.failure_code


def test_a_signed_approval_is_kept_with_its_signature_and_issued(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    answer = key.sign(grant.snapshot_hash)
    approve(world, grant, answer)
    assert grant.decisions.get().assertion == answer
    assert is_begun(grant)


def test_without_a_signature_nothing_is_decided(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(SignatureNeededError):
        approve(world, grant, "")
    assert not grant.decisions.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"origin": "https://evil.example"}, "another page"),
        ({"host": "evil.example"}, "another host"),
        ({"flags": PRESENT}, "nobody was verified"),
        ({"kind": "webauthn.create"}, "another ceremony"),
    ],
)
def test_a_signature_of_another_place_or_ceremony_does_not_count(
    world: World, key: SoftKey, changes: dict[str, Any], why: str
) -> None:
    grant = make_request(world).grant
    with pytest.raises(SignatureRefusedError):
        approve(world, grant, key.sign(grant.snapshot_hash, **changes))
    assert not grant.decisions.exists(), why


def test_a_signature_over_another_request_does_not_count(world: World, key: SoftKey) -> None:
    grant, other = make_request(world).grant, make_request(world).grant
    with pytest.raises(SignatureRefusedError):
        approve(world, grant, key.sign(other.snapshot_hash))


@pytest.mark.parametrize("answer", ["{", "[]", "{}", '{"id":"x","rawId":"y"}', "x" * 9000, json.dumps({"id": 1})])
def test_whatever_is_sent_in_place_of_an_answer_is_refused(world: World, answer: str) -> None:
    with pytest.raises(SignatureRefusedError):
        approve(world, make_request(world).grant, answer)


def test_a_passkey_that_no_operator_trusted_or_one_of_somebody_else_does_not_count(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    ApproverKey.objects.update(user=world.bea, person=world.bea.person)
    for stranger in (SoftKey(), key):
        with pytest.raises(SignatureRefusedError):
            approve(world, grant, stranger.sign(grant.snapshot_hash))


def test_a_passkey_that_its_owner_removed_or_a_reset_deleted_signs_nothing(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    Authenticator.objects.filter(user=world.bob).delete()
    with pytest.raises(SignatureRefusedError, match="not enrolled"):
        approve(world, grant, key.sign(grant.snapshot_hash))
    SoftKey().enrol(world.bob)  # another device of theirs makes up for nothing
    with pytest.raises(SignatureRefusedError, match="not enrolled"):
        approve(world, grant, key.sign(grant.snapshot_hash))


def test_a_passkey_that_is_distrusted_after_signing_issues_nothing(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    approve(world, grant, key.sign(grant.snapshot_hash))
    ApproverKey.objects.update(revoked_at=timezone.now())
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


def test_a_passkey_signs_only_for_the_groups_that_the_operator_named(world: World) -> None:
    grant, soft = make_request(world).grant, SoftKey()
    soft.trust(world.bob, "another group")
    approve(world, grant, soft.sign(grant.snapshot_hash))
    assert not is_begun(grant)


@pytest.mark.parametrize("is_back", [False, True])
def test_the_signature_of_somebody_who_was_stopped_makes_up_for_no_missing_one(
    settings: Settings, *, is_back: bool
) -> None:
    settings.UNSIGNED_APPROVALS = NOTHING
    world = make_world(signers={APPROVERS: 2})
    grant, ben = make_request(world).grant, make_staff("ben", APPROVERS)
    for who, is_signed in ((world.bob, True), (world.bea, True), (ben, False)):
        soft = SoftKey()
        soft.trust(who)
        answer = soft.sign(grant.snapshot_hash) if is_signed else ""
        now = timezone.now()
        approve_grant(reference=grant.reference, by=who, snapshot_hash=grant.snapshot_hash, now=now, assertion=answer)
        if who == world.bob:
            User.objects.filter(pk=who.pk).update(is_active=False, frozen_at=now, frozen_by=world.bea)
    if is_back:
        User.objects.filter(pk=world.bob.pk).update(is_active=True, frozen_at=None, frozen_by=None)
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


FORGED = """INSERT INTO grants_decision (id, grant_id, decider_id, decider_person, requester_person, recipient_person,
    inviter_person, "group", verdict, snapshot_hash, reason, assertion, decided_at, valid_until)
SELECT gen_random_uuid(), g.id, %s, %s, g.requester_person, g.recipient_person, g.inviter_person, %s,
    'approve', g.snapshot_hash, 'It burns.', %s, now(), now() + interval '1 hour' FROM grants_grant g WHERE g.id = %s"""


def forge(world: World, grant: Grant, assertion: str, group: str = APPROVERS) -> None:
    """What somebody does who has taken over the web process: bob's yes, with all that the web role may write."""
    audit = json.dumps({"facts": {"from": "requested", "to": "approved"}}, separators=(",", ":"))
    with connect_as("daypass_web") as web, web.transaction():
        web.execute(
            FORGED,
            [world.bob.pk, world.bob.person, group, assertion, grant.pk],
        )
        web.execute(
            "UPDATE grants_grant SET state = 'approved', state_at = now(), approved_at = now(), due_at = now(),"
            " approval_until = now() + interval '1 hour' WHERE id = %s",
            [grant.pk],
        )
        web.execute(
            "INSERT INTO grants_auditevent (id, kind, subject, payload, db_role)"
            " VALUES (gen_random_uuid(), 'grant.approved', %s, %s, '')",
            [grant.reference, audit],
        )


@pytest.mark.usefixtures("key")
@pytest.mark.django_db(transaction=True)
def test_a_web_process_that_forges_a_decision_has_nothing_minted(world: World) -> None:
    grant = make_request(world).grant
    forge(world, grant, SoftKey().sign(grant.snapshot_hash))
    assert Decision.objects.filter(grant=grant, decider=world.bob).exists()
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


@pytest.mark.usefixtures("key")
@pytest.mark.django_db(transaction=True)
def test_it_cannot_make_itself_believed_either() -> None:
    for statement in (
        "UPDATE grants_approverkey SET revoked_at = NULL",
        "INSERT INTO grants_approverkey SELECT * FROM grants_approverkey",
        "DELETE FROM grants_approverkey",
    ):
        with connect_as("daypass_web") as web, pytest.raises(Exception, match="permission denied"):
            web.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_template_that_asks_for_no_signature_gets_it_no_further_than_the_workers_caps(
    settings: Settings,
) -> None:
    world = make_world()
    settings.UNSIGNED_APPROVALS = NOTHING
    grant = make_request(world).grant
    forge(world, grant, "")
    assert not is_begun(grant)
    assert failure_of(grant) == "unsigned_approval"


@pytest.mark.parametrize("changed", ["reference", "recipient"])
@pytest.mark.django_db(transaction=True)
def test_what_was_signed_once_is_not_minted_again_as_another_grant_or_for_somebody_else(
    world: World, key: SoftKey, changed: str
) -> None:
    grant = make_request(world).grant
    answer = key.sign(grant.snapshot_hash)
    if changed == "reference":
        grant.pk, grant.reference = uuid.uuid4(), new_reference()
        save_forged(grant)
    else:
        User.objects.filter(pk=grant.recipient_id).update(email="mallory@acme-robotics.example")
    forge(world, grant, answer)
    assert not is_begun(grant)
    assert failure_of(grant) == StaleSnapshotError.code


@pytest.mark.django_db(transaction=True)
def test_managed_policies_beside_a_small_scope_do_not_pass_below_the_caps() -> None:
    world = make_world()
    grant = make_request(world).grant
    large = ("arn:aws:iam::aws:policy/AdministratorAccess",)
    grant.pk, grant.reference = uuid.uuid4(), new_reference()
    grant.snapshot = to_canonical(replace(read_snapshot(grant), reference=grant.reference, policy_arns=large))
    grant.snapshot_hash = hash_of(grant.snapshot)
    save_forged(grant)
    forge(world, grant, "")
    assert not is_begun(grant)
    assert failure_of(grant) == StaleSnapshotError.code


@pytest.mark.parametrize(
    ("caps", "issued"),
    [
        (UnsignedCaps(hours=1, actions="write", per_hour=None), True),
        (UnsignedCaps(hours=0.5, actions="any", per_hour=None), False),  # too long
        (UnsignedCaps(hours=36, actions="read", per_hour=None), False),  # it writes
        (UnsignedCaps(hours=36, actions="any", per_hour=1), True),
        (UnsignedCaps(hours=36, actions="any", per_hour=0), False),
    ],
)
def test_unsigned_approvals_issue_up_to_the_caps(settings: Settings, caps: UnsignedCaps, *, issued: bool) -> None:
    world = make_world()
    settings.UNSIGNED_APPROVALS = caps
    grant = make_request(world).grant
    approve(world, grant, "")
    assert is_begun(grant) is issued


def test_a_signature_lifts_a_grant_over_the_caps(settings: Settings) -> None:
    world, soft = make_world(), SoftKey()
    soft.trust(world.bob)
    settings.UNSIGNED_APPROVALS = NOTHING
    grant = make_request(world).grant
    approve(world, grant, soft.sign(grant.snapshot_hash))
    assert is_begun(grant)


def test_the_caps_count_what_was_issued_within_the_hour(settings: Settings) -> None:
    world = make_world()
    settings.UNSIGNED_APPROVALS = UnsignedCaps(hours=36, actions="any", per_hour=1)
    first, second = make_request(world).grant, make_request(world).grant
    approve(world, first, "")
    approve(world, second, "")
    assert (is_begun(first), is_begun(second)) == (True, False)


@pytest.mark.parametrize("raw", ["all", "hours=8", "hours=8,actions=all,per_hour=1", "hours=99,actions=any,per_hour=1"])
def test_caps_that_are_none_are_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=raw):
        parse_caps(raw)


@pytest.mark.usefixtures("key")
def test_an_operator_lists_and_distrusts_a_passkey_and_both_are_on_record(world: World) -> None:
    trusted = ApproverKey.objects.get()
    said = StringIO()
    call_command("approver_keys", "list", stdout=said)
    assert f"{trusted.fingerprint}  {world.bob.email}  approvers" in said.getvalue()
    with transaction.atomic():
        call_command("approver_keys", "distrust", f" {trusted.fingerprint.upper()}", stdout=said)
    assert AuditEvent.objects.filter(kind="passkey.distrusted").exists()
    with pytest.raises(CommandError, match="No believed passkey"):
        call_command("approver_keys", "distrust", trusted.fingerprint)


@pytest.mark.usefixtures("key")
def test_a_label_that_would_drive_the_operators_terminal_is_printed_without_it() -> None:
    ApproverKey.objects.update(label="\x1b[2JPasskey\r\u202e 1")
    said = StringIO()
    call_command("approver_keys", "list", stdout=said)
    assert said.getvalue().rstrip("\n").endswith("  approvers  [2JPasskey 1")


def test_trusting_needs_the_owners_own_fingerprint(world: World) -> None:
    with pytest.raises(CommandError, match="has no passkey of this fingerprint"):
        call_command("approver_keys", "trust", world.bob.email, "0000-0000", "--group", "approvers")
