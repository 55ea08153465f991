"""The console sign-in endpoint: a token for a live federated session, good for a login."""

import json
from urllib.parse import urlencode

import httpx
import pytest

from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, issuer

pytest_plugins = ["tests.embedded.aws_fixtures"]
CONSOLE = "https://console.aws.amazon.com/s3"


@pytest.fixture
def parts(aws: RunningAws) -> dict[str, str]:
    given = issuer(aws).get_federation_token(Name="dp-SIGNIN0001-1", Policy=READ_OUT)["Credentials"]
    return {
        "sessionId": given["AccessKeyId"],
        "sessionKey": given["SecretAccessKey"],
        "sessionToken": given["SessionToken"],
    }


def ask(aws: RunningAws, **query: str) -> httpx.Response:
    return httpx.get(f"{aws.endpoint_url}/federation?{urlencode(query)}", trust_env=False)


def test_a_live_session_gets_a_sign_in_token_that_signs_in(aws: RunningAws, parts: dict[str, str]) -> None:
    token = ask(aws, Action="getSigninToken", Session=json.dumps(parts)).json()["SigninToken"]
    page = ask(aws, Action="login", Issuer="daypass", Destination=CONSOLE, SigninToken=token)
    assert (page.status_code, CONSOLE in page.text) == (200, True)


def test_a_wrong_session_gets_none(aws: RunningAws, parts: dict[str, str]) -> None:
    for session in (json.dumps(parts | {"sessionKey": "wrong"}), json.dumps({}), "{", "[]"):
        assert ask(aws, Action="getSigninToken", Session=session).status_code == 400


def test_a_session_duration_is_refused(aws: RunningAws, parts: dict[str, str]) -> None:
    answer = ask(aws, Action="getSigninToken", SessionDuration="3600", Session=json.dumps(parts))
    assert answer.status_code == 400


def test_an_unknown_token_or_action_is_refused(aws: RunningAws) -> None:
    assert ask(aws, Action="login", Destination=CONSOLE, SigninToken="guess").status_code == 400
    assert ask(aws, Action="dance").status_code == 400
