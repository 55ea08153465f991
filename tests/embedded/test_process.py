"""Children on a leash: none outlives whoever started it."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from portal.embedded.process import Account, Child, Command, ServerFailedError
from tests.embedded.processes import descendants, eventually, is_alive, needs_proc, needs_root

SLEEP = ("/bin/sleep", "60")


def command(tmp_path: Path, *argv: str, account: Account | None = None) -> Command:
    environment = {"PATH": os.defpath}
    log = tmp_path / "child.log"
    return Command(name="The child", argv=argv, environment=environment, directory=Path("/"), log=log, account=account)


def test_what_ends_instead_of_starting_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child(command(tmp_path, "/bin/sh", "-c", "echo no such thing; exit 3"))
    with pytest.raises(ServerFailedError, match=r"(?s)The child ended with status 3 .*no such thing"):
        child.wait_until(lambda: False, seconds=10)


def test_what_takes_too_long_is_told_too(tmp_path: Path) -> None:
    child = Child(command(tmp_path, *SLEEP))
    with pytest.raises(ServerFailedError, match="was not ready after 0 s"):
        child.wait_until(lambda: False, seconds=0.1)
    child.stop()


def test_the_log_of_an_earlier_run_is_not_mistaken_for_this_ones(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("ready\n")
    child = Child(command(tmp_path, "/bin/sh", "-c", "echo new"))
    child.wait_for_success(seconds=10)
    assert child.output() == "new\n"


@needs_proc
def test_stop_takes_the_grandchildren_along(tmp_path: Path) -> None:
    child = Child(command(tmp_path, "/bin/sh", "-c", "trap '' TERM; sleep 60 & sleep 60 & echo up; wait"))
    child.wait_until(lambda: "up" in child.output(), seconds=10)
    family = descendants(child.pid)
    child.stop(seconds=0.2)
    assert len(family) == 3
    assert eventually(lambda: not any(is_alive(pid) for pid in family))


@needs_proc
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own leash")
def test_when_its_starter_is_killed_with_9_the_kernel_ends_it(tmp_path: Path) -> None:
    starter = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from portal.embedded.process import Child, Command
        child = Child(Command(name="c", argv={SLEEP!r}, environment={{}}, directory=Path("/"),
            log=Path({str(tmp_path / "child.log")!r})))
        print(child.pid, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert eventually(lambda: b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes())
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not is_alive(pid))


@needs_proc
@needs_root
def test_another_account_keeps_nothing_of_roots_rights(tmp_path: Path) -> None:
    child = Child(command(tmp_path, "/bin/cat", "/proc/self/status", account=Account(65534, 65534)))
    child.wait_for_success(seconds=10)
    fields = dict(line.split(":\t", 1) for line in child.output().splitlines() if ":\t" in line)
    assert set(fields["Uid"].split()) == set(fields["Gid"].split()) == {"65534"}
    assert fields["Groups"].strip() == ""
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
