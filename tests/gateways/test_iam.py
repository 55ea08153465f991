"""Writing the Deny: against the enforcing stand-in, and against an IAM that is late, busy or foreign."""

import contextlib
import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from grants.errors import RevokeError
from grants.gateways import iam_errors
from grants.gateways.aws import forget_clients
from grants.gateways.iam import write_deny
from grants.policy.deny import DenyFullError, EntryRefusedError, NotOurDenyError, denied_in, deny_document
from grants.values import IssuerRef
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from tests.embedded.aws_people import federated, refusal, root
from tests.gateways.canned_aws import ISSUER as CANNED_ISSUER
from tests.gateways.canned_aws import CannedAws, no
from tests.gateways.canned_iam import serve, shows

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.gateways.gateway_fixtures"]

ISSUER = IssuerRef(ACCOUNT_ID, "aws", "us-east-1", f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-issuer", "daypass-issuer")
POLICY = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny"}
MANAGED = f"arn:aws:iam::{ACCOUNT_ID}:policy/daypass-issuer-deny"
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
CAROL = f"{ACCOUNT_ID}:dp-CAROL00001-1"
DAVE = f"{ACCOUNT_ID}:dp-DAVE000001-1"


@pytest.fixture
def revoke_worker(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningAws]:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(aws.revoker_credentials_file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws.revoker_config_file))
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", aws.endpoint_url)
    forget_clients()
    yield aws
    aws.control.clear_faults()
    with contextlib.suppress(ClientError):  # nothing was written
        root(aws, "iam").delete_user_policy(**POLICY)
    set_managed(aws, deny_document(()))
    forget_clients()


def write(*, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> frozenset[str]:
    return write_deny(issuer=ISSUER, revoker_profile="daypass-revoker", add=add, remove=remove)


def refused_write(*, add: tuple[str, ...] = (CAROL,)) -> RevokeError:
    with pytest.raises(RevokeError) as refused:
        write(add=add)
    assert refused.value.__context__ is None
    return refused.value


def set_managed(aws: RunningAws, document: str) -> None:
    """A new version of the managed deny policy, by an administrator."""
    iam = root(aws, "iam")
    for version in iam.list_policy_versions(PolicyArn=MANAGED)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=MANAGED, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=MANAGED, PolicyDocument=document, SetAsDefault=True)


def managed(aws: RunningAws) -> frozenset[str]:
    """Who is denied by the managed policy, from an administrator's view."""
    iam = root(aws, "iam")
    version = iam.get_policy(PolicyArn=MANAGED)["Policy"]["DefaultVersionId"]
    return denied_in(iam.get_policy_version(PolicyArn=MANAGED, VersionId=version)["PolicyVersion"]["Document"])


def held(aws: RunningAws) -> str:
    """What AWS holds, from an administrator's view."""
    return json.dumps(root(aws, "iam").get_user_policy(**POLICY)["PolicyDocument"], separators=(",", ":"))


def writes(aws: RunningAws, since: int) -> list[str]:
    return [call["operation"] for call in aws.control.calls(since=since) if not call["operation"].startswith("Get")]


def test_a_denied_session_reads_nothing_any_more_and_others_go_on(revoke_worker: RunningAws) -> None:
    carol, dave = federated(revoke_worker, "dp-CAROL00001-1"), federated(revoke_worker, "dp-DAVE000001-1")
    assert carol.get_object(**REPORT)
    assert write(add=(CAROL,)) == {CAROL}
    assert refusal(carol.get_object, **REPORT) == (403, "AccessDenied")
    assert dave.get_object(**REPORT)


def test_what_aws_holds_stays_denied(revoke_worker: RunningAws) -> None:
    write(add=(CAROL,))
    assert write(add=(DAVE,)) == {CAROL, DAVE}
    assert held(revoke_worker) == deny_document([CAROL, DAVE])


def test_a_lifted_entry_goes_and_the_last_one_takes_the_policy_along(revoke_worker: RunningAws) -> None:
    write(add=(CAROL, DAVE))
    assert write(remove=(CAROL,)) == {DAVE}
    assert write(remove=(DAVE,)) == frozenset()
    assert refusal(root(revoke_worker, "iam").get_user_policy, **POLICY) == (404, "NoSuchEntity")


def test_what_is_so_already_is_not_written_again(revoke_worker: RunningAws) -> None:
    write(add=(CAROL,))
    before = revoke_worker.control.last_sequence()
    assert write(add=(CAROL,), remove=(DAVE,)) == {CAROL}
    assert writes(revoke_worker, before) == []


def test_somebody_elses_document_is_left_alone(revoke_worker: RunningAws) -> None:
    foreign = deny_document([CAROL]).replace("DaypassDenied", "Incident42")
    root(revoke_worker, "iam").put_user_policy(**POLICY, PolicyDocument=foreign)
    before = revoke_worker.control.last_sequence()
    assert type(refused_write(add=(DAVE,))) is NotOurDenyError
    assert writes(revoke_worker, before) == []
    assert held(revoke_worker) == foreign


