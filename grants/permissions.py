"""WHO may: each check raises and returns nothing; templates ask through ``allowed``."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from grants.errors import (
    AlreadyReviewedError,
    AlreadySignedError,
    FourEyesError,
    GrantError,
    NotAllowedError,
    NotEligibleError,
    NotFoundError,
    OwnGrantError,
    OwnWindowError,
    RecipientNotReadyError,
    SignInNeededError,
    TermsNotAcceptedError,
    WaitingError,
    WrongStateError,
)
from grants.models import (
    Decision,
    EmergencyReview,
    Grant,
    GrantTemplate,
    IssuerProposal,
    PersonChange,
    TermsAcceptance,
    User,
    Vendor,
    Window,
)
from grants.models.decision import STANDS, Verdict
from grants.models.person import AUDITORS, NOBODY, TEMPLATE_ADMINS
from grants.policy.signers import ON_CALL, Signature, still_missing
from grants.values import PROOF_SECONDS, Shown


def allowed(check: Callable[..., None], *args: Any) -> bool:
    """Whether ``check`` would let it pass."""
    try:
        check(*args)
    except GrantError:
        return False
    return True


def check_active(by: User) -> None:
    """The account is active; a contractor's vendor is too."""
    if not by.is_active or (by.vendor is not None and not by.vendor.is_active):
        raise NotAllowedError


def check_contractor(by: User) -> None:
    """May ask for access for themselves."""
    check_contractor_account(by)
    if by.waiting_since is not None:
        raise WaitingError


def check_contractor_account(by: User) -> None:
    """Works for a vendor, let in or not."""
    check_active(by)
    if not by.is_contractor:
        raise NotAllowedError


def check_terms_accepted(by: User) -> None:
    """Whoever works for a vendor with terms has accepted the wording in force."""
    terms = by.vendor.terms_id if by.vendor else None
    if terms and not TermsAcceptance.objects.filter(terms_id=terms, user=by).exists():
        raise TermsNotAcceptedError


def check_may_request(by: User, template: GrantTemplate) -> None:
    """The template is open to this person's vendor; a foreign one looks like none."""
    check_contractor(by)
    check_terms_accepted(by)
    if by.vendor_id is None or not template.vendors.filter(pk=by.vendor_id).exists():
        raise NotFoundError


def check_may_request_for(by: User, recipient: User) -> None:
    """For themselves, or as a sponsor for a contractor of their vendor; somebody else's contractor looks like none."""
    if by == recipient:
        return
    check_staff(by)
    if recipient.vendor is None or not recipient.vendor.sponsors.filter(pk=by.pk).exists():
        raise NotFoundError
    if not allowed(check_terms_accepted, recipient):
        raise RecipientNotReadyError


def check_sponsor(by: User) -> None:
    """A member of staff who answers for a vendor's people."""
    check_staff(by)
    if not by.sponsored_vendors.exists():
        raise NotAllowedError


def check_is_requester(by: User, grant: Grant) -> None:
    """Sees and withdraws their own; a foreign one looks like none."""
    check_active(by)
    if by.pk not in (grant.requester_id, grant.recipient_id):
        raise NotFoundError


def check_approver(by: User) -> None:
    """Staff in the approvers' group, or in any group that a template names, see the queue."""
    check_staff(by)
    if not by.roles - {AUDITORS, TEMPLATE_ADMINS}:
        raise NotAllowedError


def check_approver_can_decide(by: User, grant: Grant) -> None:
    """In one of the groups that sign, and none of requester, recipient or inviter: separation of duties."""
    check_approver(by)
    if not by.roles & set(grant.template_version.approver_groups):
        raise NotFoundError
    if by.person in persons_bound_to(grant):
        raise OwnGrantError


def check_approver_can_sign_window(by: User, window: Window) -> None:
    """In one of the groups that sign, and none of those whom it is for or who invited them: separation of duties."""
    check_may_close_window(by, window)
    if by.person in window.terms.bound:
        raise OwnWindowError


def check_may_close_window(by: User, window: Window) -> None:
    """Whoever may sign for its template."""
    check_approver(by)
    if not by.roles & set(window.template_version.approver_groups):
        raise NotFoundError


def check_has_not_signed(by: User, grant: Grant) -> None:
    """Signatures count persons, not accounts."""
    signed = Decision.objects.filter(STANDS, grant=grant, snapshot_hash=grant.snapshot_hash, decider_person=by.person)
    if signed.exists():
        raise AlreadySignedError


def check_on_call(by: User) -> None:
    """May approve alone, in an emergency."""
    check_staff(by)
    if ON_CALL not in by.roles:
        raise NotAllowedError


def check_not_bound(by: User, grant: Grant) -> None:
    """Not even in an emergency does anybody approve what they asked for, receive, or invited somebody to receive."""
    if by.person in persons_bound_to(grant):
        raise OwnGrantError


def check_reviewer(by: User) -> None:
    """Template admins and auditors look at what was approved alone."""
    check_staff(by)
    if not by.roles & {TEMPLATE_ADMINS, AUDITORS}:
        raise NotAllowedError


