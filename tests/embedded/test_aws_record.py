"""The record of calls: what was sent, what became of it, and no secret."""

import json
import time
from pathlib import Path

from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_records import Records
from portal.embedded.aws.double_register import totp_code
from tests.embedded.aws_people import READ_OUT, client, deny, issuer, refusal, revoker, root, with_profile

pytest_plugins = ["tests.embedded.aws_fixtures"]


def test_a_call_is_recorded_with_what_was_sent_and_what_came_back(aws: RunningAws) -> None:
    since = aws.control.last_sequence()
    tags = [{"Key": "daypass:grant", "Value": "RECORD0001"}]
    minted = issuer(aws).get_federation_token(Name="dp-RECORD0001-1", Policy=READ_OUT, DurationSeconds=900, Tags=tags)
    (call,) = aws.control.calls(since=since)
    assert (call["service"], call["operation"], call["outcome"]) == ("sts", "GetFederationToken", "ok")
    assert call["parameters"]["Name"] == "dp-RECORD0001-1"
    assert call["parameters"]["Policy"] == READ_OUT
    assert call["parameters"]["Tags.member.1.Value"] == "RECORD0001"
    assert call["minted"] == minted["Credentials"]["AccessKeyId"]
    assert call["request_id"] == minted["ResponseMetadata"]["RequestId"]
    assert call["request_id"] == minted["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_a_refusal_is_recorded_with_its_code(aws: RunningAws) -> None:
    since = aws.control.last_sequence()
    refusal(issuer(aws).get_federation_token, Name="d")
    aws.control.add_fault("throttle")
    refusal(issuer(aws).get_federation_token, Name="dp-RECORD0002-1")
    found = aws.control.calls(since=since, operation="GetFederationToken")
    outcomes = [(call["outcome"], call["status"], call["fault"], call["minted"]) for call in found]
    assert outcomes == [("ValidationError", 400, None, None), ("Throttling", 400, "throttle", None)]


def test_writes_to_iam_are_recorded_with_their_document(aws: RunningAws) -> None:
    since = aws.control.last_sequence()
    policy = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny"}
    revoker(aws).put_user_policy(**policy, PolicyDocument=deny("dp-RECORD0003-1"))
    revoker(aws).delete_user_policy(**policy)
    found = aws.control.calls(since=since)
    assert [call["operation"] for call in found] == ["PutUserPolicy", "DeleteUserPolicy"]
    assert found[0]["parameters"]["PolicyDocument"] == deny("dp-RECORD0003-1")


def test_no_secret_is_recorded(aws: RunningAws) -> None:
    code = totp_code(aws.seeded.mfa_seed, now=time.time(), offset=-1)
    parameters = {"SerialNumber": aws.seeded.mfa_serial, "TokenCode": code}
    given = with_profile(aws, "sts", "alice-mfa").get_session_token(**parameters)["Credentials"]
    file = aws.issuer_credentials_file.parent.parent / "calls.jsonl"
    last = json.loads(file.read_text().splitlines()[-1])
    assert last["parameters"] == {"SerialNumber": aws.seeded.mfa_serial}
    assert code not in json.dumps(last)
    assert given["SecretAccessKey"] not in file.read_text()
    assert given["SessionToken"] not in file.read_text()


def test_calls_with_wrong_keys_are_recorded_too(aws: RunningAws) -> None:
    since = aws.control.last_sequence()
    mallory = client(aws, "sts", {"aws_access_key_id": "AKIAMALLORY000000000", "aws_secret_access_key": "x"})
    assert refusal(mallory.get_federation_token, Name="dp-RECORD0004-1") == (403, "InvalidClientTokenId")
    assert aws.control.calls(since=since)[0]["access_key_id"] == "AKIAMALLORY000000000"


def test_what_root_does_to_seed_is_not_recorded(aws: RunningAws) -> None:
    since = aws.control.last_sequence()
    root(aws, "iam").list_users()
    assert aws.control.calls(since=since) == []


def test_a_record_cut_short_by_a_crash_is_read_up_to_there(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text('{"sequence": 1}\n{"sequence": 2}\n{"sequ')
    assert [line["sequence"] for line in Records(file).since(1)] == [2]
    assert file.read_text() == '{"sequence": 1}\n{"sequence": 2}\n'
