"""Whether what rests sealed can still be opened with the keys that this process has."""

from collections.abc import Collection, Iterator
from typing import Final

from grants.errors import SealError
from grants.flows.doctor.finding import failed, ok
from grants.gateways import sealing
from grants.models import OutboxMail, SealedCredential, Webhook
from grants.models.outbox import MailState
from grants.values import Finding

CANARY: Final = b"the doctor was here"


def examine_sealed_rows(*, key_ids: Collection[str]) -> Iterator[Finding]:
    """Credentials that wait to be picked up, by the id of their key; they need the link as well, so none is opened."""
    waiting = SealedCredential.objects.exclude(ciphertext=None).order_by("key_id")
    used = set(waiting.values_list("key_id", flat=True).distinct())
    yield missing_or_ok("SEALING_KEYS", "sealed credentials", used, key_ids)


def examine_mail_key(*, key_ids: Collection[str]) -> Iterator[Finding]:
    """A round trip through both halves of the pair, the mails that wait, and the webhooks."""
    if _opens_what_is_sealed():
        yield ok("MAIL_SEALING_KEYS: opens what is sealed to MAIL_SEALING_PUBLIC_KEY")
    else:
        yield failed(
            "MAIL_SEALING_KEYS: does not open what is sealed to MAIL_SEALING_PUBLIC_KEY, so no link would be mailed",
            "They must be one pair under one id, the private half among the keys; runbook, Rotate.",
        )
    waiting = OutboxMail.objects.filter(state=MailState.QUEUED).exclude(sealed=None)
    used = set(waiting.values_list("sealed_key_id", flat=True))
    yield missing_or_ok("MAIL_SEALING_KEYS", "waiting mails", used, key_ids)
    hooks = set(Webhook.objects.filter(stopped_at=None).values_list("sealed_key_id", flat=True))
    yield missing_or_ok("MAIL_SEALING_KEYS", "the webhooks' secrets", hooks, key_ids)


def _opens_what_is_sealed() -> bool:
    try:
        box = sealing.seal_for_mail(plaintext=CANARY, info=b"doctor")
        return sealing.open_for_mail(box=box, info=b"doctor") == CANARY
    except SealError:
        return False


def missing_or_ok(setting: str, what: str, used: set[str], known: Collection[str]) -> Finding:
    """Which ids are in use and not there."""
    if missing := sorted(used - set(known)):
        return failed(
            f"{setting}: lacks {', '.join(missing)}, under which {what} rest",
            f"Put the key back into {setting}, after the current one; nothing is lost until then.",
        )
    return ok(f"{setting}: has every key under which {what} rest ({', '.join(sorted(used)) or 'none rest now'})")
