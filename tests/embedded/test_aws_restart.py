"""What a restart keeps, orderly or not, and that nothing goes on running."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.embedded.aws import RunningAws, start_aws
from portal.embedded.aws.claim import StateInUseError, claim_state
from tests.embedded.aws_people import READ_OUT, deny, federated, issuer, refusal, revoker, root, session

REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
POLICY = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny"}
DENIED = (403, "AccessDenied")
STARTER = """
import sys, time
from pathlib import Path
from portal.embedded.aws import start_aws
place = Path(sys.argv[1])
aws = start_aws(state=place / "state", log=place / "log")
print(*aws.pids, flush=True)
time.sleep(60)
"""


def start(place: Path) -> RunningAws:
    return start_aws(state=place / "state", log=place / "log")


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def leave_traces(aws: RunningAws) -> None:
    revoker(aws).put_user_policy(**POLICY, PolicyDocument=deny("dp-AGAIN00001-1"))
    root(aws, "s3").put_object(Bucket="acme-drop", Key="out/report.csv", Body=b"changed")


def assert_traces(aws: RunningAws) -> None:
    assert revoker(aws).get_user_policy(**POLICY)["PolicyDocument"] == json.loads(deny("dp-AGAIN00001-1"))
    assert refusal(federated(aws, "dp-AGAIN00001-1").get_object, **REPORT) == DENIED
    assert federated(aws, "dp-AGAIN00002-1").get_object(**REPORT)["Body"].read() == b"changed"


def test_a_restart_keeps_objects_keys_and_denies(tmp_path: Path) -> None:
    with start(tmp_path) as aws:
        leave_traces(aws)
        keys, seed, calls = aws.issuer_credentials_file.read_text(), aws.seeded.mfa_seed, aws.control.last_sequence()
    with start(tmp_path) as aws:
        assert_traces(aws)
        assert aws.issuer_credentials_file.read_text() == keys
        assert aws.seeded.mfa_seed == seed
        assert aws.control.calls()[calls - 1]["sequence"] == calls > 0


def test_a_killed_stand_in_comes_back_with_its_denies(tmp_path: Path) -> None:
    with start(tmp_path) as aws:
        leave_traces(aws)
        for pid in aws.pids:
            os.kill(pid, signal.SIGKILL)
    with start(tmp_path) as aws:
        assert_traces(aws)


def test_a_deny_taken_away_stays_away_after_a_kill(tmp_path: Path) -> None:
    with start(tmp_path) as aws:
        leave_traces(aws)
    with start(tmp_path) as aws:
        revoker(aws).delete_user_policy(**POLICY)
        os.kill(aws.pids[0], signal.SIGKILL)
    with start(tmp_path) as aws:
        assert refusal(revoker(aws).get_user_policy, **POLICY) == (404, "NoSuchEntity")


def test_sessions_do_not_outlast_a_restart(tmp_path: Path) -> None:
    with start(tmp_path) as aws:
        minted = issuer(aws).get_federation_token(Name="dp-AGAIN00003-1", Policy=READ_OUT)
    with start(tmp_path) as aws:
        assert refusal(session(aws, minted).get_object, **REPORT) == (403, "InvalidAccessKeyId")


def test_no_process_is_left_after_stop(tmp_path: Path) -> None:
    aws = start(tmp_path)
    assert all(map(is_running, aws.pids))
    aws.stop()
    aws.stop()
    assert not any(map(is_running, aws.pids))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_the_processes_end_with_a_killed_starter_and_the_state_is_saved(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        pids = [int(word) for word in starter.stdout.readline().split()]
        starter.kill()
    with start(tmp_path) as aws:  # waits for the one before
        assert not any(map(is_running, pids))
        assert (tmp_path / "state" / "standin" / "iam.json").exists()
        assert federated(aws, "dp-AGAIN00004-1").get_object(**REPORT)


def test_one_state_is_one_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.embedded.aws.claim.WAIT_SECONDS", 0.1)
    lock = claim_state(tmp_path)
    with pytest.raises(StateInUseError):
        claim_state(tmp_path)
    lock.close()
    claim_state(tmp_path).close()


def test_keys_are_in_separate_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    with start(tmp_path) as aws:
        issuer(aws).get_caller_identity()
        files = [aws.issuer_credentials_file, aws.revoker_credentials_file, tmp_path / "state" / "control-token"]
        files += [tmp_path / "state" / "register.json", tmp_path / "state" / "calls.jsonl"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert "daypass-revoker" not in aws.issuer_credentials_file.read_text()
        assert "daypass-issuer" not in aws.revoker_credentials_file.read_text()


def test_a_start_on_a_taken_port_fails_and_leaves_nothing(tmp_path: Path) -> None:
    with start(tmp_path / "one") as aws:
        port = int(aws.endpoint_url.rpartition(":")[2])
        began = time.monotonic()
        with pytest.raises(Exception, match="aws double"):
            start_aws(state=tmp_path / "two", log=tmp_path / "log", port=port)
        assert time.monotonic() - began < 10
    pid = int((tmp_path / "two" / "standin.pid").read_text())
    assert not is_running(pid)
