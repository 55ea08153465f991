"""WHEN and WHAT is allowed: states, times, limits; each check raises and returns nothing."""

import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from grants.errors import (
    ApprovalMissingError,
    FieldError,
    IssuerChangedError,
    IssuesSpentError,
    LastAdminsError,
    PolicyChangedError,
    PolicyUnreadError,
    StaleSnapshotError,
    VendorClosedError,
    WrongStateError,
)
from grants.lifecycle import State, move_for
from grants.models import Decision, Grant, Invitation, Issuer, IssuerPolicy, TemplateVersion, User, Vendor
from grants.models.decision import STANDS, Verdict
from grants.models.invitation import OPEN_INVITATION
from grants.models.issuer_policy import ALLOWED
from grants.models.person import TEMPLATE_ADMINS
from grants.models.template import Mint
from grants.policy import durations
from grants.policy.limits import check_federation_request
from grants.policy.mailbox import canonical_address, mailbox_of
from grants.policy.near_end import is_little_left
from grants.policy.quota import Use
from grants.policy.said import check_said
from grants.policy.scopes import SessionScope
from grants.policy.sentence import describe_seconds
from grants.policy.signers import Signature, still_missing
from grants.policy.snapshot import Snapshot, from_canonical
from grants.policy.streak import row_before
from grants.policy.template.value import WHO_ASKS
from grants.policy.ticket import TICKET_LENGTH
from grants.values import QUARTER, FederationRequest, federated_name

