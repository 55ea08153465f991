"""Starts and ends the AWS stand-in with the strict double in front of it."""

import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self

from portal.embedded.aws.control import AwsControl
from portal.embedded.aws.double_register import write_private
from portal.embedded.aws.double_wire import LOOPBACK
from portal.embedded.aws.processes import (
    AwsStartError,
    end_child,
    free_port,
    start_child,
    take_lock,
    wait_for_port,
    while_alive,
)
from portal.embedded.aws.seed import Seeded, seed_aws

ACCOUNT_ID: Final = "111122223333"
CHECKOUT: Final = Path(__file__).resolve().parents[3]
STANDIN_PYTHON: Final = CHECKOUT / ".venv-standin" / "bin" / "python"


@dataclass(slots=True)
class RunningAws:
    """The stand-in behind the double. ``endpoint_url`` takes S3, IAM, STS, CloudFormation and /federation."""

    endpoint_url: str
    account_id: str
    seeded: Seeded
    control: AwsControl
    processes: list[subprocess.Popen[bytes]] = field(repr=False)

    @property
    def recipient_endpoint_url(self) -> str:
        """What a recipient sets as AWS_ENDPOINT_URL."""
        return self.endpoint_url

    @property
    def issuer_credentials_file(self) -> Path:
        """Profiles ``daypass-issuer`` and ``alice-mfa``."""
        return self.seeded.issuer_credentials_file

    @property
    def issuer_config_file(self) -> Path:
        """Regions of the same profiles."""
        return self.seeded.issuer_config_file

    @property
    def revoker_credentials_file(self) -> Path:
        """Profile ``daypass-revoker``."""
        return self.seeded.revoker_credentials_file

    @property
    def revoker_config_file(self) -> Path:
        """Region of the same profile."""
        return self.seeded.revoker_config_file

    @property
    def pids(self) -> tuple[int, ...]:
        """The stand-in's and the double's process ids."""
        return tuple(process.pid for process in self.processes)

    def stop(self) -> None:
        """End both, the double first; the stand-in saves its state on the way. Twice is once."""
        for process in reversed(self.processes):
            end_child(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_aws(*, state: Path, log: Path, port: int | None = None) -> RunningAws:
    """Start, seed and hand over; ``state`` keeps buckets, users, keys and Deny policies from one start to the next.

    On Linux the processes end with the thread that called this: call it from one that lives as long as they shall.
    Live sessions do not outlast a restart. ``port`` None takes a free one. AwsStartError when it does not come up.
    """
    state = state.resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    control_token = secrets.token_urlsafe(32)
    write_private(state / "control-token", control_token)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("ab") as log_file, (state / "lock").open("w") as lock:
            take_lock(lock)
            standin_port = free_port()
            processes.append(_start_standin(state, standin_port, log_file, lock))
            wait_for_port(processes[0], standin_port, log)
            processes.append(_start_double(state, port or 0, standin_port, log_file, lock))
            endpoint_url = f"http://{LOOPBACK}:{_double_port(processes[1], state, log)}"
        seeded = seed_aws(endpoint_url=endpoint_url, state=state, account_id=ACCOUNT_ID)
    except BaseException:
        for process in reversed(processes):
            end_child(process)
        raise
    return RunningAws(endpoint_url, ACCOUNT_ID, seeded, AwsControl(endpoint_url, control_token), processes)


def _start_standin(state: Path, port: int, log: IO[bytes], lock: IO[str]) -> subprocess.Popen[bytes]:
    for folder in ("standin", "objects", "tmp"):
        (state / folder).mkdir(mode=0o700, exist_ok=True)
    environment = {
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "SERVICES": "s3,iam,sts,cloudformation",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "standin"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "objects"),
        "TMPDIR": str(state / "tmp"),
        "HOME": str(state),
        "DOCKER_HOST": "unix:///nonexistent",  # it would look for containers to remove
        "LOG_LEVEL": "WARNING",
    }
    return start_child([str(STANDIN_PYTHON), "-m", "ministack"], environment, signal.SIGTERM, log, lock)


def _start_double(state: Path, port: int, upstream: int, log: IO[bytes], lock: IO[str]) -> subprocess.Popen[bytes]:
    (state / "double.port").unlink(missing_ok=True)
    program = [sys.executable, "-m", "portal.embedded.aws.double", "--state", str(state), "--port", str(port)]
    program += ["--upstream-port", str(upstream), "--account-id", ACCOUNT_ID]
    return start_child(program, {"PYTHONPATH": str(CHECKOUT), "HOME": str(state)}, signal.SIGKILL, log, lock)


def _double_port(process: subprocess.Popen[bytes], state: Path, log: Path) -> int:
    for _ in while_alive(process, log):
        if (state / "double.port").exists():
            return int((state / "double.port").read_text())
    raise AwsStartError(log)
