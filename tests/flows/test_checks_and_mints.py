"""When credentials are made, and what it takes to see them: every check, every mint, and what each resists."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import (
    ClaimLostError,
    CodeNotToldError,
    LinkLockedError,
    NoFreshIssueError,
    NotFoundError,
    SignInNeededError,
    WrongCodeError,
    WrongStateError,
)
from grants.flows.approve import approve_grant
from grants.flows.expire import expire_due
from grants.flows.hand_back import hand_back_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.reveal import Revealed, Waiting, find_link, find_wait, reveal_credentials
from grants.flows.tell_code import tell_code
from grants.gateways.sts_errors import PolicyTooLargeError, UnavailableError
from grants.models import AuditEvent, Denial, Grant, IssueAttempt, PickupLink, SealedCredential
from grants.models.template import Mint, PickupCheck
from grants.policies import CLAIM_LIFE
from grants.queries.invariants import INVARIANTS, offences_against
from grants.values import Origin, Proof, Shown
from tests.factories import SECRET, World, mailed_token, make_minted, make_request, make_world

pytestmark = pytest.mark.django_db
HERE = Origin("192.0.2.7", "curl/8")
FRESH = Proof("totp", 10)


def mint(grant: Grant, *, now: datetime | None = None) -> None:
    now = now or timezone.now()
    begun = begin_attempt(grant_id=grant.pk, now=now)
    assert begun
    ends_at = now + timedelta(seconds=begun.seconds)
    finish_minted(begun=begun, minted=make_minted(begun.name, expiration=ends_at), now=now)


def offences() -> list[str]:
    return [str(each) for code in INVARIANTS for each in offences_against(INVARIANTS[code], now=timezone.now())]


class Pickup:
    """Carol's grant as far as its link, and her hands."""

    def __init__(self, world: World, *, seconds: int = 3600) -> None:
        self.world = world
        requested = make_request(world, seconds=seconds)
        self.code = requested.code_plaintext or ""
        self.grant = approve_grant(
            reference=requested.grant.reference,
            by=world.bob,
            snapshot_hash=requested.grant.snapshot_hash,
            now=timezone.now(),
        )
        if world.version.mint == Mint.ON_PICKUP:
            assert begin_attempt(grant_id=self.grant.pk, now=timezone.now()) is None
        else:
            mint(self.grant)
        self.link = self.grant.links.get()
        self.token = mailed_token(self.grant)

    @property
    def state(self) -> str:
        return Grant.objects.get(pk=self.grant.pk).state

    def take(self, shown: Shown, **changes: Any) -> Revealed | Waiting:
        values = {"link_id": self.link.pk, "token": self.token, "origin": HERE, "now": timezone.now(), **changes}
        return reveal_credentials(shown=shown, **values)

    def wait(self, shown: Shown, **changes: Any) -> str:
        answer = self.take(shown, **changes)
        assert isinstance(answer, Waiting)
        return answer.claim

    def end(self, shown: Shown) -> Grant:
        where = {"link_id": self.link.pk, "token": self.token, "origin": HERE, "now": timezone.now()}
        return hand_back_grant(shown=shown, disowned=True, **where)  # type: ignore[arg-type]  # one dict of several types


def on_pickup(**version: Any) -> Pickup:
    return Pickup(make_world(mint=Mint.ON_PICKUP, **version))


# --- made on pickup ------------------------------------------------------------------------------------------------


def test_the_link_goes_out_first_and_nothing_exists_behind_it() -> None:
    pickup = on_pickup()
    assert pickup.state == "offered"
    assert IssueAttempt.objects.count() == SealedCredential.objects.count() == 0
    assert find_link(link_id=pickup.link.pk, token=pickup.token, now=timezone.now()).is_made_then
    assert offences() == []


