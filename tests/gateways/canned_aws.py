"""An AWS endpoint that says what a test tells it to, for answers that no honest double gives."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from grants.gateways.aws import forget_clients
from grants.values import FederationRequest, IssuerRef, RoleRequest

ACCOUNT = "111122223333"
SECRET = "canarySECRETcanarySECRETcanarySECRET0000"
TOKEN = "canaryTOKEN//" * 30
LONG_TERM_SECRET = "canaryLONGTERMcanaryLONGTERMcanary000000"
ISSUER = IssuerRef(ACCOUNT, "aws", "eu-central-1", f"arn:aws:iam::{ACCOUNT}:user/daypass/issuer", "issuer")
REQUEST = FederationRequest(
    name="dp-0123456789-1",
    policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
    policy_arns=("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",),
    tags=(("daypass:grant", "0123456789"), ("daypass:vendor", "Größe")),
    seconds=3_600,
)

ROLE_ID = "AROA0123456789CANARY1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/daypass/reader"
ROLE_ISSUER = replace(ISSUER, kind="role", role_arn=ROLE_ARN, role_id=ROLE_ID)
ROLE_REQUEST = RoleRequest(
    role_arn=ROLE_ARN,
    session_name=REQUEST.name,
    policy=REQUEST.policy,
    policy_arns=REQUEST.policy_arns,
    tags=(("daypass:grant", "0123456789"),),
    seconds=3_600,
    source_identity="alice@corp.example",
    external_id="canary-external-id",
)

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class CannedAws:
    """``answer`` is what the next requests get; ``asked`` is what they said."""

    url: str = ""
    answer: Callable[[dict[str, str]], Answer] = field(default=lambda _: yes())
    asked: list[dict[str, str]] = field(default_factory=list)
    hangs_up: bool = False

    def says(self, answer: Answer) -> None:
        self.answer = lambda _: answer


def yes(**change: str | None) -> Answer:
    """GetFederationToken's answer; a change to None leaves the element out."""
    ends = datetime.now(tz=UTC) + timedelta(seconds=REQUEST.seconds)
    values = {
        "AccessKeyId": "ASIACANARY0000000000",
        "SecretAccessKey": SECRET,
        "SessionToken": TOKEN,
        "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "FederatedUserId": f"{ACCOUNT}:{REQUEST.name}",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/{REQUEST.name}",
        "PackedPolicySize": "7",
        "SessionTokenUtilization": "7",
        "SessionTokenSize": "812",
        "RequestId": "c6104cbe-af31-11e0-8154-cbc7ccf896c7",
    } | change
    part = {name: f"<{name}>{value}</{name}>" if value is not None else "" for name, value in values.items()}
    body = (
        '<GetFederationTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetFederationTokenResult>'
        f"<Credentials>{part['AccessKeyId']}{part['SecretAccessKey']}{part['SessionToken']}{part['Expiration']}"
        f"</Credentials><FederatedUser>{part['FederatedUserId']}{part['Arn']}</FederatedUser>"
        f"{part['PackedPolicySize']}{part['SessionTokenUtilization']}{part['SessionTokenSize']}"
        f"</GetFederationTokenResult><ResponseMetadata>{part['RequestId']}</ResponseMetadata>"
        "</GetFederationTokenResponse>"
    )
    return 200, body.encode(), {}


def session_yes(**change: str | None) -> Answer:
    """GetSessionToken's answer: credentials, and nobody's name."""
    _, body, headers = yes(FederatedUserId=None, Arn=None, PackedPolicySize=None, **change)
    return (
        200,
        body.replace(b"GetFederationToken", b"GetSessionToken").replace(b"<FederatedUser></FederatedUser>", b""),
        headers,
    )


def role_yes(**change: str | None) -> Answer:
    """AssumeRole's answer; ``FederatedUserId`` and ``Arn`` are the assumed role user's."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/dp-0123456789-1"
    named: dict[str, str | None] = {"FederatedUserId": f"{ROLE_ID}:dp-0123456789-1", "Arn": arn}
    identity = change.pop("SourceIdentity", None)
    _, body, headers = yes(**(named | change))
    body = body.replace(b"GetFederationToken", b"AssumeRole").replace(b"FederatedUserId", b"AssumedRoleId")
    end = f"<SourceIdentity>{identity}</SourceIdentity>".encode() if identity else b""
    return (
        200,
        body.replace(b"FederatedUser>", b"AssumedRoleUser>").replace(
            b"</AssumeRoleResult>", end + b"</AssumeRoleResult>"
        ),
        headers,
    )


def no(code: str, status: int = 400, *, message: str = "Because.", ahead: float | None = 0) -> Answer:
    """An error; ``ahead`` is how many seconds the server's clock is ahead, None leaves the Date out."""
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ErrorResponse>"
    )
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + (ahead or 0)))
    return status, body.encode(), {} if ahead is None else {"Date": date}


def use_aws(monkeypatch: pytest.MonkeyPatch, place: Path, url: str) -> None:
    """Profiles ``issuer`` and ``revoker`` in files of their own, and where AWS is."""
    keys = f"aws_access_key_id=AKIACANARY0000000000\naws_secret_access_key={LONG_TERM_SECRET}\n"
    (place / "credentials").write_text(f"[issuer]\n{keys}[revoker]\n{keys}")
    (place / "config").write_text("[profile issuer]\n[profile revoker]\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(place / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(place / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", url)
    forget_clients()


@contextmanager
def serve_canned() -> Iterator[CannedAws]:
    """A server on a free port for as long as the block lasts."""
    told = CannedAws()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (CannedHandler,), {"told": told}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class CannedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: CannedAws

    def do_GET(self) -> None:
        self.hear(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.hear(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def hear(self, sent: str) -> None:
        self.told.asked.append({name: values[0] for name, values in parse_qs(sent).items()})
        status, body, headers = self.told.answer(self.told.asked[-1])
        self.send_response_only(status)
        for name, value in ({"Content-Length": str(len(body)), "Content-Type": "text/xml"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.told.hangs_up or len(body) != int(headers.get("Content-Length", len(body)))

    def log_message(self, *_: object) -> None:
        """Nothing to say."""
