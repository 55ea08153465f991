"""Whose keys a profile names, against whom the issuer says: a Deny on the one would not hold the other's sessions."""

from typing import Final

from grants.errors import StsError
from grants.gateways import aws, sts
from grants.gateways.sts_errors import AnotherPrincipalError, UnreachableError
from grants.values import Identity, IssuerRef

_ROLE: Final = ":role/"


def check_caller(issuer: IssuerRef) -> None:
    """Ask AWS once for each client, right before its first mint; AnotherPrincipalError, or what STS says instead.

    Nothing is minted by asking, whatever becomes of the answer.
    """
    if aws.is_proved(issuer):
        return
    try:
        identity = sts.get_caller_identity(issuer=issuer)
    except StsError as error:
        if error.may_have_minted:
            raise UnreachableError(f"asking whose keys these are: {error.code}") from None
        raise
    if not is_of_record(identity=identity, issuer=issuer):
        aws.forget_clients(profile=issuer.profile)
        raise AnotherPrincipalError(arn_of_record(identity)[:200])
    aws.note_proved(issuer)


def is_of_record(*, identity: Identity, issuer: IssuerRef) -> bool:
    """Whether these are the keys of the issuer's own user, or of the role that assumes its role."""
    head, role, path = issuer.user_arn.partition(_ROLE)
    return arn_of_record(identity) == (f"{head}{role}{path.rpartition('/')[2]}" if role else issuer.user_arn)


def arn_of_record(identity: Identity) -> str:
    """The IAM ARN behind what STS says: a role's session is its role, whose path STS leaves out."""
    head, _, rest = identity.arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}{_ROLE}{rest.partition('/')[0]}" if rest else identity.arn
