"""Everything that STS may answer, or not answer: each is an attempt with its outcome, and never a lost grant."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from urllib.parse import urlsplit

from django.utils import timezone

from grants.errors import IssuesSpentError
from grants.flows.retry import retry_grant
from grants.policies import ISSUES_MAX
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import FEDERATE, Stage

Run = Callable[[Stage, Pickups], None]


def passing(kind: str, outcome: str, *, times: int = 1, seconds: float = 0) -> Run:
    """Trouble that goes away: the grant is put off, and issued under a new name."""

    def run(stage: Stage, _: Pickups) -> None:
        stage.control.add_fault(kind, operation=FEDERATE, times=times, seconds=seconds)
        reference = stage.approved()
        for number in range(1, times + 1):
            stage.until(lambda n=number: len(stage.outcomes(reference)) >= n, f"try {number}")  # type: ignore[misc]  # mypy takes no default of a lambda's
            stage.until(lambda: stage.state(reference) == "approved", "put off")
            make_due(stage, reference)
        settle(stage)
        assert stage.outcomes(reference) == [outcome] * times + ["minted"], stage.outcomes(reference)

    return run


def of_the_issuer(kind: str, *, seconds: float = 0) -> Run:
    """Trouble of the issuer: three grants wait for it to end, and spend one call between them."""

    def run(stage: Stage, _: Pickups) -> None:
        stage.control.add_fault(kind, operation=FEDERATE, times=None, seconds=seconds)
        first = stage.approved()
        stage.until(lambda: "failed" in stage.outcomes(first), "refused")
        others = [stage.approved() for _ in range(2)]
        settle(stage)
        assert {stage.state(reference) for reference in [first, *others]} == {"issued"}
        assert stage.outcomes(first) == ["failed", "minted"]

    return run


def of_the_grant(kind: str) -> Run:
    """Trouble of this grant: it fails with its reason, and somebody may let it be tried again."""

    def run(stage: Stage, _: Pickups) -> None:
        stage.control.add_fault(kind, operation=FEDERATE)
        reference = stage.approved()
        stage.until(lambda: stage.state(reference) == "failed", "failed")
        code = stage.rows("SELECT failure_code FROM grants_grant WHERE reference = %s", reference)[0]["failure_code"]
        assert code.startswith("sts_"), code
        retry_grant(reference=reference, by=stage.bob, now=timezone.now())
        settle(stage)
        assert stage.outcomes(reference) == ["failed", "minted"]

    return run


def connection_refused(stage: Stage, _: Pickups) -> None:
    aws = stage.stack.aws
    assert aws
    aws.stop()
    references = [stage.approved() for _ in range(3)]
    stage.until(lambda: "failed" in stage.outcomes(references[0]), "refused")
    settle(stage)
    assert {stage.outcomes(reference)[-1] for reference in references} == {"minted"}


def connect_timeout(stage: Stage, _: Pickups) -> None:
    """Something listens and takes nobody in: the call ends by its own time, and nothing can have been minted."""
    aws = stage.stack.aws
    assert aws
    aws.stop()
    address = urlsplit(aws.endpoint_url)
    with full_house((address.hostname or "", address.port or 0)):
        reference = stage.approved()
        stage.until(lambda: "failed" in stage.outcomes(reference), "given up connecting")
        code = stage.rows("SELECT error_code FROM grants_issueattempt WHERE name = %s", f"dp-{reference}-1")
        assert code[0]["error_code"] == "sts_unreachable", code
    settle(stage)
    assert stage.outcomes(reference)[-1] == "minted"
    assert "unknown" not in stage.outcomes(reference)


@contextmanager
def full_house(address: tuple[str, int]) -> Iterator[None]:
    """A listener whose backlog is full: whoever comes next hears nothing."""
    with ExitStack() as open_lines:
        listener = open_lines.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(0)
        for _ in range(4):
            line = open_lines.enter_context(socket.socket())
            line.settimeout(0)
            line.connect_ex(address)
        yield


def used_up(stage: Stage, _: Pickups) -> None:
    """Three answers lost: the approval is used up, every name is denied, and a person cannot try again."""
    stage.control.add_fault("lost_answer", operation=FEDERATE, times=None)
    reference = stage.approved()
    for number in range(1, ISSUES_MAX + 1):
        stage.until(lambda n=number: stage.outcomes(reference).count("unknown") >= n, f"try {number}")  # type: ignore[misc]  # mypy takes no default of a lambda's
        stage.until(lambda: stage.state(reference) == "approved", "put off")
        make_due(stage, reference)
    settle(stage)
    assert (stage.state(reference), stage.outcomes(reference)) == ("failed", ["unknown"] * ISSUES_MAX)
    denied = stage.rows("SELECT userid FROM grants_denial WHERE confirmed_at IS NOT NULL")
    names = {f"dp-{reference}-{number}" for number in range(1, ISSUES_MAX + 1)}
    assert names <= {row["userid"].partition(":")[2] for row in denied}
    with contextlib.suppress(IssuesSpentError):
        retry_grant(reference=reference, by=stage.bob, now=timezone.now())
        raise AssertionError("tried again")


def sizes_missing(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("omit_sizes", operation=FEDERATE)
    reference = stage.issued()
    query = "SELECT packed_policy_size, token_utilization, token_size FROM grants_issueattempt WHERE name = %s"
    assert set(stage.rows(query, f"dp-{reference}-1")[0].values()) == {None}


def make_due(stage: Stage, reference: str) -> None:
    """Its wait is over."""
    stage.rows(
        "UPDATE grants_grant SET due_at = now() WHERE reference = %s AND state = 'approved' RETURNING 1", reference
    )


FAULTS: Final = (
    Fault("STS throttling, twice", passing("throttle", "failed", times=2)),
    Fault("STS 500", passing("internal_error", "unknown")),
    Fault("STS 503, twice", passing("unavailable", "unknown", times=2)),
    Fault("STS connection refused", connection_refused),
    Fault("STS connect timeout", connect_timeout),
    Fault("STS loses three answers: the approval is used up", used_up),
    Fault("STS connection cut before the answer", passing("drop", "unknown")),
    Fault("STS answer lost after minting", passing("lost_answer", "unknown")),
    Fault("STS read timeout after minting", passing("lost_answer", "unknown", seconds=11)),
    Fault("STS read timeout, not minted", passing("hang", "unknown", seconds=11)),
    Fault("STS answer cut off", passing("malformed_xml", "unknown")),
    Fault("STS wrong keys", of_the_issuer("invalid_client_token")),
    Fault("STS ExpiredToken", of_the_issuer("expired_token")),
    Fault("STS AccessDenied", of_the_issuer("access_denied")),
    Fault("STS RegionDisabled", of_the_issuer("region_disabled")),
    Fault("STS clock skew", of_the_issuer("signature_skew", seconds=3600)),
    Fault("STS MalformedPolicyDocument", of_the_grant("malformed_policy")),
    Fault("STS PackedPolicyTooLarge", of_the_grant("packed_policy_too_large")),
    Fault("STS sizes missing", sizes_missing),
)
