"""AWS's console sign-in: a link for a session that somebody holds already, good for 15 minutes and as secret as it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from grants.errors import ConsoleError
from grants.gateways.wire import exchange
from grants.values import AwsCredentials

_ANSWER_MOST: Final = 65_536
_TOKEN_MOST: Final = 16_384


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a partition signs people in, and where its console is."""

    sign_in: str
    console: str


# AWS IAM User Guide, "Enabling custom identity broker access to the AWS console".
PARTITIONS: Final[Mapping[str, Partition]] = {
    "aws": Partition("https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/"),
    "aws-cn": Partition("https://signin.amazonaws.cn/federation", "https://console.amazonaws.cn/"),
    "aws-us-gov": Partition("https://signin.amazonaws-us-gov.com/federation", "https://console.amazonaws-us-gov.com/"),
}


class ConsoleUnreachableError(ConsoleError):
    """No connection, no answer in time, or a failure on AWS's side."""

    code = "console_unreachable"
    sentence = "AWS's sign-in could not be reached, so there is no console link. The credentials work all the same."


class ConsoleRefusedError(ConsoleError):
    """AWS does not sign this session in: it has ended, or it is one of GetSessionToken, which is the user's own."""

    code = "console_refused"
    sentence = "AWS gave no console link for these credentials. They work all the same."


def bucket_page(*, partition: str, region: str, bucket: str, prefix: str) -> str:
    """The console's page of a bucket and prefix: where a link leads after the sign-in."""
    query = urlencode({"region": region, "prefix": prefix})
    return f"{PARTITIONS[partition].console}s3/buckets/{bucket}?{query}"


def first_page(*, partition: str, region: str) -> str:
    """The console's first page, for a session that is about no bucket."""
    return f"{PARTITIONS[partition].console}console/home?{urlencode({'region': region})}"


def sign_in_url(
    *, credentials: AwsCredentials, partition: str, destination: str, issuer_name: str, endpoint_url: str = ""
) -> str:
    """A link that opens ``destination`` in the console, signed in with ``credentials``. The link is a secret.

    ``destination`` is a page of the partition's console; ``issuer_name`` is where AWS sends people once the session is
    over (Daypass's own address); ``endpoint_url`` replaces AWS's sign-in for a stand-in. No SessionDuration is sent:
    AWS refuses it for GetFederationToken, and the session ends with the credentials anyway. One call, no retry, no
    redirect, 3 seconds for each wait. Raises ConsoleError.
    """
    known = PARTITIONS.get(partition)
    if known is None or not destination.startswith(known.console):
        refusal: ConsoleError = ConsoleRefusedError("no console page of the partition")
        raise refusal
    base = f"{endpoint_url.rstrip('/')}/federation" if endpoint_url else known.sign_in
    outcome = _ask(base, _session_query(credentials))
    if isinstance(outcome, ConsoleError):
        raise outcome
    login = {"Action": "login", "Issuer": issuer_name, "Destination": destination, "SigninToken": outcome}
    return f"{base}?{urlencode(login)}"


def _session_query(credentials: AwsCredentials) -> str:
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    return urlencode({"Action": "getSigninToken", "Session": json.dumps(session)})


def _ask(base: str, query: str) -> str | ConsoleError:
    """The sign-in token or the refusal, which is returned: its context would hold the address, and that the session."""
    reply = exchange(method="GET", url=f"{base}?{query}", most=_ANSWER_MOST)
    if reply.is_unreachable:
        return ConsoleUnreachableError(reply.failure or f"HTTP {reply.status}")
    return _token_in(reply.body) if reply.status == HTTPStatus.OK else ConsoleRefusedError(f"HTTP {reply.status}")


def _token_in(body: bytes) -> str | ConsoleError:
    try:
        token = json.loads(body)["SigninToken"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ConsoleRefusedError("an answer without a token")
    if not isinstance(token, str) or not 0 < len(token) <= _TOKEN_MOST:
        return ConsoleRefusedError("an answer without a usable token")
    return token
