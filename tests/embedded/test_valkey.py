"""The starter of Valkey, on real servers."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from portal.embedded.ports import any_free
from portal.embedded.valkey import Valkey
from tests.embedded.processes import is_alive, needs_proc


@pytest.fixture
def server(state: Path) -> Iterator[Valkey]:
    running = Valkey(state=state, port=any_free(), password="rhubarb-and-custard")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(server: Valkey) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(server.url, socket_timeout=2) as connected:
        yield connected


@pytest.mark.parametrize("userinfo", ["", ":wrong@"])
def test_it_wants_the_password(server: Valkey, userinfo: str) -> None:
    url = f"redis://{userinfo}127.0.0.1:{server.port}/0"
    with redis.Redis.from_url(url) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_it_evicts_nothing_and_writes_everything_down(client: "redis.Redis") -> None:
    settings = client.config_get("*")
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert settings["bind"] == "127.0.0.1"


def test_its_data_survives_kill_9(server: Valkey, client: "redis.Redis") -> None:
    client.set("kept", "42")
    server.kill()
    server.start()
    assert client.get("kept") == b"42"


def test_its_password_is_on_no_command_line_and_in_a_private_file(server: Valkey, state: Path) -> None:
    assert (state / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
    assert b"rhubarb" not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


@needs_proc
def test_it_ends_even_while_it_is_stopped_like_a_stalled_machine(server: Valkey) -> None:
    os.kill(server.pid, signal.SIGSTOP)
    server.stop()
    assert not is_alive(server.pid)
