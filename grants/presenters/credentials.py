"""The revealed credentials in every form that a terminal or a tool takes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from grants.policy.scopes import Scope, actions_of, places_of
from grants.values import AwsCredentials, NearExpiry

NEAR: Final = NearExpiry()


@dataclass(frozen=True, slots=True)
class Pane:
    """One way to use the credentials. ``text`` is the secret itself."""

    key: str
    words: str
    how: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Single:
    """One value by itself."""

    key: str
    words: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CredentialsView:
    """What the credentials page shows, once."""

    reference: str
    sentence: str
    ends_at: datetime
    panes: tuple[Pane, ...] = field(repr=False)
    singles: tuple[Single, ...] = field(repr=False)
    test_line: str
    test_words: str
    near_panes: tuple[Pane, ...]
    near_minutes: int


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
    profile = f"daypass-{reference}"
    test_line, test_words = _test_of(scope)
    return CredentialsView(
        reference=reference,
        sentence=sentence,
        ends_at=credentials.expiration,
        panes=(
            Pane(
                "bash", "bash, zsh", "Paste into a terminal on Linux or macOS.", _lines("export {}={}", names, _posix)
            ),
            Pane("powershell", "PowerShell", "Paste into PowerShell.", _lines("$Env:{} = {}", names, _powershell)),
            Pane("cmd", "cmd", "Paste into the Windows command prompt.", _lines('set "{}={}"', names, str)),
            Pane(
                "profile",
                "Profile",
                f"Append to the file ~/.aws/credentials, then add --profile {profile} to your commands. "
                "Delete the lines when the access has ended.",
                _profile(profile, credentials, region, endpoint_url),
            ),
            Pane(
                "process",
                "credential_process",
                f"Save as a file that only you can read, and name it in ~/.aws/config with its whole path, because "
                f"neither ~ nor $HOME is known there: credential_process = cat /home/you/{profile}.json "
                "Tools then know the end, too.",
                _process(credentials),
            ),
        ),
        singles=tuple(Single(name.lower().replace("_", "-"), name, value) for name, value in names),
        test_line=test_line,
        test_words=test_words,
        near_panes=_near_end(credentials.expiration),
        near_minutes=NEAR.buffer // timedelta(minutes=1),
    )


def _near_end(expiration: datetime) -> tuple[Pane, ...]:
    """A question for scripts and terminals, without any secret: whether there is time to begin something long."""
    last = int((expiration - NEAR.buffer).timestamp())
    return (
        Pane(
            "near-posix",
            "bash, zsh, sh",
            "Its exit status says the same: put it, with &&, before a long job.",
            f'[ "$(date +%s)" -lt {last} ] && echo "enough time left" || {{ echo "near the end"; false; }}',
        ),
        Pane(
            "near-powershell",
            "PowerShell",
            "True: there is enough time left.",
            f"[DateTimeOffset]::UtcNow.ToUnixTimeSeconds() -lt {last}",
        ),
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
        "Expiration": f"{credentials.expiration.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return "{\n  " + ",\n  ".join(f'"{name}": {json.dumps(value)}' for name, value in document.items()) + "\n}"
