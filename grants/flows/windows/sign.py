"""An approver signs a window as it stands; the last signature that is needed opens it."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import WindowMovedError, WindowSignedError
from grants.flows.windows.letters import tell_opened
from grants.models import User, Window, WindowSignature
from grants.models.rows import write_all
from grants.policy.signers import still_missing


def sign_window(*, reference: str, by: User, text_hash: str, now: datetime, assertion: str = "") -> Window:
    """Sign ``text_hash``, with a passkey's signature over it where the template wants one, as for a request.

    Raises WindowMovedError, OwnWindowError, WindowSignedError, SignatureNeededError, SignatureRefusedError.
    """
    permissions.check_approver(by)
    with transaction.atomic():
        window = queries.locked_window(reference)
        permissions.check_approver_can_sign_window(by, window)
        _check_still_as_read(window, text_hash, now)
        group = _group_to_sign_for(window, by)
        ledger.check_assertion(
            by=by, assertion=assertion, signed_hash=window.text_hash, is_needed=window.terms.offer.needs_passkey
        )
        write_all(
            WindowSignature(
                window=window,
                signer=by,
                signer_person=by.person,
                group=group,
                text_hash=window.text_hash,
                assertion=assertion,
                signed_at=now,
            )
        )
        missing = still_missing(dict(window.terms.offer.signers), queries.window_signatures(window))
        if not missing:
            window.opened_at = now
            window.save(update_fields=["opened_at"])
            tell_opened(window=window, by=by, now=now)
        audit.record_event(
            kind="window.signed",
            subject=window.reference,
            actor=audit.actor_of(by),
            facts={"window_hash": window.text_hash, "group": group, "opens": not missing},
        )
    return window


def _check_still_as_read(window: Window, text_hash: str, now: datetime) -> None:
    if window.text_hash != text_hash or window.closed_at or window.opened_at or window.ends_at <= now:
        raise WindowMovedError
    version = window.template_version
    if queries.newer_version_than(version) or version.template.retired_at:
        raise WindowMovedError("another version by now, or none")
    policies.check_contract(window.vendor, 0, now)


def _group_to_sign_for(window: Window, by: User) -> str:
    """Of their groups that still have to sign, the one with the fewest other people who could."""
    signatures = queries.window_signatures(window)
    groups = [name for name in still_missing(dict(window.terms.offer.signers), signatures) if name in by.roles]
    if by.person in set(window.signatures.values_list("signer_person", flat=True)) or not groups:
        raise WindowSignedError
    return min(groups, key=lambda group: (queries.members_of(group), group))
