"""Ends one of many grants, whatever it waits for; each in a transaction of its own, so that a crash loses nothing."""

from datetime import datetime
from typing import Final

from grants import ledger
from grants.audit import Actor
from grants.lifecycle import State
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import LIVE_LINK

EVENTS: Final = {State.REQUESTED: "grant.lapsed"}


def end_locked(*, grant: Grant, actor: Actor, reason: str, now: datetime, denied: list[str]) -> None:
    """Close the links, wipe what is sealed and move the locked grant to its end; its people are told why.

    ``denied`` are the entries by which AWS is told to refuse its sessions; they enter the audit row.
    """
    PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)
    wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
    ledger.move_grant(
        grant=grant,
        event=EVENTS.get(State(grant.state), "grant.revoked"),
        actor=actor,
        now=now,
        facts={"wiped": bool(wiped), "denied": denied},
        personal={"reason": reason},
        changes={"revoke_reason": reason, "due_at": None},
        mails=[ledger.grant_letter("grant_revoked", grant, to=grant.recipient.email, reason=reason)],
    )
