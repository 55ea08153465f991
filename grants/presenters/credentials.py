"""What the credentials page says of what was revealed; the forms that terminals and tools take are its template's."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from grants.policy.scopes import Scope, actions_of, places_of
from grants.templatetags.daypass import iso, when
from grants.values import AwsCredentials, NearExpiry

NEAR: Final = NearExpiry()


@dataclass(frozen=True, slots=True)
class CredentialsView:
    """What the credentials page says, once, as text; what is empty is not said.

    The three secrets hold nothing that a shell, JSON or a profile would read: the gateway takes no others from STS.
    ``near_from``: in seconds since 1970, when little time is left. ``region`` goes by two names: boto3 and the first
    AWS CLI read AWS_DEFAULT_REGION only.
    """

    reference: str
    sentence: str
    ends_at: str
    ends_in_words: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    region: str
    endpoint_url: str
    profile_how: str
    process_how: str
    test_line: str
    test_words: str
    near_minutes: str
    near_from: str

    def words(self) -> dict[str, str]:
        """Everything by name, as its page is printed; this dictionary holds the secrets in the open."""
        return {name: getattr(self, name) for name in self.__slots__}


def show_credentials(
    *,
    credentials: AwsCredentials,
    reference: str,
    sentence: str,
    scope: Scope,
    region: str,
    endpoint_url: str,
) -> CredentialsView:
    """What is said of ``credentials``; ``endpoint_url`` is empty on real AWS."""
    profile = f"daypass-{reference}"
    test_line, test_words = _test_of(scope)
    return CredentialsView(
        reference=reference,
        sentence=sentence,
        ends_at=iso(credentials.expiration),
        ends_in_words=when(credentials.expiration),
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
        region=region,
        endpoint_url=endpoint_url,
        profile_how=f"Append to the file ~/.aws/credentials, then add --profile {profile} to your commands. "
        "Delete the lines when the access has ended.",
        process_how="Save as a file that only you can read, and name it in ~/.aws/config with its whole path, because "
        f"neither ~ nor $HOME is known there: credential_process = cat /home/you/{profile}.json Tools then know the "
        "end, too.",
        test_line=test_line,
        test_words=test_words,
        near_minutes=str(NEAR.buffer // timedelta(minutes=1)),
        near_from=str(int((credentials.expiration - NEAR.buffer).timestamp())),
    )


def _test_of(scope: Scope) -> tuple[str, str]:
    """A command that shows that it works, and what it does."""
    places, actions = places_of(scope), actions_of(scope)
    if places and "s3:ListBucket" in actions:
        return f"aws s3 ls {places[0]}", "This lists what is there."
    if places and "s3:PutObject" in actions:
        return f"aws s3 cp a-small-file.txt {places[0]}", "This uploads a small file of yours."
    if places:
        return f"aws s3 cp {places[0]}NAME .", "This fetches the file that you name."
    return "aws sts get-caller-identity", "This says who you are to AWS."
