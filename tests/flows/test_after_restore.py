"""The fence around a restored database, and what has to happen before it comes down."""

from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from grants import queries
from grants.errors import PausedError
from grants.flows.enforce import enforce_denials
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke_many import Voided, after_restore, distrust
from grants.gateways import iam
from grants.models import AuditEvent, Denial, Grant, IssueAttempt, OutboxMail, SealedCredential, WideDenial
from grants.values import Origin, Shown
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from tests.database import connect_as
from tests.embedded.aws_people import federated, refusal
from tests.factories import Issued, World, make_approved, make_issued, make_minted, make_request, make_world
from tests.flows.denied import denied_at

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}


@pytest.fixture
def world() -> World:
    return make_world()


ELSEWHERE = "UPDATE daypass_installation SET identity = '7000000000000000000/00000001/5'"
NOWHERE = "DELETE FROM daypass_installation"


def wake_up_elsewhere() -> None:
    """What a dump loaded into another cluster looks like from inside."""
    with connection.cursor() as cursor:
        cursor.execute(ELSEWHERE)


def reveal(issued: Issued, *, code: str = "") -> None:
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=code or issued.code),
        origin=Origin("192.0.2.7", "curl/8"),
        now=timezone.now(),
    )


def run() -> Voided:
    return after_restore(clock=timezone.now)


def state_of(grant: Grant) -> str:
    return str(Grant.objects.values_list("state", flat=True).get(pk=grant.pk))


def test_a_database_that_is_itself_is_believed() -> None:
    assert not queries.is_fenced()


def test_a_database_that_wakes_up_elsewhere_issues_nothing_and_loses_nothing(world: World) -> None:
    grant = make_approved(world)
    wake_up_elsewhere()
    assert queries.is_fenced()
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    assert queries.due_grants(timezone.now()) == []
    assert state_of(grant) == "approved"


@pytest.mark.parametrize("code", ["", "WRONGC0D"], ids=["right", "wrong"])
def test_it_reveals_nothing_and_spends_nothing(world: World, code: str) -> None:
    issued = make_issued(world)
    wake_up_elsewhere()
    with pytest.raises(PausedError):
        reveal(issued, code=code)
    issued.link.refresh_from_db()
    assert (issued.link.used_at, issued.link.tries) == (None, 0)
    assert SealedCredential.objects.get().ciphertext


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants_pickuplink SET used_at = now(), used_from = '192.0.2.7'",
        "UPDATE grants_pickuplink SET tries = tries + 1",
        """INSERT INTO grants_issueattempt SELECT (jsonb_populate_record(a, jsonb_build_object(
            'id', gen_random_uuid(), 'number', 9, 'name', 'dp-x-9'))).* FROM grants_issueattempt a""",
    ],
)
@pytest.mark.parametrize("woken", [ELSEWHERE, NOWHERE], ids=["elsewhere", "without its row"])
def test_the_database_itself_refuses_whatever_the_code_says(world: World, statement: str, woken: str) -> None:
    make_issued(world)
    with pytest.raises(DatabaseError, match="after_restore"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(woken)
        cursor.execute(statement)


def test_without_its_row_it_is_not_believed_either() -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOWHERE)
    assert queries.is_fenced()


@pytest.mark.parametrize("role", ["daypass_web", "daypass_worker"])
def test_the_working_roles_may_ask_and_may_not_answer(role: str) -> None:
    with connect_as(role) as other:
        assert other.execute("SELECT daypass_is_fenced()").fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("UPDATE daypass_installation SET fenced_at = NULL")


def test_afterwards_nothing_open_is_left_and_everybody_was_told(world: World) -> None:
    revealed, issued, approved = make_issued(world), make_issued(world), make_approved(world)
    reveal(revealed)
    undecided, cut_short = make_request(world).grant, make_approved(world)
    begin_attempt(grant_id=cut_short.pk, now=timezone.now())
    wake_up_elsewhere()
    done = run()
    ended = [state_of(each) for each in (revealed.grant, issued.grant, approved, cut_short, undecided)]
    assert ended == ["revoked"] * 4 + ["lapsed"]
    assert (done.grants, done.sessions, done.issuers) == (5, 3, 1)
    assert not SealedCredential.objects.exclude(ciphertext=None).exists()
    assert not OutboxMail.objects.exclude(sealed=None).exists()
    told = OutboxMail.objects.filter(state="queued").values_list("event", flat=True)
    assert sorted(told) == ["grant_revoked"] * 4 + ["request_ended"]
    assert not queries.is_fenced()