def test_whoever_passes_the_check_waits_and_sees_them_for_the_whole_time() -> None:
    pickup = on_pickup()
    claim = pickup.wait(Shown(code=pickup.code))
    assert find_wait(link_id=pickup.link.pk, token=pickup.token, claim=claim, now=timezone.now()).waits_for == "aws"
    mint(pickup.grant)
    shown = pickup.take(Shown(claim=claim))
    assert isinstance(shown, Revealed)
    assert shown.credentials.secret_access_key == SECRET
    assert shown.credentials.expiration - timezone.now() > timedelta(minutes=59)
    assert (pickup.state, PickupLink.objects.count()) == ("revealed", 1)
    assert offences() == []


def test_a_second_click_and_a_second_tab_wait_for_the_same() -> None:
    pickup = on_pickup()
    claims = {pickup.wait(Shown(code=pickup.code)) for _ in range(3)}
    assert len(claims) == 1
    assert AuditEvent.objects.filter(kind="grant.claimed").count() == 1
    mint(pickup.grant)
    assert isinstance(pickup.take(Shown(code=pickup.code)), Revealed)
    assert IssueAttempt.objects.count() == 1


@pytest.mark.parametrize("claim", ["", "0" * 64, "é", "x" * 500])
def test_without_the_claim_the_waiting_page_shows_nothing(claim: str) -> None:
    pickup = on_pickup()
    pickup.wait(Shown(code=pickup.code))
    mint(pickup.grant)
    with pytest.raises(ClaimLostError):
        find_wait(link_id=pickup.link.pk, token=pickup.token, claim=claim, now=timezone.now())
    with pytest.raises(WrongCodeError):
        pickup.take(Shown(claim=claim))
    assert pickup.state == "issued"


def test_a_wrong_code_asks_aws_for_nothing_and_the_fifth_locks_the_link() -> None:
    pickup = on_pickup()
    for _ in range(4):
        with pytest.raises(WrongCodeError):
            pickup.take(Shown(code="WRONGC0D"))
    with pytest.raises(LinkLockedError):
        pickup.take(Shown(code="WRONGC0D"))
    assert (pickup.state, IssueAttempt.objects.count()) == ("revoked", 0)
    assert offences() == []


def test_what_aws_gives_to_a_link_that_was_locked_meanwhile_is_thrown_away_and_denied() -> None:
    pickup = on_pickup()
    pickup.wait(Shown(code=pickup.code))
    begun = begin_attempt(grant_id=pickup.grant.pk, now=timezone.now())
    assert begun
    PickupLink.objects.update(tries=4)
    with pytest.raises(LinkLockedError):
        pickup.take(Shown(code="WRONGC0D"))
    ends_at = timezone.now() + timedelta(hours=1)
    finish_minted(begun=begun, minted=make_minted(begun.name, expiration=ends_at), now=timezone.now())
    assert (pickup.state, SealedCredential.objects.count(), Denial.objects.count()) == ("revoked", 0, 1)
    assert offences() == []


def test_a_link_that_was_locked_while_aws_was_asked_in_vain_is_followed_by_no_other() -> None:
    pickup = on_pickup()
    pickup.wait(Shown(code=pickup.code))
    begun = begin_attempt(grant_id=pickup.grant.pk, now=timezone.now())
    assert begun
    PickupLink.objects.update(tries=4)
    with pytest.raises(LinkLockedError):
        pickup.take(Shown(code="WRONGC0D"))
    finish_refused(begun=begun, error=UnavailableError(), now=timezone.now())
    later = timezone.now() + timedelta(minutes=10)
    assert begin_attempt(grant_id=pickup.grant.pk, now=later) is None
    assert (pickup.state, PickupLink.objects.count(), IssueAttempt.objects.count()) == ("failed", 1, 1)


def test_what_aws_refuses_is_said_and_the_link_is_not_spent() -> None:
    pickup = on_pickup()
    claim = pickup.wait(Shown(code=pickup.code))
    begun = begin_attempt(grant_id=pickup.grant.pk, now=timezone.now())
    assert begun
    finish_refused(begun=begun, error=PolicyTooLargeError(), now=timezone.now())
    wait = find_wait(link_id=pickup.link.pk, token=pickup.token, claim=claim, now=timezone.now())
    assert (wait.waits_for, wait.failure_code) == ("person", "sts_policy_too_large")
    assert PickupLink.objects.get().used_at is None


