"""A company's sign-in for demonstration and tests: a strict OpenID provider on loopback; one chooses who to be."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.embedded.inbox_pages import STYLE

CLIENT_ID: Final = "daypass"
TOKEN_SECONDS: Final = 300
# No form-action: the form ends up at the client's address, which is the point of it.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody whom the company knows."""

    subject: str
    email: str
    name: str
    is_email_verified: bool = True


@dataclass(slots=True)
class Twist:
    """What a test has the provider do wrong: claims to replace (None removes one), or a signature by a foreign key."""

    claims: dict[str, Any] = field(default_factory=dict)
    has_foreign_key: bool = False
    discovery: dict[str, Any] = field(default_factory=dict)


class RefusedError(Exception):
    """A request that a provider must refuse."""


class Company:
    """What the provider knows and answers; ``people`` is asked each time, because the demo seeds them late."""

    def __init__(self, *, issuer: str, redirect_url: str, people: Callable[[], Sequence[Employee]]) -> None:
        """``redirect_url`` is the one address that codes are sent to."""
        self.issuer = issuer
        self.client_secret = secrets.token_urlsafe(32)
        self.twist = Twist()
        self._redirect_url = redirect_url
        self._people = people
        self._codes: dict[str, tuple[Employee, dict[str, str]]] = {}

    @cached_property
    def _keys(self) -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
        """Ours, and one that is in no list of ours."""
        own, foreign = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        return own, foreign

    def discovery(self) -> dict[str, Any]:
        """The provider's description of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            **self.twist.discovery,
        }

    def keys(self) -> dict[str, Any]:
        """The public half."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._keys[0].public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def page(self, query: Mapping[str, str]) -> str:
        """Who do you want to be? For a request that is in order."""
        self._check_request(query)
        hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in query.items())
        buttons = "".join(
            f'<p><button name="subject" value="{escape(who.subject)}">{escape(who.name)}, {escape(who.email)}</button>'
            for who in self._people()
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The company&#39;s sign-in</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
            f'<main><h1>The company&#39;s sign-in (demo)</h1><form method="post" action="/authorize">{hidden}{buttons}'
            '<p><button name="subject" value="">Sign in as nobody</button></form></main></body></html>'
        )

    def answer(self, form: Mapping[str, str]) -> str:
        """Where the browser goes with the code, or with the refusal."""
        self._check_request(form)
        who = next((who for who in self._people() if who.subject == form.get("subject")), None)
        if who is None:
            return f"{self._redirect_url}?{urlencode({'error': 'access_denied', 'state': form['state']})}"
        code = secrets.token_urlsafe(24)
        self._codes[code] = (who, dict(form))
        return f"{self._redirect_url}?{urlencode({'code': code, 'state': form['state'], 'iss': self.issuer})}"

    def token(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        """A token for a code: once, to the client, which shows its secret and what its challenge was made of."""
        pair = base64.b64encode(f"{CLIENT_ID}:{self.client_secret}".encode()).decode()
        who, asked = self._codes.pop(form.get("code", ""), (None, {}))
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_right = secrets.compare_digest(authorization.encode(), f"Basic {pair}".encode())
        if not is_right or who is None or form.get("redirect_uri") != self._redirect_url:
            raise RefusedError
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            raise RefusedError
        token = self._signed(who, asked["nonce"])
        return {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "id_token": token}

    def _signed(self, who: Employee, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": who.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": nonce,
            "email": who.email,
            "email_verified": who.is_email_verified,
        }
        claims = {name: value for name, value in (claims | self.twist.claims).items() if value is not None}
        key = self._keys[1 if self.twist.has_foreign_key else 0]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one"})

    def _check_request(self, query: Mapping[str, str]) -> None:
        wanted = {
            "client_id": CLIENT_ID,
            "redirect_uri": self._redirect_url,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        is_right = all(query.get(name) == value for name, value in wanted.items())
        if not is_right or not all(query.get(name) for name in ("state", "nonce", "code_challenge")):
            raise RefusedError


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the browser, or to the client."""

    status: HTTPStatus
    body: str = ""
    kind: str = "application/json"
    location: str = ""


def answer_to(company: Company, method: str, target: str, form: Mapping[str, str], authorization: str) -> Answer:
    """The answer to one request; RefusedError becomes 400, as a provider says it."""
    address = urlsplit(target)
    query = dict(parse_qsl(address.query))
    ways: dict[tuple[str, str], Callable[[], Answer]] = {
        ("GET", "/.well-known/openid-configuration"): lambda: Answer(HTTPStatus.OK, json.dumps(company.discovery())),
        ("GET", "/keys"): lambda: Answer(HTTPStatus.OK, json.dumps(company.keys())),
        ("GET", "/authorize"): lambda: Answer(HTTPStatus.OK, company.page(query), "text/html; charset=utf-8"),
        ("POST", "/authorize"): lambda: Answer(HTTPStatus.SEE_OTHER, location=company.answer(form)),
        ("POST", "/token"): lambda: Answer(HTTPStatus.OK, json.dumps(company.token(form, authorization))),
    }
    try:
        return ways.get((method, address.path), lambda: Answer(HTTPStatus.NOT_FOUND))()
    except RefusedError:
        return Answer(HTTPStatus.BAD_REQUEST, json.dumps({"error": "invalid_request"}))


def handler_for(company: Company) -> type[BaseHTTPRequestHandler]:
    """The request handler of one server."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "DaypassCompany"
        sys_version = ""

        def do_GET(self) -> None:
            """Read the form, answer, and send."""
            form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()))
            answer = answer_to(company, self.command, self.path, form, self.headers.get("Authorization", ""))
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


class CompanyServer:
    """The provider on its port, by address: another site than the portal's ``localhost``, as in real life."""

    def __init__(self, *, port: int, redirect_url: str, people: Callable[[], Sequence[Employee]]) -> None:
        """Listens at once (port 0: on any), answers after start()."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
        issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.company = Company(issuer=issuer, redirect_url=redirect_url, people=people)
        self._server.RequestHandlerClass = handler_for(self.company)

    def start(self) -> None:
        """Answer from now on."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