ADMINS_MIN: Final = 2
CONTRACTORS, SPONSORS = WHO_ASKS
APPROVAL_LIFE: Final = timedelta(hours=72)
START_GRACE: Final = timedelta(hours=24)
BOOKED_AHEAD: Final = timedelta(days=90)
CLAIM_LIFE: Final = timedelta(minutes=15)  # as long as the cookie of who passed the check
CODE_LIFE: Final = timedelta(seconds=20)  # and the clock comes every 10: at rest for 30 at most
REQUEST_LIFE: Final = timedelta(days=7)
LAST_ATTEMPT: Final = 999
LEASE: Final = timedelta(seconds=75)
ATTEMPTS_MAX: Final = 6
ISSUES_MAX: Final = 3
BACKOFF: Final = (
    timedelta(seconds=2),
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
READ_EVERY: Final = timedelta(minutes=5)
POLICY_FRESH: Final = 3 * READ_EVERY
READING_WAIT: Final = timedelta(seconds=20)
ISSUE_BACKOFF: Final = (timedelta(seconds=10), timedelta(minutes=5))
DENY_MARGIN: Final = timedelta(minutes=15)


def check_state(grant: Grant, event: str) -> None:
    """The event is possible from the grant's state."""
    if move_for(event, State(grant.state)) is None:
        raise WrongStateError(f"{event} from {grant.state}")


def check_undecided(grant: Grant) -> None:
    """Nobody has had the last word yet."""
    if grant.state != State.REQUESTED:
        raise WrongStateError(f"undecided, but {grant.state}")


def check_alike(grants: Collection[Grant]) -> None:
    """Only requests of one version of one template are approved together: that is what was read."""
    if len({grant.template_version_id for grant in grants}) > 1:
        raise FieldError("item", "These are of different templates. Choose one template in the queue, then tick again.")


def check_snapshot_hash(grant: Grant, snapshot_hash: str) -> None:
    """What the approver read is what the grant says."""
    if snapshot_hash != grant.snapshot_hash:
        raise StaleSnapshotError


def check_seconds(version: TemplateVersion, seconds: int) -> None:
    """Quarter hours within the template's bounds."""
    if seconds % QUARTER or not version.min_seconds <= seconds <= version.max_seconds:
        low, high = describe_seconds(version.min_seconds), describe_seconds(version.max_seconds)
        raise FieldError("hours", f"Choose between {low} and {high}, in quarter hours.")


def check_in_a_row(
    version: TemplateVersion, spans: Iterable[tuple[datetime, datetime]], start: datetime, seconds: int
) -> None:
    """No longer without a break than the template lets one person have it, extensions included."""
    most = version.consecutive_seconds
    if most and (had := row_before(spans, start)) + timedelta(seconds=seconds) > timedelta(seconds=most):
        already = describe_seconds(int(had.total_seconds()) // QUARTER * QUARTER) or "less than a quarter hour"
        raise FieldError(
            "hours",
            f"This is given for {describe_seconds(most)} in a row at most, of which {already} are taken. "
            "Ask for less, or again after a break of eight hours.",
        )


def check_who_asks(version: TemplateVersion, *, is_sponsor: bool) -> None:
    """Contractors for themselves, sponsors on their behalf, or both."""
    if (SPONSORS if is_sponsor else CONTRACTORS) not in version.who_asks:
        other = "the contractor has to ask for it themselves" if is_sponsor else "your sponsor has to ask for it"
        raise FieldError("template", f"This is not asked for like this: {other}.")


def check_ticket(version: TemplateVersion, ticket: str) -> None:
    """Of a bearable length, and the whole of it matches the template's pattern, where it has one."""
    if len(ticket) > TICKET_LENGTH:
        raise FieldError("ticket", f"Give the ticket in at most {TICKET_LENGTH} characters.")
    if version.ticket_pattern and not re.fullmatch(version.ticket_pattern, ticket, re.ASCII):
        raise FieldError("ticket", f"Give the ticket in this form: {version.ticket_hint or version.ticket_pattern}.")


def check_start(version: TemplateVersion, starts_at: datetime | None, now: datetime) -> None:
    """None is at once; else a quarter hour that is to come, within three months. Some templates want it booked."""
    if starts_at is None:
        if version.mint == Mint.AT_START:
            raise FieldError("start", "Choose the day and time at which it begins.")
        return
    if starts_at.second or starts_at.microsecond or starts_at.minute % 15:
        raise FieldError("start", "Choose a full quarter of an hour, such as 9:00 or 9:15.")
    if starts_at <= now:
        raise FieldError("start", "This time is over. Choose a later one, or “as soon as it is approved”.")
    if starts_at > now + BOOKED_AHEAD:
        raise FieldError("start", f"Choose a time within the next {BOOKED_AHEAD.days} days.")


def start_of(grant: Grant, now: datetime) -> datetime:
    """When it begins: at the booked start, or now."""
    return max(now, grant.starts_at or now)


def start_signed(snapshot: Snapshot) -> datetime | None:
    """The booked start that was signed."""
    return datetime.fromisoformat(snapshot.starts_at) if snapshot.starts_at else None


def approval_ends(grant: Grant, now: datetime) -> datetime:
    """Until when a signature of now stands: for three days, or a day after the booked start; in a window to its end."""
    ends = now + APPROVAL_LIFE if grant.starts_at is None else start_of(grant, now) + START_GRACE
    return min(ends, grant.window.ends_at) if grant.window else ends


def check_folder(version: TemplateVersion, folder: str) -> None:
    """The whole of it matches the template's pattern; without one there is none to name."""
    wanted = version.folder_hint or version.folder_pattern
    if version.folder_pattern and not re.fullmatch(version.folder_pattern, folder, re.ASCII):
        raise FieldError("folder", f"Name the folder in this form: {wanted}.")
    if folder and not version.folder_pattern:
        raise FieldError("folder", "This access has no folder to name.")


def check_reason(reason: str) -> None:
    """A reason that says something: ten characters at least, no control characters."""
    check_said(reason, "reason", "Say in at least ten characters what you need the access for.")


def check_contract(vendor: Vendor, seconds: int, now: datetime) -> None:
    """No grant outlives the contract: refused, never silently shortened."""
    if not vendor.is_active or vendor.contract_ends_at < now + timedelta(seconds=seconds):
        raise VendorClosedError


def check_room(uses: Iterable[Use]) -> None:
    """Every limit has room; the first that has none says so at its field."""
    for use in uses:
        if not use.fits:
            raise FieldError(use.field, use.sentence)


def check_vendor_open(vendor: Vendor, now: datetime) -> None:
    """The vendor is active and under contract."""
    if not vendor.is_active or vendor.contract_ends_at <= now:
        raise FieldError("vendor", "This vendor is closed, or its contract has ended.")


def check_new_address(typed: str) -> str:
    """The canonical address, if it is one and its mailbox has no account yet, under whatever spelling."""
    address = canonical_address(typed)
    if address is None:
        raise FieldError("email", "Give an address such as carol@acme.example, in plain letters.")
    name, _, domain = mailbox_of(address).partition("@")
    same_mailbox = rf"^{re.escape(name)}(\+[^@]*)?@{re.escape(domain)}$"
    if User.objects.filter(email__regex=same_mailbox).exists():
        raise FieldError("email", "This mailbox has an account already. One person has one account.")
    return address


def check_not_invited(address: str) -> None:
    """No open invitation for this address."""
    if Invitation.objects.filter(OPEN_INVITATION, email=address).exists():
        raise FieldError("email", "This address has an open invitation already.")


def check_admins_left(loses: User) -> None:
    """Without ``loses``, two template admins are left; the rows are locked, so that two losses do not cross."""
    admins = User.objects.select_for_update(of=("self",)).filter(
        is_active=True, is_staff=True, groups__name=TEMPLATE_ADMINS
    )
    persons = {user.person for user in admins}
    if loses.person in persons and len(persons) - 1 < ADMINS_MIN:
        raise LastAdminsError


def check_snapshot_is_of(grant: Grant, snapshot: Snapshot) -> None:
    """A signed snapshot put into another grant, or sent to somebody else, would be minted a second time."""
    signed = (snapshot.reference, snapshot.recipient, snapshot.recipient_person, snapshot.seconds)
    if signed != (grant.reference, grant.recipient.email, str(grant.recipient_person), grant.seconds):
        raise StaleSnapshotError("the snapshot of another grant")


def check_issuer_unchanged(snapshot: Snapshot, issuer: Issuer) -> None:
    """The issuer on record is, by value, the one that was approved."""
    if not issuer.is_active or issuer.ref != snapshot.issuer:
        raise IssuerChangedError


def check_managed_unchanged(issuer: Issuer, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Each managed policy, as (ARN, digest), is still allowed for the issuer and says what it said when it was signed.

    PolicyUnreadError, which may be tried again, when nobody has read one of them lately.
    """
    allowed = {row.arn: row for row in IssuerPolicy.objects.filter(ALLOWED, issuer=issuer)}
    for arn, digest in pairs:
        row = allowed.get(arn)
        if row is None or (row.read_at is not None and row.digest != digest):
            raise PolicyChangedError(arn)
        if row.read_at is None or row.read_at < now - POLICY_FRESH:
            raise PolicyUnreadError(arn)


def check_managed_allowed(issuer: Issuer, pairs: Iterable[tuple[str, str]], *, field: str = "policies") -> None:
    """Each managed policy, as (ARN, digest), is on the issuer's list, with the document as it was last read."""
    allowed = dict(IssuerPolicy.objects.filter(ALLOWED, issuer=issuer).values_list("arn", "digest"))
    for arn, digest in pairs:
        if not allowed.get(arn):
            raise FieldError(field, f"{arn} is not on the issuer's list of managed policies, or not read yet.")
        if allowed[arn] != digest:
            raise FieldError(field, f"{arn} has changed since you chose it. Read it again, then choose it anew.")


def check_issuer_seconds(issuer: Issuer, seconds: int, *, field: str = "max_seconds") -> None:
    """No template promises more than AWS gives for its issuer's kind: 12 hours of a role, one of a chained role."""
    durations.check_seconds(durations.operation_of(issuer.ref), seconds, field=field)


def check_approvals(grant: Grant, now: datetime) -> None:
    """Unexpired approvals of this snapshot by enough different, active persons: of every group as many as must sign."""
    check_signatures(grant, signatures_of(grant, now))


def holding_approvals(grant: Grant, now: datetime) -> "QuerySet[Decision]":
    """Approvals of the grant's present snapshot that still hold, of people who were here all the time, oldest first."""
    rows = Decision.objects.filter(grant=grant, snapshot_hash=grant.snapshot_hash, verdict=Verdict.APPROVE)
    return rows.filter(STANDS, valid_until__gt=now, decider__is_active=True).order_by("decided_at")


def signatures_of(grant: Grant, now: datetime) -> list[Signature]:
    """The same as (group, person)."""
    return list(holding_approvals(grant, now).values_list("group", "decider_person"))


def check_signatures(grant: Grant, signatures: Iterable[Signature]) -> None:
    """The same over (group, person) of approvals that hold."""
    if still_missing(grant.template_version.signers, signatures):
        raise ApprovalMissingError


def check_takes(snapshot: Snapshot) -> None:
    """AWS would take the call that this leads to; GetSessionToken takes nothing that could be wrong.

    A role's limits are those of GetFederationToken or wider, but for its hours, which its template cannot exceed.
    """
    if isinstance(snapshot.scope, SessionScope):
        return
    check_federation_request(
        FederationRequest(
            name=federated_name(snapshot.reference, LAST_ATTEMPT),
            policy=snapshot.policy,
            policy_arns=snapshot.policy_arns,
            tags=snapshot.tags,
            seconds=snapshot.seconds,
        )
    )


def may_renew(grant: Grant, maybe_minted: int, now: datetime) -> bool:
    """Whether a fresh issue, instead of one of which little is left, is covered by the approval.

    Not of a user whose sessions have no name: the one before could not be denied alone.
    """
    stands = grant.approval_until is not None and grant.approval_until > now
    is_named = grant.session_of_id is None
    is_little = is_little_left(grant.ends_at, seconds=grant.seconds, now=now)
    return is_named and stands and maybe_minted < ISSUES_MAX and is_little


def check_can_extend(grant: Grant, *, goes_on: bool, now: datetime) -> None:
    """It runs, and nothing goes on from it yet."""
    if goes_on or grant.state != State.REVEALED or grant.ends_at is None or grant.ends_at <= now:
        raise WrongStateError("not running, or extended already")


def is_retryable(grant: Grant) -> bool:
    """Whether a person may let the worker try again: it failed, and its approval is not used up."""
    return grant.state == State.FAILED and grant.failure_code != IssuesSpentError.code


def check_issues_left(maybe_minted: int) -> None:
    """One approval covers so many sessions that AWS gave or may have given; each earlier one is denied by name."""
    if maybe_minted >= ISSUES_MAX:
        raise IssuesSpentError


def read_snapshot(grant: Grant) -> Snapshot:
    """The grant's snapshot, proved against its hash and its own policy."""
    return from_canonical(grant.snapshot, expected_hash=grant.snapshot_hash)


def backoff(tries: int, *, costs_an_issue: bool = False) -> timedelta:
    """How long to wait after this many tries, with jitter so that a crowd does not come back at once.

    What may have minted costs one of the few issues of an approval, so the next try is left more time.
    """
    waits = ISSUE_BACKOFF if costs_an_issue else BACKOFF
    wait = waits[min(tries, len(waits)) - 1]
    return wait + wait * (secrets.randbelow(26) / 100)