def test_what_is_no_session_of_ours_never_reaches_aws(revoke_worker: RunningAws) -> None:
    before = revoke_worker.control.last_sequence()
    for userid in ("*", f"{ACCOUNT_ID}:alice", "444455556666:dp-CAROL00001-1"):
        assert type(refused_write(add=(CAROL, userid))) is EntryRefusedError
        with pytest.raises(EntryRefusedError):
            write(remove=(userid,))
    assert revoke_worker.control.calls(since=before) == []


def many(count: int) -> tuple[str, ...]:
    return tuple(f"{ACCOUNT_ID}:dp-MANY{number:06}-1" for number in range(count))


def test_what_finds_no_room_inline_stands_in_the_managed_policy_and_works_there(revoke_worker: RunningAws) -> None:
    last = federated(revoke_worker, "dp-MANY000199-1")
    assert last.get_object(**REPORT)
    assert write(add=many(200)) == set(many(200))
    assert managed(revoke_worker) == set(many(200)[44:])
    assert refusal(last.get_object, **REPORT) == (403, "AccessDenied")


def test_an_entry_leaves_wherever_it_stands(revoke_worker: RunningAws) -> None:
    write(add=many(60))
    assert write(remove=many(60)[20:50]) == {*many(60)[:20], *many(60)[50:]}
    assert write(remove=many(60)) == frozenset()
    assert managed(revoke_worker) == frozenset()
    assert refusal(root(revoke_worker, "iam").get_user_policy, **POLICY) == (404, "NoSuchEntity")


def test_old_versions_make_room_and_the_one_in_force_stays(revoke_worker: RunningAws) -> None:
    for count in range(50, 58):
        assert len(write(add=many(count))) == count
    versions = root(revoke_worker, "iam").list_policy_versions(PolicyArn=MANAGED)["Versions"]
    assert len(versions) == 5
    assert len(managed(revoke_worker)) == 57 - 44


def test_more_than_both_hold_is_refused_and_what_fits_is_denied(revoke_worker: RunningAws) -> None:
    refused = refused_write(add=many(300))
    assert type(refused) is DenyFullError
    assert len(refused.held) == 237
    assert managed(revoke_worker) <= refused.held <= set(many(300))


def test_an_inline_policy_that_others_fill_lets_everything_overflow(revoke_worker: RunningAws) -> None:
    write(add=(CAROL,))
    emergency = {"UserName": "daypass-issuer", "PolicyName": "daypass-emergency-x"}
    root(revoke_worker, "iam").put_user_policy(**emergency, PolicyDocument=deny_document(many(45)))
    try:
        assert len(write(add=many(20))) == 21
    finally:
        root(revoke_worker, "iam").delete_user_policy(**emergency)
    assert managed(revoke_worker) == set(many(20))
    assert held(revoke_worker) == deny_document([CAROL])


def test_the_emergency_finds_room_however_many_are_denied(revoke_worker: RunningAws) -> None:
    write(add=many(200))
    for name in ("a", "b"):
        emergency = {"UserName": "daypass-issuer", "PolicyName": f"daypass-emergency-{name}"}
        root(revoke_worker, "iam").put_user_policy(**emergency, PolicyDocument=deny_document([DAVE]))
        root(revoke_worker, "iam").delete_user_policy(**emergency)


def test_a_managed_policy_of_somebody_else_is_left_alone_and_the_inline_one_still_works(
    revoke_worker: RunningAws,
) -> None:
    foreign = deny_document([CAROL]).replace("DaypassDenied", "Incident42")
    set_managed(revoke_worker, foreign)
    assert write(add=(DAVE,)) == {DAVE}
    refused = refused_write(add=many(60))
    assert type(refused) is NotOurDenyError
    assert len(refused.held) == 44
    with pytest.raises(NotOurDenyError):
        managed(revoke_worker)


@pytest.mark.parametrize("fault", ["access_denied", "throttle", "limit_exceeded", "drop"])
def test_a_managed_policy_that_takes_nothing_costs_the_inline_one_nothing(
    revoke_worker: RunningAws, fault: str
) -> None:
    revoke_worker.control.add_fault(fault, operation="CreatePolicyVersion")
    refused = refused_write(add=many(60))
    assert refused.held == set(many(60)[:44])
    assert write(add=many(60)) == set(many(60))


def test_a_revoker_from_before_the_managed_policy_goes_on_with_the_inline_one(revoke_worker: RunningAws) -> None:
    revoke_worker.control.add_fault("access_denied", operation="GetPolicy", times=None)
    assert write(add=(CAROL,)) == {CAROL}
    assert type(refused_write(add=many(60))) is DenyFullError


