"""IAM: the Deny on an issuer that ends sessions early, merged with what AWS holds, written, and read back."""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import ClientError

from grants.errors import RevokeError
from grants.gateways.aws import forget_clients, iam_client
from grants.gateways.iam_errors import DenyNotConfirmedError, RevokerKeysError, revoke_error_of
from grants.policy.deny import POLICY_NAME, check_userids, denied_in, deny_document, merge_denied
from grants.values import IssuerRef

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

# IAM shows a change to its own readers a little later: how long to wait before each look, in seconds.
_LOOKS: Final = (0.0, 0.2, 0.5, 1.0, 2.0)

T = TypeVar("T")


def write_deny(
    *, issuer: IssuerRef, revoker_profile: str, add: Collection[str], remove: Collection[str]
) -> frozenset[str]:
    """Deny the sessions ``add`` (``ACCOUNT:federated name``) and lift ``remove``; what else AWS holds stays denied.

    Returns the userids that IAM shows denied afterwards. One at a time per issuer: the caller holds a lock. Pass every
    session that must be denied now, not only the newest, because IAM may show a state from before our last write.
    Raises RevokeError; somebody else's document under our name is left alone (NotOurDenyError).
    """
    check_userids(add, account_id=issuer.account_id)
    check_userids(remove, account_id=issuer.account_id)
    user = issuer.user_arn.rpartition("/")[2]
    client = _ask(revoker_profile, lambda: iam_client(profile=revoker_profile, region=issuer.region))
    held = _ask(revoker_profile, lambda: _held(client, user))
    wanted = merge_denied(held=held, add=add, remove=remove)
    if wanted == held:
        return held
    _ask(revoker_profile, lambda: _write(client, user, wanted))
    return _confirm(lambda: _ask(revoker_profile, lambda: _held(client, user)), wanted)


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


def _held(client: "IAMClient", user: str) -> frozenset[str]:
    """Who is denied now, from AWS's own mouth; no policy of that name is nobody."""
    try:
        answer = client.get_user_policy(UserName=user, PolicyName=POLICY_NAME)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchEntity":
            raise
        return frozenset()
    return denied_in(answer.get("PolicyDocument"))


def _write(client: "IAMClient", user: str, wanted: frozenset[str]) -> None:
    if wanted:
        client.put_user_policy(UserName=user, PolicyName=POLICY_NAME, PolicyDocument=deny_document(wanted))
    else:
        client.delete_user_policy(UserName=user, PolicyName=POLICY_NAME)


def _confirm(look: Callable[[], frozenset[str]], wanted: frozenset[str]) -> frozenset[str]:
    """Read back until IAM shows what was written: a Deny that nobody has seen is a hope."""
    shown: frozenset[str] = frozenset()
    for pause in _LOOKS:
        time.sleep(pause)
        shown = look()
        if shown == wanted:
            return shown
    raise DenyNotConfirmedError(f"{len(wanted - shown)} missing, {len(shown - wanted)} too many")
