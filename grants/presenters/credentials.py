"""The revealed credentials in every form that a terminal or a tool takes."""

import json
from collections.abc import Callable
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

    ``bash`` to ``process`` are the secret in the form of each; ``posix_line`` and ``powershell_line`` ask, without it,
    whether there is time left.
    """

    reference: str
    sentence: str
    ends_at: str
    ends_in_words: str
    bash: str = field(repr=False)
    powershell: str = field(repr=False)
    cmd: str = field(repr=False)
    profile: str = field(repr=False)
    profile_how: str
    process: str = field(repr=False)
    process_how: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    region: str
    endpoint_url: str
    test_line: str
    test_words: str
    near_minutes: str
    posix_line: str
    powershell_line: str

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
    """Every form of ``credentials``; ``endpoint_url`` is empty on real AWS."""
    names = _environment(credentials, region, endpoint_url)
    test_line, test_words = _test_of(scope)
    profile = f"daypass-{reference}"
    last = int((credentials.expiration - NEAR.buffer).timestamp())
    return CredentialsView(
        reference=reference,
        sentence=sentence,
        ends_at=iso(credentials.expiration),
        ends_in_words=when(credentials.expiration),
        bash=_lines("export {}={}", names, _posix),
        powershell=_lines("$Env:{} = {}", names, _powershell),
        cmd=_lines('set "{}={}"', names, str),
        profile=_profile(profile, credentials, region, endpoint_url),
        profile_how=f"Append to the file ~/.aws/credentials, then add --profile {profile} to your commands. "
        "Delete the lines when the access has ended.",
        process=_process(credentials),
        process_how="Save as a file that only you can read, and name it in ~/.aws/config with its whole path, because "
        f"neither ~ nor $HOME is known there: credential_process = cat /home/you/{profile}.json Tools then know the "
        "end, too.",
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
        region=region,
        endpoint_url=endpoint_url,
        test_line=test_line,
        test_words=test_words,
        near_minutes=str(NEAR.buffer // timedelta(minutes=1)),
        posix_line=f'[ "$(date +%s)" -lt {last} ] && echo "enough time left" || {{ echo "near the end"; false; }}',
        powershell_line=f"[DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -lt {last}",
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


def _environment(credentials: AwsCredentials, region: str, endpoint_url: str) -> tuple[tuple[str, str], ...]:
    """AWS_DEFAULT_REGION stands beside AWS_REGION, because boto3 and the first AWS CLI read only the former."""
    names = [
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
        ("AWS_SESSION_TOKEN", credentials.session_token),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ]
    if endpoint_url:
        names.append(("AWS_ENDPOINT_URL", endpoint_url))
    return tuple(names)


def _lines(form: str, names: tuple[tuple[str, str], ...], quote: Callable[[str], str]) -> str:
    return "\n".join(form.format(name, quote(value)) for name, value in names)


def _posix(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _powershell(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _profile(profile: str, credentials: AwsCredentials, region: str, endpoint_url: str) -> str:
    lines = [
        f"[{profile}]",
        f"aws_access_key_id = {credentials.access_key_id}",
        f"aws_secret_access_key = {credentials.secret_access_key}",
        f"aws_session_token = {credentials.session_token}",
        f"region = {region}",
    ]
    return "\n".join(lines + [f"endpoint_url = {endpoint_url}"] * bool(endpoint_url))


def _process(credentials: AwsCredentials) -> str:
    document = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": iso(credentials.expiration),
    }
    return "{\n  " + ",\n  ".join(f'"{name}": {json.dumps(value)}' for name, value in document.items()) + "\n}"
