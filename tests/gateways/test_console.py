"""Console sign-in links: what AWS is asked, what the link holds, and that no refusal carries a secret along."""

import json
import logging
import socket
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from grants.errors import ConsoleError
from grants.gateways import console
from grants.gateways.console import ConsoleRefusedError, ConsoleUnreachableError, bucket_page, sign_in_url
from grants.values import AwsCredentials
from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, issuer, with_profile
from tests.gateways.canned_aws import SECRET, TOKEN, Answer, CannedAws, serve_canned

pytest_plugins = ["tests.embedded.aws_fixtures"]
CREDENTIALS = AwsCredentials("ASIACANARY0000000000", SECRET, TOKEN, datetime.now(tz=UTC) + timedelta(hours=1))
PAGE = "https://console.aws.amazon.com/s3/buckets/acme-drop?region=eu-central-1&prefix=in%2F"
YES: Answer = (200, b'{"SigninToken":"canary-signin-token"}', {})


@pytest.fixture
def told() -> Iterator[CannedAws]:
    with serve_canned() as canned:
        canned.says(YES)
        yield canned


def link(endpoint_url: str, **change: str) -> str:
    asked = {"partition": "aws", "destination": PAGE, "issuer_name": "https://daypass.example.org"} | change
    return sign_in_url(credentials=CREDENTIALS, endpoint_url=endpoint_url, **asked)


def refusal(endpoint_url: str, **change: str) -> ConsoleError:
    with pytest.raises(ConsoleError) as refused:
        link(endpoint_url, **change)
    return refused.value


def test_aws_is_asked_once_with_the_session_and_without_a_duration(told: CannedAws) -> None:
    link(told.url)
    (asked,) = told.asked
    assert set(asked) == {"Action", "Session"}
    assert asked["Action"] == "getSigninToken"
    session = {"sessionId": "ASIACANARY0000000000", "sessionKey": SECRET, "sessionToken": TOKEN}
    assert json.loads(asked["Session"]) == session


def test_the_link_logs_in_at_the_same_place_and_leads_to_the_page(told: CannedAws) -> None:
    address = urlsplit(link(told.url))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{told.url}/federation"
    assert parse_qs(address.query) == {
        "Action": ["login"],
        "Issuer": ["https://daypass.example.org"],
        "Destination": [PAGE],
        "SigninToken": ["canary-signin-token"],
    }


PLACES = [
    ("aws", "signin.aws.amazon.com", "console.aws.amazon.com"),
    ("aws-cn", "signin.amazonaws.cn", "console.amazonaws.cn"),
    ("aws-us-gov", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
]


@pytest.mark.parametrize(("partition", "sign_in", "host"), PLACES)
def test_each_partition_signs_in_at_its_own_place(
    monkeypatch: pytest.MonkeyPatch, partition: str, sign_in: str, host: str
) -> None:
    asked: list[str] = []

    def ask(base: str, _: str) -> str:
        asked.append(base)
        return "token"

    monkeypatch.setattr(console, "_ask", ask)
    page = bucket_page(partition=partition, region="r-1", bucket="acme-drop", prefix="in/")
    assert link("", partition=partition, destination=page).startswith(f"https://{sign_in}/federation?Action=login&")
    assert asked == [f"https://{sign_in}/federation"]
    assert page == f"https://{host}/s3/buckets/acme-drop?region=r-1&prefix=in%2F"


@pytest.mark.parametrize(
    "change",
    [
        {"destination": "https://evil.example/"},  # a link that signs in and then leaves AWS
        {"destination": "https://console.aws.amazon.com.evil.example/"},  # the same, in disguise
        {"destination": "https://console.amazonaws.cn/"},  # another partition's console
        {"partition": "aws-moon"},  # no partition
    ],
)
def test_a_link_leads_nowhere_but_to_the_console_of_its_partition(told: CannedAws, change: dict[str, str]) -> None:
    assert isinstance(refusal(told.url, **change), ConsoleRefusedError)
    assert told.asked == []


ANSWERS: list[tuple[Answer, type[ConsoleError]]] = [
    ((400, b"<html>canary</html>", {}), ConsoleRefusedError),  # the session has ended
    ((403, b"", {}), ConsoleRefusedError),  # the same
    ((302, b"", {"Location": "https://evil.example/"}), ConsoleRefusedError),  # never followed
    ((500, b"", {}), ConsoleUnreachableError),  # AWS's own fault
    ((200, b"<html>Welcome to Hotel Wi-Fi</html>", {}), ConsoleRefusedError),  # somebody else's page
    ((200, b"[]", {}), ConsoleRefusedError),  # no object
    ((200, b"[" * 60_000, {}), ConsoleRefusedError),  # deeper than Python's stack
    ((200, b"{}", {}), ConsoleRefusedError),  # no token
    ((200, b'{"SigninToken":""}', {}), ConsoleRefusedError),  # an empty one
    ((200, b'{"SigninToken":7}', {}), ConsoleRefusedError),  # not one
    ((200, b"\xff\xfe", {}), ConsoleRefusedError),  # not text
    ((200, b'{"SigninToken":"', {"Content-Length": "99"}), ConsoleUnreachableError),  # cut off on its way
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
def test_every_other_answer_is_a_refusal_without_secrets(
    told: CannedAws, answer: Answer, kind: type[ConsoleError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told.says(answer)
    refused = refusal(told.url)
    assert type(refused) is kind
    assert (refused.__context__, refused.__cause__) == (None, None)
    said = "".join(traceback.format_exception(refused)) + repr(refused.__dict__) + caplog.text
    assert "canary" not in said
    assert TOKEN not in said
    assert len(told.asked) == 1


def test_a_link_that_was_made_is_in_no_log(told: CannedAws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link(told.url)
    assert "canary" not in caplog.text


def test_where_nobody_listens_there_is_no_link() -> None:
    with socket.socket() as nobody:  # bound, but not listening
        nobody.bind(("127.0.0.1", 0))
        refused = refusal(f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert isinstance(refused, ConsoleUnreachableError)
    assert refused.__context__ is None


def test_an_aws_that_never_answers_is_given_up_after_three_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        refused = refusal(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert isinstance(refused, ConsoleUnreachableError)
    assert 2.5 < time.monotonic() - began < 6


# --- at the stand-in ----------------------------------------------------------------------


def credentials_of(answer: dict[str, dict[str, str]]) -> AwsCredentials:
    given = answer["Credentials"]
    return AwsCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], datetime.now(tz=UTC))


def link_for(aws: RunningAws, credentials: AwsCredentials) -> str:
    return sign_in_url(
        credentials=credentials,
        partition="aws",
        destination=PAGE,
        issuer_name="https://daypass.example.org",
        endpoint_url=aws.endpoint_url,
    )


def test_a_federated_session_signs_in(aws: RunningAws) -> None:
    minted = issuer(aws).get_federation_token(Name="dp-CONSOLE001-1", Policy=READ_OUT)
    page = httpx.get(link_for(aws, credentials_of(minted)), trust_env=False)
    assert (page.status_code, "Signed in" in page.text) == (200, True)


def test_a_session_token_of_a_user_gets_no_link_and_neither_does_a_dead_one(aws: RunningAws) -> None:
    own = credentials_of(with_profile(aws, "sts", "alice-mfa").get_session_token(DurationSeconds=900))
    for given in (own, CREDENTIALS):
        with pytest.raises(ConsoleRefusedError):
            link_for(aws, given)
