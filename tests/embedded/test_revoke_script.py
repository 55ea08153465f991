"""deploy/revoke-without-daypass.sh with the real AWS CLI and the revoker's keys: nothing of Daypass takes part."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from portal.embedded.aws import RunningAws
from portal.embedded.state import CHECKOUT
from tests.embedded.aws_people import federated, refusal, root

pytest_plugins = ["tests.embedded.aws_fixtures"]
SCRIPT = CHECKOUT / "deploy" / "revoke-without-daypass.sh"
AWS_CLI = CHECKOUT / ".venv-awscli" / "bin"
ISSUER = "daypass-issuer"
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
DENIED = (403, "AccessDenied")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(aws: RunningAws) -> Iterator[Run]:
    environment = {
        "PATH": f"{AWS_CLI}:{os.defpath}",
        "AWS_PROFILE": "daypass-revoker",
        "AWS_SHARED_CREDENTIALS_FILE": str(aws.revoker_credentials_file),
        "AWS_CONFIG_FILE": str(aws.revoker_config_file),
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_MAX_ATTEMPTS": "1",
    }

    def script(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", str(SCRIPT), *words], env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    yield script
    iam = root(aws, "iam")
    for name in iam.list_user_policies(UserName=ISSUER)["PolicyNames"]:
        iam.delete_user_policy(UserName=ISSUER, PolicyName=name)


def lift(printed: str) -> list[str]:
    """The words of the command that it prints to take its Deny away again."""
    (line,) = (line for line in printed.splitlines() if line.startswith("to take it away again: "))
    return line.split()[6:]


def test_one_session_is_ended_by_its_name_and_the_printed_line_takes_it_back(aws: RunningAws, run: Run) -> None:
    carol, dave = federated(aws, "dp-SCRIPT0001-1"), federated(aws, "dp-SCRIPT0002-1")
    done = run("name", ISSUER, "dp-SCRIPT0001-1")
    assert (done.returncode, "111122223333:dp-SCRIPT0001-1" in done.stdout) == (0, True), done.stderr
    assert refusal(carol.get_object, **REPORT) == DENIED
    assert dave.get_object(**REPORT)
    assert run(*lift(done.stdout)).returncode == 0
    assert carol.get_object(**REPORT)


def test_everything_ends_and_nothing_new_works(aws: RunningAws, run: Run) -> None:
    carol = federated(aws, "dp-SCRIPT0003-1")
    assert run("everything", ISSUER).returncode == 0
    assert refusal(carol.get_object, **REPORT) == DENIED
    assert refusal(federated, aws=aws, name="dp-SCRIPT0004-1") == DENIED


def test_until_now_ends_what_is_older_and_lets_new_sessions_work(aws: RunningAws, run: Run) -> None:
    carol = federated(aws, "dp-SCRIPT0005-1")
    time.sleep(1.1)  # AWS and the script count whole seconds
    done = run("until-now", ISSUER)
    assert done.returncode == 0, done.stderr
    assert refusal(carol.get_object, **REPORT) == DENIED
    time.sleep(1.1)
    assert federated(aws, "dp-SCRIPT0006-1").get_object(**REPORT)


@pytest.mark.parametrize("words", [(), ("name",), ("end", ISSUER), ("name", ISSUER, 'x"}},"Effect":"Allow')])
def test_what_makes_no_sense_is_refused_before_aws_is_asked(aws: RunningAws, run: Run, words: tuple[str, ...]) -> None:
    before = aws.control.last_sequence()
    assert run(*words).returncode == 2
    assert aws.control.calls(since=before) == []


def test_a_deny_that_aws_refuses_is_said_loudly(run: Run) -> None:
    done = run("name", "daypass-caller", "dp-SCRIPT0007-1")
    assert done.returncode != 0
    assert "AccessDenied" in done.stderr
