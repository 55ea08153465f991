"""Starts and ends the AWS stand-in with the strict double in front of it."""

import secrets
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self

from portal.embedded.aws.claim import PID_FILE, claim_state
from portal.embedded.aws.control import AwsControl
from portal.embedded.aws.double_register import write_private
from portal.embedded.aws.double_wire import LOOPBACK
from portal.embedded.aws.seed import Seeded, seed_aws
from portal.embedded.ports import any_free
from portal.embedded.process import Child, Command

ACCOUNT_ID: Final = "111122223333"
CHECKOUT: Final = Path(__file__).resolve().parents[3]
STANDIN_PYTHON: Final = CHECKOUT / ".venv-standin" / "bin" / "python"
STANDIN: Final = CHECKOUT / "portal" / "embedded" / "aws" / "run_ministack.py"
START_SECONDS: Final = 30


@dataclass(slots=True)
class RunningAws:
    """The stand-in behind the double. ``endpoint_url`` takes S3, IAM, STS, CloudFormation and /federation."""

    endpoint_url: str
    account_id: str
    seeded: Seeded
    control: AwsControl
    children: list[Child] = field(repr=False)
    lock: IO[str] = field(repr=False)

    @property
    def recipient_endpoint_url(self) -> str:
        """What a recipient sets as AWS_ENDPOINT_URL."""
        return self.endpoint_url

    @property
    def issuer_credentials_file(self) -> Path:
        """Profiles ``daypass-issuer``, ``alice-mfa`` and ``daypass-caller``, which assumes the role."""
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
        return tuple(child.pid for child in self.children)

    def stop(self) -> None:
        """End both, the double first; the stand-in saves its state on the way. Twice is once."""
        _stop(self.children)
        self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_aws(*, state: Path, log: Path, port: int | None = None) -> RunningAws:
    """Start, seed and hand over; ``state`` keeps buckets, users, keys and Deny policies from one start to the next.

    On Linux the processes end with the thread that called this: call it from one that lives as long as they shall.
    Live sessions do not outlast a restart. ``port`` None takes a free one. ServerFailedError when it does not come up.
    """
    state = state.resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = claim_state(state)
    token = secrets.token_urlsafe(32)
    write_private(state / "control-token", token)
    children: list[Child] = []
    try:
        standin_port = _start_standin(children, state, log)
        endpoint_url = _start_double(children, state, log, port=port or 0, upstream_port=standin_port)
        seeded = seed_aws(endpoint_url=endpoint_url, state=state, account_id=ACCOUNT_ID)
    except BaseException:
        _stop(children)
        lock.close()
        raise
    return RunningAws(endpoint_url, ACCOUNT_ID, seeded, AwsControl(endpoint_url, token), children, lock)


def _start_standin(children: list[Child], state: Path, log: Path) -> int:
    """The environment is exactly this one: no AWS settings or keys of the caller reach the stand-in."""
    for folder in ("standin", "objects", "tmp"):
        (state / folder).mkdir(mode=0o700, exist_ok=True)
    port = any_free()
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
    argv = (str(STANDIN_PYTHON), "-P", str(STANDIN))
    # It saves its state when it is asked to end, so it is asked even when we are killed.
    child = Child(
        Command(name="aws", argv=argv, environment=environment, directory=state, log=log, last_signal=signal.SIGTERM)
    )
    children.append(child)
    (state / PID_FILE).write_text(str(child.pid))
    child.wait_until(lambda: _is_listening(port), seconds=START_SECONDS)
    return port


def _start_double(children: list[Child], state: Path, log: Path, *, port: int, upstream_port: int) -> str:
    port_file = state / "double.port"
    port_file.unlink(missing_ok=True)
    argv = (
        *(sys.executable, "-m", "portal.embedded.aws.double", "--state", str(state), "--port", str(port)),
        *("--upstream-port", str(upstream_port), "--account-id", ACCOUNT_ID),
    )
    environment = {"PYTHONPATH": str(CHECKOUT), "HOME": str(state)}
    child = Child(Command(name="aws double", argv=argv, environment=environment, directory=state, log=log))
    children.append(child)
    child.wait_until(port_file.exists, seconds=START_SECONDS)
    return f"http://{LOOPBACK}:{port_file.read_text()}"


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _stop(children: list[Child]) -> None:
    for child in reversed(children):
        child.stop()
