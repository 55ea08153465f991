"""The webhook gateway against a real TLS receiver: signed, pinned, never redirected, never inside."""

import hashlib
import hmac
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grants.errors import FieldError, WebhookError
from grants.gateways import webhook
from grants.gateways.webhook import PUBLIC, Call, Door, post, target_of
from tests.gateways.receiver import HOST, Receiver, running_receiver

SECRET = "whsec_of-this-test"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with running_receiver(tmp_path) as running:
        yield running


def call(url: str) -> Call:
    return Call(url=url, event_id="0fc7f4a2", at=1_772_616_600, body=b'{"event":"grant.approved"}', secret=SECRET)


def refused(receiver: Receiver, url: str = "", door: Door | None = None) -> WebhookError:
    with pytest.raises(WebhookError) as error:
        post(call(url or receiver.url), door=door or receiver.door)
    return error.value


def test_the_receiver_can_check_who_sent_it_when_and_that_nothing_was_changed(receiver: Receiver) -> None:
    assert post(call(receiver.url), door=receiver.door) == 200
    got = receiver.got[0]
    signed = b"1772616600.0fc7f4a2." + got["body"]
    wanted = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert got["headers"]["Daypass-Signature"] == f"v1={wanted}"
    assert (got["headers"]["Daypass-Timestamp"], got["headers"]["Daypass-Event-Id"]) == ("1772616600", "0fc7f4a2")
    assert got["path"] == "/daypass?team=1"
    assert SECRET not in str(got)


def test_the_name_is_looked_up_once_and_kept_for_certificate_and_host(receiver: Receiver) -> None:
    post(call(receiver.url), door=receiver.door)
    assert receiver.asked == [HOST]
    assert receiver.got[0]["headers"]["Host"] == f"{HOST}:{receiver.port}"


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with running_receiver(tmp_path, name="other.example") as receiver:
        assert refused(receiver).detail == "could not be reached: SSLCertVerificationError"
        assert receiver.got == []


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    assert "SSLCertVerificationError" in refused(receiver, door=replace(receiver.door, trust=PUBLIC.trust)).detail


def test_one_address_inside_among_public_ones_is_enough_to_refuse(receiver: Receiver) -> None:
    receiver.addresses = ["127.0.0.1", "10.0.0.7"]
    assert refused(receiver).detail == "the host's address is not public"
    assert receiver.got == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"])
def test_without_the_tests_door_nothing_inside_is_reached(receiver: Receiver, host: str) -> None:
    with pytest.raises(WebhookError, match=r"not public|no address"):
        post(call(f"https://{host}:{receiver.port}/"))
    assert receiver.got == []


def test_no_setting_and_no_variable_opens_the_door(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(receiver.trust))
    with pytest.raises(WebhookError, match="not public"):
        post(call(f"https://localhost:{receiver.port}/"))
    assert os.environ["HTTPS_PROXY"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    error = refused(receiver)
    assert (error.detail, error.answer) == (f"answered {status}", status)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_no_is_told_by_its_number_alone(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.body = status, b"<script>what a receiver says</script>"
    assert refused(receiver).detail == f"answered {status}"


def test_a_long_answer_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.body = b"x" * 5_000_000
    assert post(call(receiver.url), door=receiver.door) == 200


def test_a_receiver_that_never_answers_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "DEADLINE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "could not be reached" in refused(receiver, f"https://{HOST}:{port}/").detail
    assert threading.active_count() < 20


def test_the_deadline_cuts_a_handshake_too(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "DEADLINE", 0.3)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        refused(receiver, f"https://{HOST}:{silent.getsockname()[1]}/")
    assert time.monotonic() - began < webhook.SECONDS - 1


def test_a_look_up_that_never_ends_holds_nobody(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    answered = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        answered.wait(20)
        return ["127.0.0.1"]

    assert refused(receiver, door=replace(receiver.door, resolve=resolve)).detail.endswith("looked up in time")
    assert receiver.got == []
    answered.set()


def test_nobody_there_is_said(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert refused(receiver, f"https://{HOST}:{port}/").detail == "could not be reached: ConnectionRefusedError"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "hooks.example",
        "https://",
        "https://user@hooks.example/",
        "https://user:password@hooks.example/",
        "https://hooks.example/#here",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nX: y",
        "https://hooks.example\\@inside/",
        "https://h\u00f6oks.example/",
        "https://hooks.example/" + "x" * 500,
    ],
)
def test_an_address_that_is_none_for_a_webhook_is_refused_at_its_field(url: str) -> None:
    with pytest.raises(FieldError) as error:
        target_of(url)
    assert error.value.field == "url"


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET not in repr(call("https://hooks.example/"))
