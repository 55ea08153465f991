"""OpenID Connect with the one provider that is configured: code flow, PKCE, and an ID token that is read and dropped.

OpenID Connect Core 1.0 (3.1.3.7), Discovery 1.0 (4.3), RFC 7636, RFC 9700.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt

from grants.errors import CompanySignInError
from grants.gateways.wire import exchange
from grants.values import Errand, OpenIdProvider, Vouched

WELL_KNOWN: Final = "/.well-known/openid-configuration"
# Asymmetric only: with HS256 in the list, the client secret, or a public key taken for one, would sign tokens.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")
SKEW_SECONDS: Final = 30
SUBJECT_MOST: Final = 255  # OpenID Connect Core 1.0, section 2
_MOST: Final = 262_144


class CompanyUnreachableError(CompanySignInError):
    """No connection, no answer in time, or a failure on the provider's side."""

    code = "company_unreachable"
    sentence = "Your company's sign-in could not be reached."
    way_on = "Try again in a minute, or sign in with your password."
    retryable = True
    status = 503


class CompanyAnswerError(CompanySignInError):
    """An answer or a token that does not hold; the detail says why, for the log and for auditors."""

    code = "company_answer"
    sentence = "The answer of your company's sign-in did not hold, so nobody was signed in."
    way_on = "Try again. If it happens again, tell an administrator, and sign in with your password meanwhile."
    status = 502


def authorization_url(*, provider: OpenIdProvider, errand: Errand) -> str:
    """Where the person's browser goes next. Asks the provider's discovery document; raises CompanySignInError."""
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": provider.redirect_url,
        "scope": "openid email",
        "state": errand.state,
        "nonce": errand.nonce,
        "code_challenge": _challenge(errand.verifier),
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(_discover(provider), "authorization_endpoint", provider)
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


def read_answer(*, provider: OpenIdProvider, code: str, errand: Errand) -> Vouched:
    """Exchange the one-time code for an ID token, check it in full, and say whom it names. Nothing is kept."""
    found = _discover(provider)
    token = _token_for(code, errand, provider, found)
    keys = _json_of("keys", "GET", _endpoint(found, "jwks_uri", provider))
    claims = _checked(token, keys, provider, errand)
    subject, email = str(claims["sub"]), claims.get("email")
    if not 0 < len(subject) <= SUBJECT_MOST:
        raise CompanyAnswerError("a subject of impossible length")
    # Only the boolean: some providers write "true" for what they never looked at.
    is_verified = claims.get("email_verified") is True
    return Vouched(subject, email if isinstance(email, str) else "", is_email_verified=is_verified)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _discover(provider: OpenIdProvider) -> Mapping[str, Any]:
    """The provider's own description; one that names another issuer is somebody else's."""
    found = _json_of("discovery", "GET", f"{provider.issuer.rstrip('/')}{WELL_KNOWN}")
    if found.get("issuer") != provider.issuer:
        raise CompanyAnswerError("discovery: another issuer")
    return found


def _endpoint(found: Mapping[str, Any], name: str, provider: OpenIdProvider) -> str:
    """An address out of the description: https, or on the very stand-in that is configured."""
    url = found.get(name)
    try:
        address = urlsplit(url) if isinstance(url, str) else urlsplit("")
    except ValueError:
        address = urlsplit("")
    issuer = urlsplit(provider.issuer)
    is_own = (address.scheme, address.netloc) == (issuer.scheme, issuer.netloc)
    if not address.netloc or not (address.scheme == "https" or is_own):
        raise CompanyAnswerError(f"discovery: no usable {name}")
    return address.geturl()


def _token_for(code: str, errand: Errand, provider: OpenIdProvider, found: Mapping[str, Any]) -> str:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect_url,
        "code_verifier": errand.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(methods, list) or "client_secret_basic" in methods:
        # RFC 6749, 2.3.1: both parts form-encoded first.
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    endpoint = _endpoint(found, "token_endpoint", provider)
    token = _json_of("token", "POST", endpoint, body=urlencode(form), headers=headers).get("id_token")
    if not isinstance(token, str):
        raise CompanyAnswerError("token: no ID token")
    return token


def _json_of(
    what: str, method: str, url: str, *, body: str | None = None, headers: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    reply = exchange(method=method, url=url, most=_MOST, body=body, headers=headers)
    if reply.is_unreachable:
        raise CompanyUnreachableError(f"{what}: {reply.failure or reply.status}")
    try:
        found = json.loads(reply.body) if reply.status == HTTPStatus.OK else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CompanyAnswerError(f"{what}: HTTP {reply.status} without what was asked for")
    return found


def _checked(token: str, keys: Mapping[str, Any], provider: OpenIdProvider, errand: Errand) -> Mapping[str, Any]:
    """The claims, once signature, issuer, audience, times and nonce hold.

    The specification lets a client skip the signature behind TLS; then whoever can answer for the token endpoint
    could be anybody here.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            _key_of(token, keys),
            algorithms=ALGORITHMS,
            issuer=provider.issuer,
            audience=provider.client_id,
            leeway=SKEW_SECONDS,
            options={"require": list(REQUIRED), "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:  # the library has no name for some of them
        refusal = CompanyAnswerError(f"token: {type(error).__name__}")
    else:
        _check_meant_for_us(claims, provider, errand)
        return claims
    raise refusal


def _key_of(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """The key that the token names, for exactly the algorithm that the token names, out of those that are allowed."""
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError
    listed = keys.get("keys")
    signing = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    fitting = [key for key in signing if key.get("use", "sig") == "sig" and key.get("kid") == header.get("kid")]
    if len(fitting) != 1:
        raise jwt.InvalidKeyError
    return jwt.PyJWK(fitting[0], algorithm=header["alg"])


def _check_meant_for_us(claims: Mapping[str, Any], provider: OpenIdProvider, errand: Errand) -> None:
    if not hmac.compare_digest(str(claims["nonce"]).encode(), errand.nonce.encode()):
        raise CompanyAnswerError("token: another nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise CompanyAnswerError("token: for another client")