def test_a_whole_vendor_is_denied_by_its_tag_and_lifted_again(revoke_worker: RunningAws) -> None:
    tags = {"Tags": [{"Key": "daypass:vendor", "Value": "northwind"}, {"Key": "daypass:template", "Value": "drop"}]}
    carol, dave = federated(revoke_worker, "dp-CAROL00002-1", **tags), federated(revoke_worker, "dp-DAVE000002-1")
    for entry in ("vendor=northwind", "template=drop", "before=2099-01-01T00:00:00Z"):
        assert write(add=(entry,)) == {entry}
        assert refusal(carol.get_object, **REPORT) == (403, "AccessDenied"), entry
        if not entry.startswith("before"):
            assert dave.get_object(**REPORT)
        assert write(remove=(entry,)) == frozenset()
        assert carol.get_object(**REPORT)


def test_sessions_that_are_younger_than_a_time_go_on(revoke_worker: RunningAws) -> None:
    carol = federated(revoke_worker, "dp-CAROL00003-1")
    write(add=("before=2026-01-01T00:00:00Z",))
    assert carol.get_object(**REPORT)


FAULTS = [
    ("GetUserPolicy", "access_denied", iam_errors.RevokerDeniedError),  # the revoker may not read
    ("PutUserPolicy", "access_denied", iam_errors.RevokerDeniedError),  # nor write
    ("PutUserPolicy", "throttle", iam_errors.IamBusyError),  # too fast
    ("PutUserPolicy", "internal_error", iam_errors.IamBusyError),  # AWS's own fault
    ("PutUserPolicy", "invalid_client_token", iam_errors.RevokerKeysError),  # keys gone
    ("PutUserPolicy", "drop", iam_errors.IamUnreachableError),  # the network
    ("PutUserPolicy", "lost_answer", iam_errors.IamUnreachableError),  # written, but who knows
    ("GetUserPolicy", "malformed_xml", iam_errors.IamUnreachableError),  # unreadable
]


@pytest.mark.parametrize(("operation", "fault", "kind"), FAULTS)
def test_every_fault_is_told_apart_and_the_next_try_succeeds(
    revoke_worker: RunningAws, operation: str, fault: str, kind: type[RevokeError]
) -> None:
    revoke_worker.control.add_fault(fault, operation=operation)
    refused = refused_write()
    assert type(refused) is kind
    assert refused.retryable
    assert write(add=(CAROL,)) == {CAROL}


def test_an_unknown_profile_is_a_missing_key(revoke_worker: RunningAws) -> None:
    with pytest.raises(iam_errors.RevokerKeysError):
        write_deny(issuer=ISSUER, revoker_profile="nobody", add=(CAROL,), remove=())
    assert revoke_worker.pids


# --- an IAM that is late ---------------------------------------------------------------


def write_to_canned(*userids: str) -> frozenset[str]:
    return write_deny(issuer=CANNED_ISSUER, revoker_profile="revoker", add=userids, remove=())


def test_a_deny_counts_once_iam_shows_it(canned: CannedAws) -> None:
    nobody = no("NoSuchEntity", 404)
    serve(canned, [nobody, nobody, nobody, shows(CAROL)])
    assert write_to_canned(CAROL) == {CAROL}
    look = ["GetUserPolicy", "GetPolicy"]
    assert [asked["Action"] for asked in canned.asked] == [*look, "PutUserPolicy", *look, *look, *look]
    assert canned.asked[2]["PolicyDocument"] == deny_document([CAROL])
    assert canned.asked[2]["UserName"] == "issuer"  # the last part of its path
    assert canned.asked[1]["PolicyArn"].endswith(":policy/issuer-deny")


def test_a_deny_that_iam_never_shows_is_not_confirmed(canned: CannedAws) -> None:
    serve(canned, [shows(DAVE)])
    with pytest.raises(iam_errors.DenyNotConfirmedError) as refused:
        write_to_canned(CAROL)
    assert refused.value.detail == "1 missing, 0 too many"
    assert refused.value.retryable


def test_an_issuer_that_was_deleted_is_named(canned: CannedAws) -> None:
    canned.says(no("NoSuchEntity", 404))  # to the write as well
    with pytest.raises(iam_errors.IssuerGoneError) as refused:
        write_to_canned(CAROL)
    assert refused.value.detail.startswith("NoSuchEntity at PutUserPolicy (HTTP 404")


def test_a_document_that_is_no_json_is_not_ours(canned: CannedAws) -> None:
    status, body, headers = shows(CAROL)
    serve(canned, [(status, body.replace(b"%7B", b"", 1), headers)])
    with pytest.raises(NotOurDenyError):
        write_to_canned(DAVE)
    assert [asked["Action"] for asked in canned.asked] == ["GetUserPolicy"]
