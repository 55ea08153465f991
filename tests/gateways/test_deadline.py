"""Whoever answers a byte now and then, or without an end, is left once the time for the whole exchange is over."""

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from grants.errors import MailError
from grants.gateways import mailer, webhook, wire
from grants.gateways.mailer import MailUnreachableError, send_letter
from grants.gateways.webhook import Call, Door, post
from grants.gateways.wire import exchange
from tests.gateways.receiver import HOST, make_certificate
from tests.gateways.test_mailer import LETTER, mail_settings, odd_server

__all__ = ["mail_settings"]
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n"
ENDLESS = [b"HTTP/1.1 200 OK\r\nX: ", CLOSING, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"]


@contextmanager
def dripping(first: bytes, dress: Callable[[socket.socket], socket.socket] = lambda bare: bare) -> Iterator[int]:
    """The port of a server that says ``first`` and then a byte now and then, for as long as anybody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                with dress(server.accept()[0]) as talking:
                    talking.sendall(first)
                    for _ in itertools.count():
                        talking.sendall(b" ")
                        pause.wait(0.05)
            except OSError:
                left.set()

        pause, left = threading.Event(), threading.Event()
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        assert left.wait(30)


@pytest.mark.parametrize("first", ENDLESS, ids=["header", "last body", "body"])
def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    monkeypatch.setattr(wire, "DEADLINE", 0.5)
    with dripping(first) as port:
        reply = exchange(method="GET", url=f"http://127.0.0.1:{port}/", most=1_000_000_000)
    assert reply.is_unreachable


@pytest.mark.parametrize(
    "url", ["https://[", "https://example.org:99999999/", "https://a:b/", f"https://{'a' * 99}.b/"]
)
def test_an_address_that_is_none_is_nobody_there(url: str) -> None:
    assert exchange(method="GET", url=url, most=1).is_unreachable


def test_a_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(webhook, "DEADLINE", 0.5)
    certificate = make_certificate(tmp_path, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    door = Door(
        resolve=lambda _host, _port: ["127.0.0.1"],
        is_allowed=lambda _address: True,
        trust=lambda: ssl.create_default_context(cafile=str(certificate)),
    )
    with dripping(CLOSING, lambda bare: context.wrap_socket(bare, server_side=True)) as port:
        call = Call(url=f"https://{HOST}:{port}/", event_id="1", at=1, body=b"{}", secret="whsec_of-this-test")
        assert post(call, door=door) == 200  # it had said so


@pytest.mark.parametrize(
    "spoken", [b"220 hello\r\n250", b"220 hello\r\n250-more\r\n250"], ids=["one line", "many lines"]
)
def test_a_mail_server_whose_reply_has_no_end_is_left(
    mail_settings: Settings, monkeypatch: pytest.MonkeyPatch, spoken: bytes
) -> None:
    monkeypatch.setattr(mailer, "_DEADLINE", 0.5)

    def talk(connection: socket.socket) -> None:
        connection.sendall(spoken[:-3])
        while True:
            connection.sendall(b"250-more\r\n" if b"more" in spoken else b"2")
            threading.Event().wait(0.05)

    with odd_server(mail_settings, talk), pytest.raises(MailError) as refused:
        send_letter(LETTER)
    assert type(refused.value) is MailUnreachableError
