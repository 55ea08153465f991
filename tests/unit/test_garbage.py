"""What is there when a process is ready is no garbage, and what comes later is still found."""

import gc
import subprocess
import sys

import pytest

ASKED = """
import gc, weakref
class Ring: pass
from portal.garbage import keep_what_is_here
keep_what_is_here()
ring = Ring(); ring.self = ring; seen = weakref.ref(ring); del ring
gc.collect(2)
print(gc.get_freeze_count() > 1000, len(gc.get_objects()) < 1000, seen() is None)
"""


def test_what_is_there_is_looked_at_no_more_and_what_comes_later_is_found() -> None:
    """In a process of its own: what is frozen here would stay so for every test after this one."""
    assert gc.get_freeze_count() == 0
    said = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True"] * 3


READY = [
    "keys.check_entry = print; import portal.wsgi",
    "from portal.celery import worker_ready; worker_ready.send(None)",
]


@pytest.mark.parametrize("ready", READY, ids=["web", "worker"])
def test_the_web_process_and_a_worker_do_so_when_they_are_ready(ready: str) -> None:
    """Which keys such a process may hold is asked elsewhere: here they are those of the test run."""
    asked = f"import django, gc; django.setup(); from portal import keys; {ready}; print(gc.get_freeze_count() > 1000)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert said.stdout.split()[-1:] == ["True"], said.stderr
