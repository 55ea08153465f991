"""Sessions in PostgreSQL that a reader of the table can neither take over nor read."""

import base64
import hashlib
import json
import time
from datetime import datetime, timedelta
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from grants.errors import SealError
from grants.gateways import sealing

PURPOSE: Final = "session"
BORN: Final = "_born"  # when this sign-in began, in seconds since 1970
TOUCH_SECONDS: Final = 60  # how often use moves the idle limit on; every request would be a write per request


def row_key(cookie: str) -> str:
    """The primary key of the row behind a cookie: 160 bits of its SHA-256, so that a stolen row is no cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions, except that the key is stored hashed and the payload sealed to its row.

    allauth keeps sign-in codes and enrolment seeds in the session, so reading the table must not give them away.
    The seal's associated data is the row's key: a payload moved to another row does not open.
    """

    _ends_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        """The payload, or an empty one when the row is unknown, over its idle or absolute limit, or does not open."""
        row = self.model.objects.filter(session_key=self._row_key(), expire_date__gt=timezone.now()).first()
        payload = self._open(row) if row else None
        self._ends_at = row.expire_date if row else None
        if payload is None or self._is_too_old(payload):
            self._session_key = None
            return {}
        return payload

    def exists(self, session_key: str) -> bool:
        """Whether a row for this cookie value exists."""
        return bool(self.model.objects.filter(session_key=row_key(session_key)).exists())

    def delete(self, session_key: str | None = None) -> None:
        """Remove the row behind this cookie value, or behind this session."""
        if key := session_key or self.session_key:
            self.model.objects.filter(session_key=row_key(key)).delete()

    def is_exchanged(self, cookie: str) -> bool:
        """Whether this session may begin in the place of the one of ``cookie``, which may be over: its row goes.

        One for one: nobody who was never here can fill the table, nor can one old cookie twice.
        """
        return bool(self.model.objects.filter(session_key=row_key(cookie)).delete()[0])

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to save; its end is the idle limit or the absolute one, whichever comes first."""
        data.setdefault(BORN, int(time.time()))
        if not self.session_key:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # Django's own, which its stubs leave out
        key = self._row_key()
        ends_at = timezone.now() + timedelta(seconds=min(self.get_expiry_age(), _seconds_left(data)))
        return self.model(session_key=key, session_data=self._seal(data, key), expire_date=ends_at)

    def cycle_key(self) -> None:
        """A sign-in begins: a new cookie, so that a planted one is worth nothing, and a new absolute limit."""
        self[BORN] = int(time.time())
        super().cycle_key()

    def is_due_for_touch(self, now: datetime) -> bool:
        """Whether the idle limit was last moved on more than a minute ago."""
        idle = timedelta(seconds=self.get_expiry_age() - TOUCH_SECONDS)
        return self._ends_at is not None and self._ends_at < now + idle

    # Django's asynchronous twins know nothing of hashed keys and sealed payloads; these call the methods above.
    aload = SessionBase.aload
    aexists = SessionBase.aexists
    acreate = SessionBase.acreate
    asave = SessionBase.asave
    adelete = SessionBase.adelete

    async def acycle_key(self) -> None:
        """See ``cycle_key``."""
        await sync_to_async(self.cycle_key)()

    def _row_key(self) -> str:
        return row_key(self.session_key or "")

    def _seal(self, data: dict[str, Any], key: str) -> str:
        plaintext = json.dumps(data, separators=(",", ":")).encode()
        return base64.b64encode(sealing.seal_at_rest(plaintext=plaintext, purpose=PURPOSE, aad=key.encode())).decode()

    def _open(self, row: AbstractBaseSession) -> dict[str, Any] | None:
        """None when a key was rotated out or the row was altered: the person signs in again."""
        try:
            sealed = base64.b64decode(row.session_data, validate=True)
            plaintext = sealing.open_at_rest(sealed=sealed, purpose=PURPOSE, aad=row.session_key.encode())
        except (SealError, ValueError):
            return None
        payload: dict[str, Any] = json.loads(plaintext)
        return payload

    @staticmethod
    def _is_too_old(payload: dict[str, Any]) -> bool:
        return _seconds_left(payload) <= 0


def _seconds_left(payload: dict[str, Any]) -> float:
    """Until the absolute limit; a payload without a birthday has none left."""
    return float(payload.get(BORN, 0)) + float(settings.SESSION_ABSOLUTE_AGE) - time.time()
