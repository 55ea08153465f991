"""Everything that this portal seals at rest, to be looked at or sealed anew: second factors and sessions."""

import base64
import binascii
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils import timezone

from grants.flows.reseal import SealedText
from portal import sessions
from portal.accounts import factors

# Where allauth keeps what the adapter sealed: the seed of an app, that of recovery codes, or such codes one by one.
SEALED_FIELDS: Final = ("secret", "seed", "migrated_codes")


def sealed_texts() -> Iterator[SealedText]:
    """One after the other; a row is read when its turn comes."""
    yield from _second_factors()
    yield from _sessions()


def _second_factors() -> Iterator[SealedText]:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    for pk in list(Authenticator.objects.filter(type__in=kinds).order_by("pk").values_list("pk", flat=True)):
        for name in SEALED_FIELDS:
            row = Authenticator.objects.filter(pk=pk).first()
            found = row.data.get(name) if row else None
            for index, text in enumerate(found if isinstance(found, list) else [found] if found else []):
                place = (name, index if isinstance(found, list) else None)
                yield SealedText(factors.PURPOSE, factors.AAD, _bytes(text), partial(_replace_factor, pk, place, text))


def _replace_factor(pk: int, place: tuple[str, int | None], old: str, sealed: bytes) -> bool:
    """Only that value, in the row as it stands now: recovery codes are used up in the same column."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    name, index = place
    if row is None or _at(row.data, name, index) != old:
        return False
    text = base64.b64encode(sealed).decode()
    if index is None:
        row.data[name] = text
    else:
        row.data[name][index] = text
    row.save(update_fields=["data"])
    return True


def _at(data: dict[str, Any], name: str, index: int | None) -> object:
    found = data.get(name)
    if index is None:
        return found
    return found[index] if isinstance(found, list) and index < len(found) else None


def _sessions() -> Iterator[SealedText]:
    living = Session.objects.filter(expire_date__gt=timezone.now())
    for key, text in living.values_list("session_key", "session_data").iterator():
        yield SealedText(sessions.PURPOSE, key.encode(), _bytes(text), partial(_replace_session, key, text))


def _replace_session(key: str, old: str, sealed: bytes) -> bool:
    same = Session.objects.filter(session_key=key, session_data=old)
    return same.update(session_data=base64.b64encode(sealed).decode()) == 1


def _bytes(text: str) -> bytes:
    """What is no base64 is handed on as nothing, which does not open."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