def test_every_session_that_may_be_alive_is_denied_by_name(world: World) -> None:
    alive, over = make_issued(world), make_issued(world, now=timezone.now() - timedelta(hours=2))
    lost = make_approved(world)
    begin_attempt(grant_id=lost.pk, now=timezone.now())
    run()
    denied = set(Denial.objects.values_list("userid", flat=True))
    assert denied == {f"{ACCOUNT_ID}:dp-{grant.reference}-1" for grant in (alive.grant, lost)}
    assert IssueAttempt.objects.get(grant=lost).outcome == "unknown"
    assert over.grant.reference


def test_a_mail_that_was_waiting_is_not_sent_a_second_time(world: World) -> None:
    make_issued(world)
    before = OutboxMail.objects.filter(state="queued").count()
    assert run().mails == before
    assert set(OutboxMail.objects.filter(state="queued").values_list("event", flat=True)) == {"grant_revoked"}


def test_work_begins_again_with_new_requests(world: World) -> None:
    wake_up_elsewhere()
    run()
    issued = make_issued(world)
    reveal(issued)
    assert state_of(issued.grant) == "revealed"


def test_cut_off_in_the_middle_it_can_be_run_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_issued(world)
    wake_up_elsewhere()
    with monkeypatch.context() as patch:
        patch.setattr(WideDenial.objects, "get_or_create", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            run()
    assert queries.is_fenced()
    assert run().issuers == 1
    assert not queries.is_fenced()
    run()
    assert WideDenial.objects.count() <= 2


def test_the_audit_log_says_who_stopped_what(world: World) -> None:
    make_issued(world)
    distrust(reason="snapshot put back", now=timezone.now())
    run()
    kinds = list(AuditEvent.objects.filter(subject="installation").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["installation.fenced", "installation.restored"]


def test_the_drill_at_aws(workers: RunningAws, world: World) -> None:
    """The backup knows one session; a second was minted, and a third denied, after it was taken."""
    known = make_issued(world)
    attempt = IssueAttempt.objects.get()
    on_record = federated(workers, attempt.name)
    unknown = federated(workers, "dp-AFTERTHEBK-1")
    denied = f"{ACCOUNT_ID}:dp-DENIEDLATR-1"
    iam.write_deny(issuer=world.issuer.ref, revoker_profile="daypass-revoker", add=(denied,), remove=())
    wake_up_elsewhere()
    later = timezone.now() + timedelta(seconds=2)  # the double's issue times are whole seconds
    after_restore(clock=lambda: later)
    enforce_denials(issuer_id=world.issuer.pk, clock=lambda: later)
    for session in (on_record, unknown):
        assert refusal(session.get_object, **REPORT) == (403, "AccessDenied")
    held = denied_at(workers)
    assert {denied, attempt.federated_id} < held
    assert len(held) == 3
    over = later + timedelta(hours=36, minutes=16)
    enforce_denials(issuer_id=world.issuer.pk, clock=lambda: over)
    assert denied_at(workers) == frozenset()  # the adopted one has left too
    assert state_of(known.grant) == "revoked"


@pytest.fixture
def out() -> StringIO:
    return StringIO()


def test_the_command_checks_distrusts_ends_and_believes(world: World, out: StringIO) -> None:
    make_issued(world)
    call_command("after_restore", "--check", stdout=out)
    call_command("after_restore", "--distrust=snapshot put back", stdout=out)
    with pytest.raises(CommandError, match="nothing is issued"):
        call_command("after_restore", "--check", stdout=out)
    call_command("after_restore", stdout=out)
    assert "1 grants ended, 1 sessions are denied by name" in out.getvalue()
    assert out.getvalue().endswith("this database is believed: Daypass issues and reveals\n")


def test_a_database_that_only_moved_is_believed_and_nothing_ends(world: World, out: StringIO) -> None:
    issued = make_issued(world)
    wake_up_elsewhere()
    call_command("after_restore", "--nothing-lost=new server, replication was in step", stdout=out)
    assert not queries.is_fenced()
    assert state_of(issued.grant) == "issued"
    assert AuditEvent.objects.filter(kind="installation.believed").exists()


def test_a_late_answer_of_a_worker_that_was_forgotten_changes_nothing(world: World) -> None:
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    run()
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    assert state_of(grant) == "revoked"
    assert not SealedCredential.objects.exists()