def check_reviews(by: User, decision: Decision) -> None:
    """Somebody else than who approved it, and nobody before them."""
    check_reviewer(by)
    if by.person == decision.decider_person:
        raise FourEyesError
    if EmergencyReview.objects.filter(decision=decision).exists():
        raise AlreadyReviewedError


def open_groups(by: User, grant: Grant, signatures: Iterable[Signature]) -> list[str]:
    """Those of their groups that still have to sign, given (group, person) of the approvals that hold."""
    return [group for group in still_missing(grant.template_version.signers, signatures) if group in by.roles]


def check_may_revoke(by: User, grant: Grant) -> None:
    """Whoever may approve this may revoke it, alone or with others, their own included: taking away is always safe."""
    check_approver(by)
    if not by.roles & {ON_CALL, *grant.template_version.approver_groups}:
        raise NotFoundError


def check_may_type_code(by: User, grant: Grant) -> None:
    """Whoever signed, or one of the template's custodians; never who asked or receives."""
    check_staff(by)
    version = grant.template_version
    signed = Decision.objects.filter(
        STANDS, grant=grant, snapshot_hash=grant.snapshot_hash, verdict=Verdict.APPROVE, decider_person=by.person
    )
    is_custodian = bool(version.custodian_group) and version.custodian_group in by.roles
    if by.person in {grant.requester_person, grant.recipient_person} or not (is_custodian or signed.exists()):
        raise NotFoundError


def check_may_tell_code(by: User, grant: Grant) -> None:
    """Whoever may sign for this template, or answers for the vendor; never who receives."""
    check_staff(by)
    signs = bool(by.roles & set(grant.template_version.approver_groups))
    sponsors = grant.vendor.sponsors.filter(pk=by.pk).exists()
    if by.person == grant.recipient_person or not (signs or sponsors):
        raise NotFoundError


def check_signed_in(grant: Grant, shown: Shown, *, with_factor: bool) -> None:
    """The recipient is signed in; ``with_factor``: and has shown a passkey or TOTP of the last five minutes."""
    if shown.user_id != grant.recipient_id:
        raise SignInNeededError("signed in" if shown.user_id is None else "signed in as somebody else")
    fresh = shown.proof is not None and shown.proof.age_seconds < PROOF_SECONDS
    if with_factor and not fresh:
        raise SignInNeededError("no fresh second factor")


def check_template_admin(by: User) -> None:
    """Drafts and publishes templates."""
    check_staff(by)
    if TEMPLATE_ADMINS not in by.roles:
        raise NotAllowedError


def check_may_invite(by: User, vendor: Vendor) -> None:
    """The vendor's sponsors and the template admins answer for its people."""
    check_staff(by)
    if TEMPLATE_ADMINS not in by.roles and not vendor.sponsors.filter(pk=by.pk).exists():
        raise NotAllowedError


def check_may_receive(grant: Grant, now: datetime) -> None:
    """Whom it is for may have it as things are: open account, open vendor, a contract that runs, its terms accepted."""
    reasons = {
        "account": not grant.recipient.is_active,
        "vendor": not grant.vendor.is_active,
        "contract": grant.vendor.contract_ends_at <= now,
        "terms": not allowed(check_terms_accepted, grant.recipient),
    }
    if why := next((why for why, is_so in reasons.items() if is_so), None):
        raise NotEligibleError(why)


def check_sees_vendor(by: User, vendor: Vendor) -> None:
    """Whoever answers for its people reads its page; a foreign one looks like none."""
    if not allowed(check_may_invite, by, vendor):
        raise NotFoundError


def check_sees_people(by: User) -> None:
    """A template admin, or a sponsor of any vendor."""
    check_staff(by)
    if TEMPLATE_ADMINS not in by.roles and not by.sponsored_vendors.exists():
        raise NotAllowedError


def check_may_freeze(by: User) -> None:
    """Every approver and every template admin: taking away is always safe."""
    if not allowed(check_approver, by):
        check_template_admin(by)


def check_is_somebody_else(by: User, subject: User) -> None:
    """Nobody gives themselves a role, or changes their own account by these means."""
    if by.person == subject.person:
        raise FourEyesError


def check_may_confirm_issuer(by: User, proposal: IssuerProposal) -> None:
    """Somebody else than whoever proposed it."""
    check_template_admin(by)
    if by.person == proposal.asked_by_person:
        raise FourEyesError


def check_still_here(asker: User) -> None:
    """Of four eyes two are the asker's: what somebody wanted who was frozen since, or left, is nobody's wish."""
    if not asker.is_active:
        raise WrongStateError("whoever asked was frozen, or has left")


def check_may_confirm(by: User, change: PersonChange) -> None:
    """A third person: neither who asked nor whom it is about."""
    if by.person in {change.asked_by_person, change.subject_person}:
        raise FourEyesError


def check_auditor(by: User) -> None:
    """Reads everything, changes nothing."""
    check_staff(by)
    if AUDITORS not in by.roles:
        raise NotAllowedError


def persons_bound_to(grant: Grant) -> set[UUID]:
    """The persons who never decide on this grant."""
    return {grant.requester_person, grant.recipient_person, grant.inviter_person} - {NOBODY}


def check_staff(by: User) -> None:
    """Works here, whatever the roles."""
    check_active(by)
    if not by.is_staff:
        raise NotAllowedError
