"""Somebody opened a pickup link: a fact for the auditor, and nothing else."""

import hashlib
from datetime import datetime

from django.core.cache import cache
from django.db import transaction

from grants import audit
from grants.errors import PickupError
from grants.links import token_digest
from grants.models import PickupLink
from grants.values import Origin

ONE_A_MINUTE = 60


def open_link(*, token: str, origin: Origin, now: datetime) -> PickupLink:
    """Find the link of a token and note that it was opened, at most once a minute per address. Raises PickupError."""
    link = PickupLink.objects.select_related("grant").filter(token_digest=token_digest(token)).first()
    if link is None:
        raise PickupError
    who = hashlib.sha256(f"{origin.ip}".encode()).hexdigest()[:16]
    if cache.add(f"opened:{link.pk}:{who}", now.isoformat(), ONE_A_MINUTE):
        with transaction.atomic():
            audit.record_event(
                kind="link.opened",
                subject=link.grant.reference,
                actor=audit.RECIPIENT,
                facts={"link": str(link.pk)},
                personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
            )
    return link
