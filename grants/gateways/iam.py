"""IAM: the Deny on an issuer that ends sessions early, merged with what AWS holds, written, and read back."""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final, TypeVar

from grants.errors import RevokeError
from grants.gateways.aws import forget_clients, iam_client
from grants.gateways.iam_errors import DenyNotConfirmedError, RevokerKeysError, revoke_error_of
from grants.gateways.iam_policies import DenyPolicies
from grants.policy.deny import DenyFullError, check_entries, merge_denied
from grants.policy.deny_room import Held, place
from grants.values import IssuerRef

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

# IAM shows a change to its own readers a little later: how long to wait before each look, in seconds.
_LOOKS: Final = (0.0, 0.2, 0.5, 1.0, 2.0)

T = TypeVar("T")


def write_deny(
    *, issuer: IssuerRef, revoker_profile: str, add: Collection[str], remove: Collection[str]
) -> frozenset[str]:
    """Deny the entries ``add`` (see policy/deny.py) and lift ``remove``; what else AWS holds stays denied.

    The Deny stands on the issuer's user, or on its role when it is a ``role`` issuer.
    Returns the entries that IAM shows denied afterwards. One at a time per issuer: the caller holds a lock. Pass
    everything that must be denied now, not only the newest, because IAM may show a state from before our last write.
    Raises RevokeError, whose ``held`` is what IAM shows denied all the same; somebody else's document under our name
    is left alone (NotOurDenyError).
    """
    for entries in (add, remove):
        check_entries(entries, account_id=issuer.account_id, role_id=issuer.role_id)
    client = _ask(revoker_profile, lambda: iam_client(profile=revoker_profile, region=issuer.region))
    return _DenyWriter(client, issuer, revoker_profile).write(add=add, remove=remove)


def read_deny(*, issuer: IssuerRef, revoker_profile: str) -> frozenset[str]:
    """The entries that IAM shows denied now, from both policies. Raises RevokeError."""
    client = _ask(revoker_profile, lambda: iam_client(profile=revoker_profile, region=issuer.region))
    return _ask(revoker_profile, DenyPolicies(client, issuer).read).entries


class _DenyWriter:
    """One writing of the two policies; every refusal of AWS leaves it as a RevokeError."""

    def __init__(self, client: "IAMClient", issuer: IssuerRef, profile: str) -> None:
        self._policies, self._profile = DenyPolicies(client, issuer), profile

    def write(self, *, add: Collection[str], remove: Collection[str]) -> frozenset[str]:
        held = _ask(self._profile, self._policies.read)
        wanted = merge_denied(held=held.entries, add=add, remove=remove)
        placed, left_out = self._write_inline(held, wanted)
        trouble = self._write_managed(held, placed)
        shown = self._read_back(placed, trouble)
        if trouble is not None or left_out:
            full = DenyFullError(f"no room for {len(left_out)} of {len(wanted)}")
            refusal = trouble or self._policies.foreign or full
            refusal.held = shown
            raise refusal
        return shown

    def _write_inline(self, held: Held, wanted: frozenset[str]) -> tuple[Held, frozenset[str]]:
        """Other inline policies may take the room: then nothing more goes in, and the rest overflows."""
        placed, left_out = place(held=held, wanted=wanted, inline_most=self._policies.inline_most)
        try:
            if placed.inline != held.inline:
                _ask(self._profile, lambda: self._policies.write_inline(placed.inline))
        except DenyFullError:
            placed, left_out = place(held=held, wanted=wanted, inline_most=0)
            shrunk = placed.inline
            if shrunk != held.inline:
                _ask(self._profile, lambda: self._policies.write_inline(shrunk))
        return placed, left_out

    def _write_managed(self, held: Held, placed: Held) -> RevokeError | None:
        """The refusal, returned: what went into the inline policy holds all the same and is to be read back."""
        managed = placed.managed
        if managed is None or managed == held.managed:
            return None
        try:
            _ask(self._profile, lambda: self._policies.write_managed(managed))
        except RevokeError as refusal:
            return refusal
        return None

    def _read_back(self, placed: Held, trouble: RevokeError | None) -> frozenset[str]:
        """Read until IAM shows what was written: a Deny that nobody has seen is a hope."""
        shown = Held(frozenset(), None)
        for pause in _LOOKS:
            time.sleep(pause)
            shown = _ask(self._profile, self._policies.read)
            if shown == placed or (trouble is not None and shown.inline == placed.inline):
                return shown.entries
        missing, extra = placed.entries - shown.entries, shown.entries - placed.entries
        refusal = DenyNotConfirmedError(f"{len(missing)} missing, {len(extra)} too many")
        raise refusal


def _ask(profile: str, call: Callable[[], T]) -> T:
    """The call's result; a refusal is raised outside ``except``, so that botocore's exception does not travel along."""
    try:
        return call()
    except RevokeError:
        raise
    except Exception as error:  # noqa: BLE001 - a revocation that trips must say so and be tried again
        refusal = revoke_error_of(error)
    if isinstance(refusal, RevokerKeysError):
        forget_clients(profile=profile)
    raise refusal
