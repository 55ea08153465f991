"""The private directory: locked, erased, and remade under another name by a fresh clone."""

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.embedded import state as place
from portal.embedded.state import StateError, demo_state, erase, fresh_state, locked, make_private, root_base
from tests.embedded.processes import needs_root


def test_a_second_demo_of_one_checkout_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(StateError, match=rf"process {os.getpid()}"), locked(tmp_path):
        pytest.fail("both hold the lock")


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_erasing_keeps_the_lock_that_is_held(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "data").touch()
    (tmp_path / "secrets.json").touch()
    with locked(tmp_path):
        erase(tmp_path)
        assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]


def test_a_directory_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = make_private(tmp_path / "state")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_what_killed_test_runs_left_behind_is_removed_and_what_is_in_use_is_not() -> None:
    with fresh_state() as used:
        left = make_private(used.with_name(f"{used.name}-left"))
        (left / "data").touch()
        with fresh_state():
            assert not left.exists()
            assert used.exists()
    assert not used.exists()


@needs_root
def test_below_a_directory_that_others_cannot_enter_root_keeps_its_state_elsewhere(tmp_path: Path) -> None:
    closed = make_private(tmp_path / "closed")
    checkout = make_private(closed / "checkout")
    state = demo_state(checkout)
    assert checkout not in state.parents
    assert demo_state(checkout) == state
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    (checkout / ".daypass" / "name").unlink()  # as in a fresh clone
    other = demo_state(checkout)
    assert other != state
    state.rmdir()
    other.rmdir()


@needs_root
def test_root_takes_the_next_place_when_the_first_is_closed_or_somebody_elses(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, foreign, good = make_private(state / "closed") / "base", state / "foreign", state / "good"
    foreign.mkdir()
    os.chown(foreign, 65534, 65534)
    monkeypatch.setattr(place, "ROOT_BASES", (closed, foreign, good))
    assert root_base() == good
    monkeypatch.setattr(place, "ROOT_BASES", (closed, foreign))
    with pytest.raises(StateError, match="can be used by root"):
        root_base()


@needs_root
def test_a_state_made_by_root_is_refused_to_others_with_a_reason(state: Path) -> None:
    checkout = make_private(state / "checkout", mode=0o755)
    make_private(checkout / ".daypass")
    program = (
        f"from pathlib import Path; from portal.embedded.state import demo_state; demo_state(Path({str(checkout)!r}))"
    )
    script = f"import portal.embedded.state, os; os.setuid(65534); {program}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "belongs to another account of this machine" in done.stderr


def test_runs_that_begin_in_the_same_moment_leave_each_other_alone() -> None:
    def begin(_: int) -> bool:
        with fresh_state() as state:
            time.sleep(0.05)
            return state.exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(begin, range(32)))
