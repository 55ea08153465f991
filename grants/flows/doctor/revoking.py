"""An issuer as the revoke worker has it: whether a Deny can be written at all, and under which boundary."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from grants import queries
from grants.errors import RevokeError, StsError
from grants.flows.doctor.finding import failed, ok, warned
from grants.flows.doctor.minting import no_profile
from grants.gateways import aws, iam, iam_reader, sts
from grants.models import Issuer
from grants.values import Finding, Principal

KEY_AGE_WARN: Final = timedelta(days=90)
TEMPLATE: Final = "Deploy deploy/iam again for this account"


def examine_revoking(*, issuer: Issuer, must: bool, now: datetime) -> Iterator[Finding]:
    """Reads only, but for one deletion of a policy that does not exist."""
    if not aws.has_profile(profile=issuer.revoker_profile):
        yield no_profile(issuer, issuer.revoker_profile, process="revoke", must=must)
        return
    try:
        sts.get_caller_identity(issuer=replace(issuer.ref, profile=issuer.revoker_profile))
    except StsError as error:
        yield failed(f"{issuer}: the revoker's keys do not work. {error.sentence} ({error.code})", error.way_on)
        return
    yield _reads_deny(issuer)
    yield _writes_deny(issuer)
    try:
        principal = iam_reader.read_principal(issuer=issuer.ref, profile=issuer.revoker_profile)
    except RevokeError as error:
        yield failed(f"{issuer}: the revoker cannot look at it. {error.sentence} ({error.code})", error.way_on)
        return
    yield _boundary(issuer, principal)
    yield from _role(issuer, principal) if issuer.kind == "role" else _keys(issuer, principal, now)


def _reads_deny(issuer: Issuer) -> Finding:
    try:
        held = iam.read_deny(issuer=issuer.ref, revoker_profile=issuer.revoker_profile)
    except RevokeError as error:
        return failed(f"{issuer}: the revoker cannot read the Deny. {error.sentence} ({error.code})", error.way_on)
    return ok(f"{issuer}: the revoker reads the Deny, which holds {len(held)} entries")


def _writes_deny(issuer: Issuer) -> Finding:
    try:
        may = iam_reader.may_write_policies(issuer=issuer.ref, profile=issuer.revoker_profile)
    except RevokeError as error:
        return warned(f"{issuer}: IAM did not say whether the revoker may write ({error.code})", "Run it again.")
    if may:
        return ok(f"{issuer}: the revoker may write the Deny")
    return failed(
        f"{issuer}: the revoker may not write the Deny, so nothing could be revoked",
        f"{TEMPLATE} (revoker.yaml with the issuer's outputs), and see that the issuer has its boundary.",
    )


def _boundary(issuer: Issuer, principal: Principal) -> Finding:
    if principal.boundary_arn:
        return ok(f"{issuer}: has the permissions boundary {principal.boundary_arn}")
    return failed(
        f"{issuer}: has no permissions boundary, so nothing limits what a policy on it may allow",
        f"{TEMPLATE}: the boundary is the maximum that it may ever give.",
    )


def _role(issuer: Issuer, principal: Principal) -> Iterator[Finding]:
    if principal.unique_id != issuer.role_id:
        yield failed(
            f"{issuer}: the role's id is {principal.unique_id}, but the record says {issuer.role_id}: it was made anew",
            "Register it as a new issuer and switch this one off: a Deny by the old id holds nobody.",
        )
    else:
        yield ok(f"{issuer}: the role is the one on record ({issuer.role_id})")
    longest = queries.longest_promise(issuer)
    if longest > principal.seconds_most:
        yield warned(
            f"{issuer}: a template promises {longest} seconds, the role gives {principal.seconds_most}",
            "Raise the role's MaxSessionDuration, or publish the template with fewer hours.",
        )


def _keys(issuer: Issuer, principal: Principal, now: datetime) -> Iterator[Finding]:
    if principal.keys is None:
        yield warned(
            f"{issuer}: the revoker may not list its access keys, so their age is unknown",
            f"{TEMPLATE}: revoker.yaml has had iam:ListAccessKeys since.",
        )
        return
    active = [key for key in principal.keys if key.is_active]
    old = [key for key in active if now - key.created_at > KEY_AGE_WARN]
    ages = ", ".join(f"…{key.ending} {(now - key.created_at).days} days" for key in active) or "none"
    if old or len(active) > 1:
        why = "one is to be deactivated" if len(active) > 1 else "it is to be rotated"
        yield warned(f"{issuer}: active access keys: {ages}; {why}", "docs/issuers.md, Rotating keys.")
    else:
        yield ok(f"{issuer}: active access keys: {ages}")
