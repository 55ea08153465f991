"""A new issuer, checked in full. Its keys are in the workers' environment, never here."""

from datetime import datetime

from django.db import transaction

from grants import audit
from grants.audit import Actor, Fact
from grants.errors import FieldError
from grants.models import Issuer
from grants.policy.issuers import check_issuer


def register_issuer(*, issuer: Issuer, now: datetime) -> Issuer:
    """By an operator, at once; from the page two template admins do it (ask.py, settle.py). Raises FieldError."""
    del now
    with transaction.atomic():
        return save_new(issuer, actor=audit.OPERATOR)


def save_new(issuer: Issuer, *, actor: Actor, **facts: Fact) -> Issuer:
    """Check and save it, with its audit row, in the caller's transaction."""
    check_fields(issuer)
    issuer.save(force_insert=True)
    audit.record_event(
        kind="issuer.registered", subject=subject_of(issuer), actor=actor, facts={**facts_of(issuer), **facts}
    )
    return issuer


def check_fields(issuer: Issuer) -> None:
    """What AWS takes, and a name that no other issuer has; FieldError at the field."""
    if not issuer.name.strip():
        raise FieldError("name", "Give the issuer a name.")
    if Issuer.objects.exclude(pk=issuer.pk).filter(name=issuer.name).exists():
        raise FieldError("name", "There is an issuer of that name already.")
    check_issuer(issuer.ref, mfa_serial=issuer.mfa_serial, revoker_profile=issuer.revoker_profile)


def subject_of(issuer: Issuer) -> str:
    """What an issuer's audit rows are about."""
    return f"issuer {issuer.account_id}"


def facts_of(issuer: Issuer) -> dict[str, Fact]:
    """An issuer in an audit row: names all of them, no key and no external ID."""
    names = ("name", "kind", "account_id", "partition", "region", "user_arn", "role_arn", "role_id", "mfa_serial")
    return {field: str(getattr(issuer, field)) for field in (*names, "profile", "revoker_profile")}
