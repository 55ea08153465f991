"""Ways to the company's sign-in that are not back yet, kept in the session, each good once and for ten minutes."""

import time
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest

from grants.values import Errand

KEPT: Final = "company_errands"
AT_MOST: Final = 3
SECONDS: Final = 10 * 60


@dataclass(frozen=True, slots=True)
class OpenErrand:
    """``for_user`` is the account that is to be linked, or "" where somebody signs in; ``back`` is where they were."""

    errand: Errand
    for_user: str
    back: str


def keep_errand(request: HttpRequest, errand: Errand, *, for_user: str = "", back: str = "") -> None:
    """Remember it; of several tabs the newest three."""
    kept = {"nonce": errand.nonce, "verifier": errand.verifier, "for": for_user, "back": back, "at": time.time()}
    errands = {**_fresh(request), errand.state: kept}
    request.session[KEPT] = dict(list(errands.items())[-AT_MOST:])


def take_errand(request: HttpRequest, state: str) -> OpenErrand | None:
    """The errand of this very session with that state; it is gone from now on, so no answer is taken twice.

    Saved at once: two requests with one answer at the same moment both read the session before either writes it, and
    then the provider is what refuses the code that was used.
    """
    errands = _fresh(request)
    found = errands.pop(state, None)
    if found is None:
        return None
    request.session[KEPT] = errands
    request.session.save()
    return OpenErrand(Errand(state, found["nonce"], found["verifier"]), found["for"], found["back"])


def _fresh(request: HttpRequest) -> dict[str, Any]:
    oldest = time.time() - SECONDS
    return {state: kept for state, kept in request.session.get(KEPT, {}).items() if kept["at"] > oldest}
