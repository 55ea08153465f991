"""An issuer as the issue worker has it: its keys, its clock, what they may do, and a dry run that proves it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from grants.errors import RevokeError, StsError
from grants.flows.doctor.dry_run import dry_run
from grants.flows.doctor.finding import failed, ok, warned
from grants.gateways import aws, caller, iam_reader, s3, sts
from grants.models import Issuer
from grants.values import Finding, Identity

SKEW_WARN: Final = 60
SKEW_FAIL: Final = 240  # AWS refuses signatures from five minutes on


def examine_minting(
    *, issuer: Issuer, must: bool, where: tuple[str, str], clock: Callable[[], datetime]
) -> Iterator[Finding]:
    """Stops at the first thing without which the rest cannot be looked at."""
    if not aws.has_profile(profile=issuer.profile):
        yield no_profile(issuer, issuer.profile, process="issue", must=must)
        return
    try:
        identity = sts.get_caller_identity(issuer=issuer.ref)
    except StsError as error:
        yield failed(f"{issuer}: {error.sentence} ({error.code})", error.way_on)
        return
    yield _identity(issuer, identity)
    yield _clock(issuer, identity.clock_ahead)
    yield _no_iam(issuer)
    yield _raw_keys(issuer, where)
    yield from dry_run(issuer=issuer, where=where, clock=clock)


def no_profile(issuer: Issuer, profile: str, *, process: str, must: bool) -> Finding:
    """The keys are not here: a failure in the process that needs them, elsewhere a hint where to ask."""
    what = f"{issuer}: no profile {profile} in this process's AWS files"
    if must:
        return failed(what, f"Put the keys under [{profile}] into the {process} worker's AWS_SHARED_CREDENTIALS_FILE.")
    return warned(
        f"{what}, so it cannot be looked at from here", f"Run the doctor with DAYPASS_PROCESS={process} and its files."
    )


def _identity(issuer: Issuer, identity: Identity) -> Finding:
    if caller.is_of_record(identity=identity, issuer=issuer.ref):
        return ok(f"{issuer}: its keys are those of {issuer.user_arn}, and STS answers in {issuer.region}")
    said = caller.arn_of_record(identity)
    return failed(
        f"{issuer}: the keys of profile {issuer.profile} are those of {said}, but the record says {issuer.user_arn}",
        "Put the right keys under the profile, or name the right profile: manage.py issuer_profiles.",
    )


def _clock(issuer: Issuer, ahead: int | None) -> Finding:
    if ahead is None:
        return warned(f"{issuer}: AWS's answer had no Date, so the clocks cannot be compared", "Look at NTP by hand.")
    if abs(ahead) < SKEW_WARN:
        return ok(f"{issuer}: this clock and AWS's differ by less than a minute")
    words = f"{issuer}: this clock is {ahead:+d} seconds off AWS's"
    mend = "Set the clock by NTP (timedatectl set-ntp true): AWS refuses what is signed five minutes off."
    return (failed if abs(ahead) >= SKEW_FAIL else warned)(words, mend)


def _no_iam(issuer: Issuer) -> Finding:
    """An issuer that may write policies on itself can lift every Deny, and allow itself everything."""
    try:
        may = iam_reader.may_write_policies(issuer=issuer.ref, profile=issuer.profile)
    except RevokeError as error:
        return warned(f"{issuer}: IAM did not say whether its keys may write policies ({error.code})", "Run it again.")
    if may:
        return failed(
            f"{issuer}: its own keys may write IAM policies, so whoever has them can lift every Deny",
            "Take every iam: permission from it. deploy/iam has what it needs: STS alone.",
        )
    return ok(f"{issuer}: its keys may not write IAM policies")


def _raw_keys(issuer: Issuer, where: tuple[str, str]) -> Finding:
    bucket, prefix = where
    if not bucket:
        return nowhere_to_look(issuer)
    answer = s3.try_listing(bucket=bucket, prefix=prefix, region=issuer.region, profile=issuer.profile)
    if answer in s3.REFUSED:
        return ok(f"{issuer}: its raw keys read nothing in {bucket}")
    if answer == s3.LISTED:
        return failed(
            f"{issuer}: its raw keys can list {bucket}, so they are worth stealing",
            "Every Allow for data needs the condition on aws:userid, as deploy/iam has it.",
        )
    return warned(
        f"{issuer}: S3 did not say what the raw keys may do in {bucket} ({answer})", "Name a bucket that exists."
    )


def nowhere_to_look(issuer: Issuer) -> Finding:
    """No template and no bucket named: nothing to be refused at."""
    return warned(
        f"{issuer}: no template names a bucket of it, so what its keys may read was not tried",
        "Publish a template, or give --bucket and --prefix.",
    )