def test_whoever_goes_away_leaves_nothing_behind_and_can_come_back() -> None:
    pickup = on_pickup()
    old = pickup.wait(Shown(code=pickup.code))
    mint(pickup.grant)
    PickupLink.objects.update(claimed_at=timezone.now() - CLAIM_LIFE)
    assert expire_due(now=timezone.now()) == 1
    assert (pickup.state, SealedCredential.objects.get().ciphertext, Denial.objects.count()) == ("offered", None, 1)
    pickup.wait(Shown(code=pickup.code))
    mint(pickup.grant)
    with pytest.raises(WrongCodeError):
        pickup.take(Shown(claim=old))
    assert isinstance(pickup.take(Shown(code=pickup.code)), Revealed)
    assert offences() == []


def test_a_link_that_nobody_opens_expires_with_nothing_to_destroy() -> None:
    pickup = on_pickup()
    assert expire_due(now=pickup.link.expires_at + timedelta(seconds=1)) == 1
    assert (pickup.state, IssueAttempt.objects.count()) == ("expired", 0)


# --- a fresh issue when little is left -------------------------------------------------------------------------------


def test_of_what_has_waited_long_a_fresh_issue_is_offered_and_the_earlier_one_denied_by_name() -> None:
    pickup = Pickup(make_world(link_seconds=12 * 3600), seconds=8 * 3600)
    first = IssueAttempt.objects.get()
    late = timezone.now() + timedelta(hours=7, minutes=20)
    view = find_link(link_id=pickup.link.pk, token=pickup.token, now=late)
    assert view.little_left
    assert timedelta(minutes=39) < view.little_left < timedelta(minutes=41)
    assert view.can_renew
    pickup.wait(Shown(code=pickup.code), now=late, afresh=True)
    assert Denial.objects.get().userid == first.federated_id
    mint(pickup.grant, now=late)
    assert isinstance(pickup.take(Shown(code=pickup.code), now=late), Revealed)
    assert pickup.grant.mails.filter(event="link_ready").count() == 1


def test_while_most_is_left_there_is_no_fresh_issue() -> None:
    pickup = Pickup(make_world())
    view = find_link(link_id=pickup.link.pk, token=pickup.token, now=timezone.now())
    assert (view.little_left, view.can_renew) == (None, False)
    with pytest.raises(NoFreshIssueError):
        pickup.take(Shown(code=pickup.code), afresh=True)
    assert isinstance(pickup.take(Shown(code=pickup.code)), Revealed)


# --- a code told by telephone ----------------------------------------------------------------------------------------


def test_a_told_code_is_made_when_somebody_here_asks_for_it_and_kept_as_a_digest() -> None:
    pickup = Pickup(make_world(pickup_check=PickupCheck.SPOKEN_CODE))
    assert pickup.code == ""
    with pytest.raises(CodeNotToldError):
        pickup.take(Shown(code="ANYTHING"))
    code = tell_code(reference=pickup.grant.reference, by=pickup.world.bob, now=timezone.now())
    assert not AuditEvent.objects.filter(payload__contains=code).exists()
    assert AuditEvent.objects.filter(kind="code.told").count() == 1
    assert isinstance(pickup.take(Shown(code=code)), Revealed)


def test_another_told_code_replaces_the_first_and_gives_no_new_tries() -> None:
    pickup = Pickup(make_world(pickup_check=PickupCheck.SPOKEN_CODE))
    first, second = (
        tell_code(reference=pickup.grant.reference, by=pickup.world.bob, now=timezone.now()) for _ in range(2)
    )
    with pytest.raises(WrongCodeError) as wrong:
        pickup.take(Shown(code=first))
    assert wrong.value.left == 4
    tell_code(reference=pickup.grant.reference, by=pickup.world.bob, now=timezone.now())
    with pytest.raises(WrongCodeError) as wrong:
        pickup.take(Shown(code=second))
    assert wrong.value.left == 3


