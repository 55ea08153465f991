"""The pickup link: made with the credentials, or before there are any; and what is sealed to it."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from grants import audit, ledger
from grants.gateways import sealing
from grants.links import mint_token, public_key_of, token_digest
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import LIVE_LINK
from grants.models.rows import compare_and_set
from grants.policy.sentence import describe_seconds
from grants.policy.snapshot import Snapshot
from grants.values import AwsCredentials


def offer_link(*, grant: Grant, snapshot: Snapshot, now: datetime) -> None:
    """Mail the link of a grant for which nothing exists yet; it opens no longer than the approval stands."""
    PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)  # an earlier one ran out while AWS waited
    until = min(now + timedelta(seconds=snapshot.link_seconds), grant.approval_until or now)
    link, letter = _make(grant, snapshot, until=until, ends_at=None, now=now)
    ledger.move_grant(
        grant=grant,
        event="grant.offered",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts={"link": str(link.pk)},
        changes={"due_at": None, "failure_code": ""},
        mails=[letter],
        beside=[link],
    )


def make_link(
    *, grant: Grant, snapshot: Snapshot, credentials: AwsCredentials, now: datetime
) -> tuple[PickupLink, ledger.MailOrder]:
    """A link for credentials that exist, which it does not outlive, and the mail with its token; nothing is saved."""
    until = min(now + timedelta(seconds=snapshot.link_seconds), credentials.expiration)
    return _make(grant, snapshot, until=until, ends_at=credentials.expiration, now=now)


def keep_link(link: PickupLink, credentials: AwsCredentials) -> bool:
    """Whether a link whose holder waits still opens; it does not outlive what it opens."""
    live = {"pk": link.pk, "used_at": None, "locked_at": None, "closed_at": None}
    return compare_and_set(PickupLink, live, {"expires_at": min(link.expires_at, credentials.expiration)})


def seal_to(
    link: PickupLink, *, grant: Grant, attempt_id: UUID, credentials: AwsCredentials, now: datetime
) -> SealedCredential:
    """The credentials sealed to the link's public key, not saved yet."""
    plaintext = json.dumps(
        {
            "access_key_id": credentials.access_key_id,
            "secret_access_key": credentials.secret_access_key,
            "session_token": credentials.session_token,
            "expiration": credentials.expiration.isoformat(),
        }
    ).encode()
    box = sealing.seal_for_link(
        plaintext=plaintext, public_key=bytes(link.public_key), info=grant.pk.bytes + attempt_id.bytes
    )
    return SealedCredential(
        attempt_id=attempt_id, grant=grant, link=link, key_id=box.key_id, ciphertext=box.ciphertext, sealed_at=now
    )


def _make(
    grant: Grant, snapshot: Snapshot, *, until: datetime, ends_at: datetime | None, now: datetime
) -> tuple[PickupLink, ledger.MailOrder]:
    token = mint_token()
    link = PickupLink(
        grant=grant,
        token_digest=token_digest(token),
        public_key=public_key_of(token),
        created_at=now,
        expires_at=until,
    )
    letter = ledger.grant_letter(
        "link_ready",
        grant,
        to=grant.recipient.email,
        **({"ends_at": ends_at.isoformat()} if ends_at else {"hours": describe_seconds(snapshot.seconds)}),
        link_expires_at=until.isoformat(),
        check=snapshot.pickup_check,
        secrets=json.dumps({"link": f"{settings.PUBLIC_URL}/pickup/open/{token}/"}).encode(),
    )
    return link, letter
