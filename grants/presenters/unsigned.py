"""What the issue worker makes of a template's approvals that no trusted passkey has signed."""

from dataclasses import dataclass

from grants.flows.templates import Review
from grants.models import TemplateVersion
from grants.policy.scopes import Scope
from grants.policy.sentence import describe_seconds
from grants.policy.unsigned import SHIPPED, reach_of


@dataclass(frozen=True, slots=True)
class UnsignedView:
    """``setting`` is the least by which all of it is minted; ``most``, how much is as Daypass is shipped (``shipped``).

    What the worker of this installation says is in its environment alone: no web process can read it.
    """

    needs_passkey: bool
    setting: str
    shipped: str
    most: str
    is_whole: bool


def unsigned_of_version(version: TemplateVersion) -> UnsignedView:
    """Of what is published."""
    shortest, longest = version.min_seconds, version.max_seconds
    return unsigned_view(version.scope, shortest=shortest, longest=longest, needs_passkey=version.needs_passkey)


def unsigned_of_review(review: Review) -> UnsignedView:
    """Of what somebody writes."""
    fields = review.fields
    return unsigned_view(
        fields.scope, shortest=fields.min_seconds, longest=fields.max_seconds, needs_passkey=fields.needs_passkey
    )


def unsigned_view(scope: Scope, *, shortest: int, longest: int, needs_passkey: bool) -> UnsignedView:
    """``shortest`` and ``longest`` are the template's, in seconds."""
    most = int(min(longest, SHIPPED.hours * 3600)) if SHIPPED.covers(scope, shortest) else 0
    return UnsignedView(
        needs_passkey=needs_passkey,
        setting=f"hours={longest / 3600:g},actions={reach_of(scope)}",
        shipped=f"hours={SHIPPED.hours:g},actions={SHIPPED.actions}",
        most="nothing" if not most else "all of it" if most == longest else f"up to {describe_seconds(most)}",
        is_whole=most == longest,
    )