def test_a_code_is_told_by_who_signs_or_answers_for_the_vendor_and_never_by_who_receives() -> None:
    world = make_world(pickup_check=PickupCheck.SPOKEN_CODE)
    world.vendor.sponsors.add(world.alice)
    pickup = Pickup(world)
    for stranger in (world.ada, world.otto):
        with pytest.raises(NotFoundError):
            tell_code(reference=pickup.grant.reference, by=stranger, now=timezone.now())
    assert tell_code(reference=pickup.grant.reference, by=world.alice, now=timezone.now())


def test_where_no_code_is_told_none_is_made() -> None:
    pickup = Pickup(make_world())
    with pytest.raises(WrongStateError):
        tell_code(reference=pickup.grant.reference, by=pickup.world.bob, now=timezone.now())


# --- signing in ------------------------------------------------------------------------------------------------------


def test_signing_in_takes_the_recipient_and_a_fresh_second_factor() -> None:
    pickup = Pickup(make_world(pickup_check=PickupCheck.SIGN_IN))
    carol, mallory = pickup.world.carol.pk, pickup.world.mallory.pk
    for shown in (
        Shown(),
        Shown(user_id=carol),
        Shown(user_id=carol, proof=Proof("totp", 301)),
        Shown(user_id=mallory, proof=FRESH),
    ):
        with pytest.raises(SignInNeededError):
            pickup.take(shown)
    assert pickup.state == "issued"
    assert isinstance(pickup.take(Shown(user_id=carol, proof=FRESH)), Revealed)


@pytest.mark.parametrize("check", [PickupCheck.SPOKEN_CODE, PickupCheck.SIGN_IN])
def test_whoever_holds_the_mailbox_alone_gets_nothing(check: PickupCheck) -> None:
    """The link, the sign-in codes and every other mail; not the telephone, nor the second factor."""
    pickup = Pickup(make_world(pickup_check=check))
    tell = check == PickupCheck.SPOKEN_CODE
    if tell:
        tell_code(reference=pickup.grant.reference, by=pickup.world.bob, now=timezone.now())
    mails = " ".join(str(mail.context) for mail in pickup.grant.mails.all())
    for shown in (Shown(), Shown(user_id=pickup.world.carol.pk), Shown(code=mails[:8])):
        with pytest.raises((WrongCodeError, SignInNeededError)):
            pickup.take(shown)
    assert pickup.state == "issued"


# --- nothing besides the link ----------------------------------------------------------------------------------------


def test_without_a_check_the_link_is_enough_and_made_only_then() -> None:
    pickup = on_pickup(pickup_check=PickupCheck.NONE, link_seconds=3600)
    claim = pickup.wait(Shown())
    mint(pickup.grant)
    assert isinstance(pickup.take(Shown(claim=claim)), Revealed)


@pytest.mark.parametrize("version", [{"mint": Mint.ON_APPROVAL}, {"mint": Mint.ON_PICKUP, "link_seconds": 3601}])
def test_the_database_refuses_an_unchecked_link_that_lives_long_or_opens_what_waits(version: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="version_unchecked_is_short"), transaction.atomic():
        make_world(**{"pickup_check": PickupCheck.NONE, "link_seconds": 3600, **version})


# --- ending it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [PickupCheck.SIGN_IN, PickupCheck.NONE])
def test_what_has_no_code_is_ended_by_who_is_signed_in_and_by_no_scanner(check: PickupCheck) -> None:
    pickup = on_pickup(pickup_check=check, link_seconds=3600)
    carol = pickup.world.carol.pk
    claim = pickup.wait(Shown(user_id=carol, proof=FRESH))
    mint(pickup.grant)
    assert isinstance(pickup.take(Shown(claim=claim)), Revealed)
    for shown in (Shown(), Shown(claim=claim), Shown(user_id=pickup.world.mallory.pk, proof=FRESH)):
        with pytest.raises(SignInNeededError):
            pickup.end(shown)
    assert pickup.end(Shown(user_id=carol)).state == "revoked"
