"""A process that plays the people: makes grants in bulk through the flows, releases them, and says when it did.

Speaks one JSON object a line; ``tests/bench/rig.py`` holds the other end.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants import dispatch
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.request import Requested, request_grant
from grants.models import Grant, GrantTemplate, OutboxMail, User
from tests.factories import mailed_token, make_minted

FAR: Final = timedelta(days=2)
CHUNK: Final = 50
CAROL: Final = User.objects.get(email="carol@acme.example")
BOB: Final = User.objects.get(email="bob@daypass.example")
TEMPLATE: Final = GrantTemplate.objects.get(slug="acme-drop-read-and-write")


def make(*, kind: str, count: int) -> list[dict[str, Any]]:
    """``count`` grants, each through its flows; nobody is rung and no mail about the way there stays."""
    made: list[dict[str, Any]] = []
    while len(made) < count:
        with transaction.atomic():
            rows = [_make_one(kind, timezone.now()) for _ in range(min(CHUNK, count - len(made)))]
            OutboxMail.objects.filter(grant__in=[row["id"] for row in rows]).delete()
            connection.run_on_commit.clear()
        made += rows
    return made


def _make_one(kind: str, now: datetime) -> dict[str, Any]:
    requested = request_grant(
        by=CAROL, template_id=TEMPLATE.pk, seconds=3600, reason="November's robot logs.", ticket="OPS-42", now=now
    )
    grant = requested.grant
    row = {"id": str(grant.pk), "reference": grant.reference, "hash": grant.snapshot_hash}
    if kind != "requested":
        approve_grant(reference=grant.reference, by=BOB, snapshot_hash=grant.snapshot_hash, now=now)
    if kind == "approved":
        Grant.objects.filter(pk=grant.pk).update(due_at=now + FAR)
    if kind == "issued":
        row |= _issue(requested, now)
    return row


def _issue(requested: Requested, now: datetime) -> dict[str, Any]:
    begun = begin_attempt(grant_id=requested.grant.pk, now=now)
    assert begun
    finish_minted(begun=begun, minted=make_minted(begun.name, expiration=now + timedelta(hours=1)), now=now)
    link = requested.grant.links.get()
    return {"link": str(link.pk), "token": mailed_token(requested.grant), "code": requested.code_plaintext}


def release(*, ids: list[str]) -> float:
    """All of them due at once, and rung; returns when that began, in seconds since 1970."""
    began = time.time()
    Grant.objects.filter(pk__in=ids).update(due_at=timezone.now())
    dispatch.ring(dispatch.ISSUE, [UUID(one) for one in ids])
    return began


def approve(*, reference: str, digest: str) -> float:
    """One approval as the view makes it; returns when it began."""
    began = time.time()
    approve_grant(reference=reference, by=BOB, snapshot_hash=digest, now=timezone.now())
    return began


def queue_queries(*, paths: list[str]) -> int:
    """The most that one of these pages asks the database, its session and its reader included."""
    client = Client()
    client.force_login(BOB)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(BOB.pk)
    session.save()
    return max(_queries_of(client, path) for path in ["/approvals/", *paths])


def _queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path, secure=True, headers={"host": urlsplit(settings.PUBLIC_URL).netloc})
    assert answer.status_code == HTTPStatus.OK, (path, answer.status_code)
    return len(asked)


WORDS: Final[dict[str, Callable[..., object]]] = {
    "make": make,
    "release": release,
    "approve": approve,
    "queue_queries": queue_queries,
}

if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(WORDS[asked.pop("do")](**asked)), flush=True)
