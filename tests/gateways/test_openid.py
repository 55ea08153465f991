"""A company's sign-in that answers absurdly: refused as an answer, never a mistake of ours."""

import base64
import json
from typing import Any

import pytest

from grants.errors import CompanySignInError
from grants.gateways.openid import CompanyAnswerError, CompanyUnreachableError, authorization_url, read_answer
from grants.values import Errand, OpenIdProvider
from tests.gateways.canned_aws import CannedAws, serve_canned

DEEP = "[" * 5_000


def token_of(header: str, claims: str = "{}") -> str:
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in (header, claims, "x"))


def refusal(told: CannedAws, **change: Any) -> CompanySignInError:
    """One document answers all that is asked: the description, the token and the keys."""
    provider = OpenIdProvider(told.url, "daypass", "secret", "Example Corp", "http://localhost:1/")
    whole = {
        "issuer": told.url,
        "authorization_endpoint": f"{told.url}/authorize",
        "token_endpoint": f"{told.url}/token",
        "jwks_uri": f"{told.url}/keys",
        "id_token": token_of('{"alg":"RS256","kid":"one"}'),
        "keys": [{"kid": "one", "kty": "RSA", "n": "AQAB", "e": "AQAB"}],
    }
    told.says((200, change["body"] if "body" in change else json.dumps(whole | change).encode(), {}))
    with pytest.raises(CompanySignInError) as refused:
        read_answer(provider=provider, code="code", errand=ERRAND)
    return refused.value


ERRAND = Errand("state", "nonce", "verifier")
ANSWERS: list[dict[str, Any]] = [
    {"body": DEEP.encode()},
    {"body": b"9" * 5_000},
    {"token_endpoint": "https://["},
    {"token_endpoint": 7},
    {"token_endpoint_auth_methods_supported": 7},
    {"id_token": token_of(DEEP)},
    {"id_token": token_of('{"alg":"RS256","kid":"one"}', DEEP)},
    {"id_token": token_of("9" * 5_000)},
    {"id_token": token_of('{"alg":["RS256"],"kid":"one"}')},
    {"keys": [{"kid": "one", "kty": "RSA", "n": 7, "e": 7}]},
    {"keys": [{"kid": "one", "kty": "RSA", "n": "A" * 200_000, "e": "A" * 40_000}]},
    {"keys": [{"kid": "one", "kty": "RSA", "n": "_" * 100_000, "e": "_" * 100_000}]},
]


@pytest.mark.parametrize("change", ANSWERS, ids=range(len(ANSWERS)))
def test_an_absurd_answer_is_one_that_does_not_hold(change: dict[str, Any]) -> None:
    with serve_canned() as told:
        assert type(refusal(told, **change)) is CompanyAnswerError


@pytest.mark.parametrize("endpoint", ["https://a:99999999/", f"https://{'a' * 99}.example/"])
def test_an_endpoint_where_nobody_can_be_is_out_of_reach(endpoint: str) -> None:
    with serve_canned() as told:
        assert type(refusal(told, token_endpoint=endpoint)) is CompanyUnreachableError


def test_nobody_is_sent_to_an_address_that_is_none() -> None:
    with serve_canned() as told:
        provider = OpenIdProvider(told.url, "daypass", "secret", "Example Corp", "http://localhost:1/")
        told.says((200, json.dumps({"issuer": told.url, "authorization_endpoint": "https://["}).encode(), {}))
        with pytest.raises(CompanyAnswerError):
            authorization_url(provider=provider, errand=ERRAND)
