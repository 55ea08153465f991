"""The stand-in's sessions: those that are over are forgotten, and those that live are not looked at for it."""

import json
import subprocess

from portal.embedded.aws.running import STANDIN, STANDIN_PYTHON

SCRIPT = """
import json, runpy, sys, time
from ministack.services import sts

class Counted(dict):
    looks = 0
    def items(self):
        Counted.looks += 1
        return super().items()

sts._sessions = Counted()
register = runpy.run_path(sys.argv[1])["register_session"]
now = time.time()
for name, session in {"over": {"Expiration": now - 1}, "lives": {"Expiration": now + 60}, "endless": {}}.items():
    register(name, session)
print(json.dumps([sorted(sts._sessions), Counted.looks, sts._sessions["lives"]["IssuedAt"] >= now]))
"""


def test_sessions_that_are_over_are_forgotten_without_a_look_at_those_that_live() -> None:
    argv = (STANDIN_PYTHON, "-P", "-c", SCRIPT, STANDIN)
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(said.stdout) == [["endless", "lives"], 0, True]
