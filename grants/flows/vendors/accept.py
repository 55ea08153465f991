"""A contractor accepts the terms that their vendor's people ask under."""

from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import TermsChangedError
from grants.models import TermsAcceptance, User


def accept_terms(*, by: User, digest: str, now: datetime) -> None:
    """Record that ``by`` accepts the wording of ``digest``, which has to be the one in force. Twice is once."""
    permissions.check_contractor_account(by)
    terms = by.vendor.terms if by.vendor else None
    if terms is None or terms.digest != digest:
        raise TermsChangedError
    with transaction.atomic():
        _, is_new = TermsAcceptance.objects.get_or_create(terms=terms, user=by, defaults={"accepted_at": now})
        if is_new:
            audit.record_event(
                kind="terms.accepted",
                subject=str(by.pk),
                actor=audit.actor_of(by),
                facts={"vendor": terms.vendor.slug, "terms": terms.digest},
            )
