"""Ports that are stepped around and remembered."""

import socket
from pathlib import Path

import pytest

from portal.embedded.ports import Ports, any_free, is_free


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_busy_port_is_stepped_around(state: Path, family: socket.AddressFamily, host: str) -> None:
    preferred = any_free()
    try:
        busy = socket.create_server((host, preferred), family=family)
    except OSError:
        pytest.skip("this machine has no such loopback")
    with busy:
        assert not is_free(preferred)
        assert Ports(state).pick("web", preferred) > preferred


def test_a_port_is_the_same_next_time_even_when_the_preferred_one_is_free_again(state: Path) -> None:
    preferred = any_free()
    with socket.create_server(("127.0.0.1", preferred)):
        first = Ports(state).pick("web", preferred)
    assert Ports(state).pick("web", preferred) == first


def test_two_names_never_share_a_port(state: Path) -> None:
    ports, preferred = Ports(state), any_free()
    assert ports.pick("web", preferred) != ports.pick("inbox", preferred)


def test_without_a_preference_any_free_port_will_do(state: Path) -> None:
    assert is_free(Ports(state).pick("web"))
