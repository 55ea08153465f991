"""What this portal seals for itself: second factors and sessions, opened with the keys that are here."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, transaction

from grants.flows.doctor import failed, ok, warned
from grants.flows.reseal import look_at_seals
from grants.values import Finding
from portal.seals import sealed_texts


def examine_rest() -> Iterator[Finding]:
    """Opens every second factor and every session that lives, and keeps nothing of them."""
    try:
        with transaction.atomic():
            seen = look_at_seals(texts=sealed_texts())
    except DatabaseError:
        yield warned("SEALING_KEYS: this role may not read second factors and sessions", "Run it in the web process.")
        return
    count = sum(seen.used.values())
    if not seen.broken:
        yield ok(f"SEALING_KEYS: {', '.join(settings.SEALING_KEYS)} open all {count} second factors and sessions")
        return
    yield failed(
        f"SEALING_KEYS: {sum(seen.broken.values())} of {count} second factors and sessions do not open"
        f" (sealed under {', '.join(sorted(seen.broken))})",
        "Put that key back behind the current one, then run manage.py reseal. Lost for good: reset those factors.",
    )
