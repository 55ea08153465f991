"""A KMS key by its id alone, where it is in the issuer's own Region and account: nobody types an ARN; pure."""

import re
from typing import Final

from grants.values import IssuerRef

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}", re.ASCII)


def whole_key(given: str, issuer: IssuerRef) -> str:
    """The ARN that the policy names; what is no id stays as it is, and is looked at with the scope."""
    return f"{_beside(issuer)}{given}" if _ID.fullmatch(given) else given


def short_key(given: str, issuer: IssuerRef) -> str:
    """The id, where the rest goes without saying: a file, the editor and a version then say the same."""
    rest = given.removeprefix(_beside(issuer))
    return rest if _ID.fullmatch(rest) else given


def _beside(issuer: IssuerRef) -> str:
    return f"arn:{issuer.partition}:kms:{issuer.region}:{issuer.account_id}:key/"
