"""A look at who is running, for the tests of the embedded servers."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def descendants(pid: int) -> set[int]:
    """``pid`` and everything it started, as the kernel lists it."""
    found = {pid}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= descendants(int(child))
    return found


def is_alive(pid: int) -> bool:
    """Running: neither gone nor waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def eventually(question: Callable[[], bool], *, seconds: float = 10) -> bool:
    """Whether the answer becomes yes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return question()


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up rights")
