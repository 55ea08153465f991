"""Pre-approved windows of the tests: bob draws one up for carol and signs it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.reveal import reveal_credentials
from grants.flows.windows import Wanted, draw_up_window, sign_window
from grants.models import Grant, User, Window
from grants.values import Origin, Shown
from tests.factories import HOUR, World, mailed_token, make_minted, make_request


def until(days: int) -> datetime:
    """The last second of a day so many days from now."""
    return datetime.combine(timezone.now().date() + timedelta(days=days), time(23, 59, 59), tzinfo=UTC)


def draw_up(world: World, *, by: User | None = None, **changes: Any) -> Window:
    """Unsigned: for carol, two hours at most, three times, ten days."""
    wanted: dict[str, Any] = {
        "template": world.template.slug,
        "vendor": world.vendor.slug,
        "recipients": (world.carol.pk,),
        "seconds_max": 2 * HOUR,
        "grants_max": 3,
        "ends_at": until(10),
        "reason": "The robots deliver their logs every night.",
        **changes,
    }
    return draw_up_window(wanted=Wanted(**wanted), by=by or world.bob, now=timezone.now())


def sign(window: Window, by: User, assertion: str = "") -> Window:
    """As it stands."""
    return sign_window(
        reference=window.reference, by=by, text_hash=window.text_hash, now=timezone.now(), assertion=assertion
    )


def open_window(world: World, **changes: Any) -> Window:
    """Drawn up and signed by bob, who is enough."""
    return sign(draw_up(world, **changes), world.bob)


def make_revealed_under(world: World) -> Grant:
    """Carol asks for what fits, and picks it up."""
    requested, now = make_request(world), timezone.now()
    begun = begin_attempt(grant_id=requested.grant.pk, now=now)
    assert begun
    finish_minted(
        begun=begun, minted=make_minted(begun.name, expiration=now + timedelta(seconds=begun.seconds)), now=now
    )
    reveal_credentials(
        link_id=requested.grant.links.get().pk,
        token=mailed_token(requested.grant),
        shown=Shown(code=str(requested.code_plaintext)),
        origin=Origin(None, ""),
        now=now,
    )
    requested.grant.refresh_from_db()
    return requested.grant
