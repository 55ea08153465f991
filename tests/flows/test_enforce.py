"""The revoke worker: what is wanted is denied at AWS and read back, however many, and leaves when it is over."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from grants import queries
from grants.errors import RevokeError
from grants.flows.enforce import enforce_denials
from grants.gateways import iam, iam_errors
from grants.models import AuditEvent, Denial, Grant, WideDenial
from grants.policy.deny import DenyFullError
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from tests.embedded.aws_people import federated, refusal
from tests.factories import World, make_request, make_world
from tests.flows.denied import denied_at

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return make_world()


def want(grant: Grant, *names: str, now: datetime, ends_in: timedelta = HOUR) -> list[Denial]:
    rows = [
        Denial(
            issuer=grant.issuer,
            grant=grant,
            userid=f"{ACCOUNT_ID}:{name}",
            wanted_at=now,
            session_ends_at=now + ends_in,
            due_at=now,
        )
        for name in names
    ]
    return Denial.objects.bulk_create(rows)


def names_of(count: int) -> list[str]:
    return [f"dp-CROWD{number:05}-1" for number in range(count)]


def enforce(world: World, now: datetime) -> None:
    enforce_denials(issuer_id=world.issuer.pk, clock=lambda: now)


def kinds() -> list[str]:
    rows = AuditEvent.objects.filter(kind__startswith="denial.").order_by("seq")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.parametrize("count", [60, 200])
def test_so_many_live_sessions_are_all_denied_confirmed_and_lifted(
    workers: RunningAws, world: World, count: int
) -> None:
    now, grant = timezone.now(), make_request(world).grant
    names = names_of(count)
    last = federated(workers, names[-1])
    assert last.get_object(**REPORT)
    want(grant, *names, now=now)
    enforce(world, now)
    assert refusal(last.get_object, **REPORT) == (403, "AccessDenied")
    assert Denial.objects.filter(confirmed_at__isnull=False).count() == count
    assert denied_at(workers) == {f"{ACCOUNT_ID}:{name}" for name in names}
    enforce(world, now + HOUR + timedelta(minutes=14))
    assert len(denied_at(workers)) == count
    assert queries.due_issuers(now + HOUR + timedelta(minutes=16)) == [world.issuer.pk]
    enforce(world, now + HOUR + timedelta(minutes=16))
    assert denied_at(workers) == frozenset()
    assert last.get_object(**REPORT)  # the double's session outlives the record; AWS's would not
    assert kinds() == ["denial.confirmed"] * count + ["denial.lifted"] * count


def test_more_than_aws_holds_keeps_what_fits_and_the_rest_waits_for_room(workers: RunningAws, world: World) -> None:
    now, grant = timezone.now(), make_request(world).grant
    want(grant, *names_of(237), now=now, ends_in=HOUR)
    want(grant, "dp-ONEMORE001-1", now=now, ends_in=2 * HOUR)
    enforce(world, now)
    waiting = Denial.objects.filter(confirmed_at=None)
    assert [row.last_error for row in waiting] == ["no room for 1 of 238"]
    assert len(denied_at(workers)) == 237
    later = now + HOUR + timedelta(minutes=16)
    enforce(world, later)
    assert not waiting.all().exists()


def test_what_came_in_while_the_worker_wrote_is_written_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now, grant = timezone.now(), make_request(world).grant
    want(grant, "dp-FIRST00001-1", now=now)
    asked: list[set[str]] = []

    def write(*, add: set[str], remove: set[str], **_: object) -> frozenset[str]:
        if not asked:
            want(grant, "dp-SECOND0001-1", now=now)
        asked.append(add)
        return frozenset(add - remove)

    monkeypatch.setattr(iam, "write_deny", write)
    enforce(world, now)
    assert [len(add) for add in asked] == [1, 2]
    assert not Denial.objects.filter(confirmed_at=None).exists()


def test_what_stands_is_asked_for_again_because_iam_may_show_an_old_state(workers: RunningAws, world: World) -> None:
    now, grant = timezone.now(), make_request(world).grant
    want(grant, "dp-FIRST00001-1", now=now)
    enforce(world, now)
    iam.write_deny(
        issuer=world.issuer.ref,
        revoker_profile="daypass-revoker",
        add=(),
        remove=(f"{ACCOUNT_ID}:dp-FIRST00001-1",),
    )
    assert denied_at(workers) == frozenset()  # somebody, or a stale read, took it away
    want(grant, "dp-SECOND0001-1", now=now)
    enforce(world, now)
    assert len(denied_at(workers)) == 2


def test_what_only_aws_knows_stays_and_leaves_when_no_session_can_live(workers: RunningAws, world: World) -> None:
    now, grant = timezone.now(), make_request(world).grant
    stranger = f"{ACCOUNT_ID}:dp-STRANGER01-1"
    iam.write_deny(issuer=world.issuer.ref, revoker_profile="daypass-revoker", add=(stranger,), remove=())
    want(grant, "dp-FIRST00001-1", now=now)
    enforce(world, now)
    assert stranger in denied_at(workers)
    adopted = WideDenial.objects.get()
    assert (adopted.entry, adopted.session_ends_at) == (stranger, now + timedelta(hours=36))
    enforce(world, now + timedelta(hours=36, minutes=16))
    assert denied_at(workers) == frozenset()
    assert kinds().count("denial.adopted") == 1


@pytest.mark.parametrize("trouble", [iam_errors.RevokerDeniedError, iam_errors.IamBusyError, DenyFullError])
def test_a_refusal_is_on_record_and_tried_again_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: type[RevokeError]
) -> None:
    def write(**_: object) -> frozenset[str]:
        raise trouble("no")

    monkeypatch.setattr(iam, "write_deny", write)
    now = timezone.now()
    (denial,) = want(make_request(world).grant, "dp-FIRST00001-1", now=now)
    for _ in range(12):
        enforce(world, now)
        denial.refresh_from_db()
        assert timedelta(seconds=10) <= denial.due_at - now <= timedelta(minutes=5)
        now = denial.due_at
    assert (denial.tries, denial.last_error, denial.confirmed_at) == (12, "no", None)
    assert kinds() == ["denial.refused"] * 12


def test_an_entry_that_is_none_of_ours_holds_up_nobody(workers: RunningAws, world: World) -> None:
    now, grant = timezone.now(), make_request(world).grant
    bad, good = want(grant, "*", "dp-FIRST00001-1", now=now)
    enforce(world, now)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.confirmed_at, bad.last_error) == (None, repr(f"{ACCOUNT_ID}:*"))
    assert good.confirmed_at
    assert denied_at(workers) == {good.userid}


def test_a_denial_that_never_got_through_leaves_when_its_session_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iam, "write_deny", lambda **_: frozenset())
    now = timezone.now()
    (denial,) = want(make_request(world).grant, "dp-FIRST00001-1", now=now - 2 * HOUR)
    enforce(world, now)
    denial.refresh_from_db()
    assert denial.lifted_at
    assert queries.due_issuers(now) == []
