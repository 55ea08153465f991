"""Ports that are stepped around and remembered."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from portal.embedded.ports import Ports, any_free, is_free
from portal.embedded.state import CHECKOUT, StateError


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


def test_two_stacks_that_start_at_the_same_moment_choose_different_ports(tmp_path: Path) -> None:
    preferred = any_free()
    pick = f"print(Ports(Path.cwd()).pick('web', {preferred + 1}), flush=True)"
    choose = f"from portal.embedded.ports import *; {pick}; input()"
    chosen, running = [], []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", choose],
            cwd=tmp_path / name,
            env={"PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        chosen.append(int(process.stdout.readline()))
        running.append(process)
    for process in running:
        process.communicate("\n")
    assert chosen[0] != chosen[1]


def test_two_stacks_of_one_process_choose_different_ports(tmp_path: Path) -> None:
    preferred = any_free() + 1
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    assert Ports(tmp_path / "one").pick("web", preferred) != Ports(tmp_path / "other").pick("web", preferred)


def test_a_meeting_place_that_somebody_else_has_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"daypass-ports-{os.geteuid()}").symlink_to(tmp_path)
    with pytest.raises(StateError, match="belongs to somebody else"):
        any_free()
