"""A webhook's receiver on loopback, with TLS and a certificate of its own."""

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grants.gateways.webhook import Door

HOST = "hooks.example"


@dataclass
class Receiver:
    """What it got, what it answers, and the door that leads to it and nowhere else."""

    port: int
    trust: Path
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/daypass?team=1"

    @property
    def door(self) -> Door:
        """Loopback is let through here, by a value that only a test makes."""
        return Door(
            resolve=self._resolve,
            is_allowed=lambda address: address == "127.0.0.1",
            trust=lambda: ssl.create_default_context(cafile=str(self.trust)),
        )

    def _resolve(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.addresses


@contextmanager
def running_receiver(folder: Path, *, name: str = HOST) -> Iterator[Receiver]:
    """Serves until the end of the block."""
    certificate = make_certificate(folder, name)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(server.server_port, certificate)
    server.RequestHandlerClass = handler_of(receiver)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append({"path": self.path, "headers": dict(self.headers), "body": body})
            self.send_response(receiver.status)
            for key, value in receiver.headers.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


def make_certificate(folder: Path, name: str) -> Path:
    """Self-signed, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.9"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path
