"""An operator says whose passkeys the issue worker believes: the web process can read that, and not write it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from grants import audit, queries
from grants.errors import FieldError
from grants.flows.people.letters import tell_changed
from grants.gateways.webauthn import Passkey, passkeys_among
from grants.models import ApproverKey, User


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A passkey somebody has enrolled, and the groups for which its signatures are believed: none at first."""

    passkey: Passkey
    groups: tuple[str, ...]


def passkeys_of(user: User) -> list[Enrolled]:
    """Every passkey of an account, as its owner and an operator compare them."""
    believed = {bytes(key.credential_id): key for key in user.approver_keys.filter(revoked_at=None)}
    return [
        Enrolled(each, tuple(key.groups) if (key := believed.get(each.credential_id)) else ()) for each in _read(user)
    ]


def believe_passkey(*, email: str, fingerprint: str, groups: tuple[str, ...], now: datetime) -> ApproverKey:
    """Believe this passkey's signatures for ``groups``, in place of what it signed for before.

    ``fingerprint`` is what its owner read out: the row that holds it came from the web process. Raises FieldError.
    """
    user = User.objects.filter(email=email.strip().lower(), is_staff=True, is_active=True).first()
    if user is None:
        raise FieldError("email", f"{email} is no open staff account.")
    passkey = next((each for each in _read(user) if each.fingerprint == fingerprint.strip().lower()), None)
    if passkey is None:
        raise FieldError("fingerprint", f"{user.email} has no passkey of this fingerprint. Ask for it once more.")
    if not groups or Group.objects.filter(name__in=groups).count() != len(set(groups)):
        raise FieldError("group", "Name one or more groups that sign.")
    with transaction.atomic():
        ApproverKey.objects.filter(credential_id=passkey.credential_id).delete()
        key = ApproverKey.objects.create(
            user=user,
            person=user.person,
            groups=sorted(set(groups)),
            label=passkey.name[:120],
            fingerprint=passkey.fingerprint,
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            trusted_at=now,
        )
        _record("passkey.believed", key, now)
    return key


def distrust_passkey(*, fingerprint: str, now: datetime) -> ApproverKey:
    """Believe nothing more of it, also not what it has signed and nobody has issued yet. Raises FieldError."""
    typed = fingerprint.strip().lower()
    with transaction.atomic():
        key = ApproverKey.objects.select_for_update().filter(fingerprint=typed, revoked_at=None).first()
        if key is None:
            raise FieldError("fingerprint", "No believed passkey has this fingerprint.")
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _record("passkey.distrusted", key, now)
    return key


def _record(kind: str, key: ApproverKey, now: datetime) -> None:
    audit.record_event(
        kind=kind,
        subject=str(key.user_id),
        actor=audit.OPERATOR,
        facts={"fingerprint": key.fingerprint, "groups": list(key.groups)},
        personal={"email": key.user.email},
    )
    what = "believe" if key.revoked_at is None else "distrust"
    tell_changed(user=key.user, kind=what, now=now, role=key.label, by="an operator")


def _read(user: User) -> list[Passkey]:
    return passkeys_among(queries.registrations_of(user))
