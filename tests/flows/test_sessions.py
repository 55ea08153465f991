"""Sessions of a dedicated IAM user: one at a time, and with MFA only by a code that somebody types in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import FieldError, NotAllowedError, NotFoundError, SessionTakenError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import Begun, begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.recover import recover_attempts
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.type_code import type_code
from grants.flows.wipe_codes import wipe_codes
from grants.gateways.sts_errors import MfaRefusedError, ThrottledError
from grants.models import AuditEvent, Denial, Grant, IssueAttempt, MfaCode, OutboxMail
from grants.policies import CODE_LIFE
from grants.queries.invariants import INVARIANTS, offences_against
from grants.values import Origin, SessionRequest, Shown
from tests.factories import (
    MFA_SERIAL,
    World,
    mailed_token,
    make_approved,
    make_minted,
    make_request,
    make_session_world,
    make_staff,
)

pytestmark = pytest.mark.django_db
CODE = "123456"


@pytest.fixture
def world() -> World:
    return make_session_world()


def wait_for_code(world: World) -> Grant:
    grant = make_approved(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    grant.refresh_from_db()
    return grant


def begin_with(world: World, grant: Grant, *, at: datetime | None = None) -> Begun | None:
    type_code(reference=grant.reference, by=world.bob, code=CODE, now=timezone.now())
    return begin_attempt(grant_id=grant.pk, now=at or timezone.now())


def mint(begun: Begun | None) -> Grant:
    assert begun
    ends_at = timezone.now() + timedelta(seconds=begun.seconds)
    minted = replace(make_minted(begun.name, expiration=ends_at), federated_user_arn="", federated_user_id="")
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    return Grant.objects.get(pk=begun.grant.pk)


def offences() -> list[str]:
    return [str(each) for code in INVARIANTS for each in offences_against(INVARIANTS[code], now=timezone.now())]


def test_an_approved_session_with_mfa_waits_for_a_code_and_says_so_to_who_may_type_it(world: World) -> None:
    grant = wait_for_code(world)
    assert grant.state == "awaiting MFA code"
    assert IssueAttempt.objects.count() == 0
    asked = OutboxMail.objects.filter(event="code_wanted")
    assert [mail.to_address for mail in asked] == ["bob@daypass.example"]
    assert asked[0].context["next_url"].endswith(f"/grants/{grant.reference}/code/")
    assert offences() == []


def test_the_code_is_sent_once_with_the_device_and_rests_nowhere(world: World) -> None:
    grant = wait_for_code(world)
    begun = begin_with(world, grant)
    assert begun
    assert begun.request == SessionRequest(seconds=grant.seconds, serial=MFA_SERIAL, code=CODE)
    assert CODE not in repr(begun)
    assert MfaCode.objects.get().sealed is None
    assert not AuditEvent.objects.filter(payload__contains=CODE).exists()
    assert mint(begun).state == "issued"
    assert offences() == []


def test_a_code_rests_sealed(world: World) -> None:
    grant = wait_for_code(world)
    type_code(reference=grant.reference, by=world.bob, code="123 456", now=timezone.now())
    sealed = MfaCode.objects.get().sealed
    assert sealed
    assert CODE.encode() not in bytes(sealed)


def test_a_code_that_comes_too_late_is_thrown_away_and_another_one_asked_for(world: World) -> None:
    grant = wait_for_code(world)
    assert begin_with(world, grant, at=timezone.now() + 2 * CODE_LIFE) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("awaiting MFA code", "code_late")
    assert MfaCode.objects.get().sealed is None
    assert OutboxMail.objects.filter(event="code_wanted").count() == 2


def test_a_code_that_nobody_came_for_is_wiped_by_the_clock(world: World) -> None:
    grant = wait_for_code(world)
    type_code(reference=grant.reference, by=world.bob, code=CODE, now=timezone.now())
    assert wipe_codes(now=timezone.now()) == 0
    assert wipe_codes(now=timezone.now() + CODE_LIFE) == 1
    assert MfaCode.objects.get().sealed is None
    assert begin_attempt(grant_id=grant.pk, now=timezone.now() + CODE_LIFE) is None
    assert Grant.objects.get().failure_code == "code_late"


def test_a_wrong_code_leads_back_with_the_reason_and_is_never_tried_again(world: World) -> None:
    grant = wait_for_code(world)
    begun = begin_with(world, grant)
    assert begun
    finish_refused(begun=begun, error=MfaRefusedError(), now=timezone.now())
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code, grant.tries) == ("awaiting MFA code", "sts_mfa_refused", 0)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    assert mint(begin_with(world, grant)).state == "issued"
    assert offences() == []


def test_an_error_that_passes_needs_a_fresh_code_all_the_same(world: World) -> None:
    grant = wait_for_code(world)
    begun = begin_with(world, grant)
    assert begun
    finish_refused(begun=begun, error=ThrottledError(), now=timezone.now())
    assert begin_attempt(grant_id=grant.pk, now=timezone.now() + timedelta(minutes=1)) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("awaiting MFA code", "sts_throttled")


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "", "١٢٣٤٥٦"])
def test_what_is_not_six_digits_is_refused_at_its_field(world: World, code: str) -> None:
    grant = wait_for_code(world)
    with pytest.raises(FieldError) as refused:
        type_code(reference=grant.reference, by=world.bob, code=code, now=timezone.now())
    assert refused.value.field == "code"
    assert not MfaCode.objects.exists()


def test_only_who_signed_or_keeps_the_device_may_type() -> None:
    world = make_session_world(custodian_group="device keepers")
    keeper = make_staff("kim", "device keepers")
    grant = wait_for_code(world)
    told = OutboxMail.objects.filter(event="code_wanted").values_list("to_address", flat=True)
    assert set(told) == {"bob@daypass.example", keeper.email}
    for stranger in (world.bea, world.ada, world.carol, world.otto):
        with pytest.raises((NotFoundError, NotAllowedError)):
            type_code(reference=grant.reference, by=stranger, code=CODE, now=timezone.now())
    assert type_code(reference=grant.reference, by=keeper, code=CODE, now=timezone.now()).state == "approved"


def test_without_a_device_it_goes_straight_through() -> None:
    world = make_session_world(mfa_serial="")
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    assert begun.request == SessionRequest(seconds=grant.seconds)
    assert mint(begun).state == "issued"


def test_there_is_one_session_of_a_user_at_a_time_and_the_next_waits_approved() -> None:
    world = make_session_world(mfa_serial="")
    first, second = make_approved(world), make_approved(world)
    begun = begin_attempt(grant_id=first.pk, now=timezone.now())
    assert begin_attempt(grant_id=second.pk, now=timezone.now()) is None
    second.refresh_from_db()
    assert (second.state, second.failure_code) == ("approved", "")
    assert second.due_at
    assert second.due_at > timezone.now()
    mint(begun)
    with pytest.raises(IntegrityError, match="grant_one_session_per_issuer"), transaction.atomic():
        Grant.objects.filter(pk=second.pk).update(state="issuing")


def test_no_code_is_taken_while_another_session_lives(world: World) -> None:
    first, second = wait_for_code(world), wait_for_code(world)
    mint(begin_with(world, first))
    with pytest.raises(SessionTakenError):
        type_code(reference=second.reference, by=world.bob, code=CODE, now=timezone.now())
    assert MfaCode.objects.count() == 1


def test_revoking_denies_every_session_of_the_user_so_far_and_nothing_is_issued_for_a_minute() -> None:
    world = make_session_world(mfa_serial="")
    requested = make_request(world)
    grant = approve(world, requested.grant)
    mint(begin_attempt(grant_id=grant.pk, now=timezone.now()))
    reveal(grant, str(requested.code_plaintext))
    now = timezone.now()
    revoke_grant(reference=grant.reference, by=world.bob, reason="Laptop lost.", now=now)
    denial = Denial.objects.get()
    assert denial.userid.startswith("before=")
    assert denial.session_ends_at - now == timedelta(hours=36)
    waiting = make_approved(world)
    assert begin_attempt(grant_id=waiting.pk, now=now + timedelta(seconds=30)) is None
    assert begin_attempt(grant_id=waiting.pk, now=now + timedelta(seconds=61))


def approve(world: World, grant: Grant) -> Grant:
    return approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())


def reveal(grant: Grant, code: str) -> None:
    link = grant.links.get()
    token = mailed_token(grant)
    reveal_credentials(
        link_id=link.pk, token=token, shown=Shown(code=code), origin=Origin(None, ""), now=timezone.now()
    )


def test_a_lost_answer_is_denied_by_time_because_it_has_no_name() -> None:
    world = make_session_world(mfa_serial="")
    grant = make_approved(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())
    IssueAttempt.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert recover_attempts(now=timezone.now()) == 1
    assert Denial.objects.get().userid.startswith("before=")
    assert offences() == []


def test_only_sessions_are_counted_by_their_issuer(world: World) -> None:
    grant = make_approved(world)
    assert grant.session_of_id == world.issuer.pk
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(session_of=None)
