"""A whole vendor or template denied by one entry, and what may not happen meanwhile."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, NotAllowedError, NotFoundError
from grants.flows.enforce import enforce_denials
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke_many import DeniedTag, deny_tag
from grants.models import AuditEvent, Denial, Grant, OutboxMail, SealedCredential, WideDenial
from grants.presenters.rows import denial_rows
from grants.values import Origin, Shown
from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import federated, refusal
from tests.factories import Issued, World, make_approved, make_issued, make_minted, make_request, make_world
from tests.flows.denied import denied_at

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
LONGEST = timedelta(hours=36)


@pytest.fixture
def world() -> World:
    return make_world()


def reveal(issued: Issued) -> None:
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=issued.code),
        origin=Origin("192.0.2.7", "curl/8"),
        now=timezone.now(),
    )


def deny_vendor(world: World) -> DeniedTag:
    return deny_tag(
        kind="vendor", slug=world.vendor.slug, by=world.ada, reason="A laptop was stolen.", now=timezone.now()
    )


def test_every_grant_of_the_vendor_ends_whatever_it_waits_for(world: World) -> None:
    revealed, issued, approved = make_issued(world), make_issued(world), make_approved(world)
    reveal(revealed)
    undecided = make_request(world).grant
    assert deny_vendor(world).ended == 3
    states = dict(Grant.objects.values_list("pk", "state"))
    assert [states[each.pk] for each in (revealed.grant, issued.grant, approved)] == ["revoked"] * 3
    assert states[undecided.pk] == "requested"  # nothing to take back, and nothing is issued to it
    assert not SealedCredential.objects.exclude(ciphertext=None).exists()
    assert OutboxMail.objects.filter(event="grant_revoked").count() == 3


def test_one_entry_serves_all_sessions_and_no_name_takes_room(world: World) -> None:
    for _ in range(3):
        reveal(make_issued(world))
    deny_vendor(world)
    assert [row.entry for row in WideDenial.objects.all()] == ["vendor=acme-robotics"]
    assert not Denial.objects.exists()
    event = AuditEvent.objects.filter(kind="grant.revoked").latest("seq")
    assert '"denied":["vendor=acme-robotics"]' in event.payload


def test_a_call_under_way_is_noted_and_its_answer_thrown_away(world: World) -> None:
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    deny_vendor(world)
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert not SealedCredential.objects.exists()


def test_nothing_is_issued_to_whoever_is_denied(world: World) -> None:
    grant = make_request(world).grant
    deny_vendor(world)
    later = make_approved(world)
    assert begin_attempt(grant_id=later.pk, now=timezone.now()) is None
    later.refresh_from_db()
    assert (later.state, later.failure_code) == ("failed", "denied_at_aws")
    assert grant.attempts.count() == 0


def test_it_stands_as_long_as_any_session_can_live_after_the_last_one_on_record(world: World) -> None:
    issued = make_issued(world)
    reveal(issued)
    done = deny_vendor(world)
    assert issued.grant.ends_at
    assert done.until == issued.grant.ends_at + LONGEST == WideDenial.objects.get().session_ends_at


def test_asked_for_again_it_stands_longer_and_once(world: World) -> None:
    deny_vendor(world)
    first = WideDenial.objects.get().session_ends_at
    deny_vendor(world)
    assert WideDenial.objects.get().session_ends_at > first
    assert AuditEvent.objects.filter(kind="denial.wanted").count() == 2


def test_a_template_is_denied_the_same_way(world: World) -> None:
    issued = make_issued(world)
    done = deny_tag(kind="template", slug="acme-drop", by=world.ada, reason="Wrong prefix.", now=timezone.now())
    assert (done.entry, done.ended) == ("template=acme-drop", 1)
    issued.grant.refresh_from_db()
    assert issued.grant.state == "revoked"


def test_an_approver_and_an_auditor_see_it_on_the_grants_page(world: World) -> None:
    issued = make_issued(world)
    deny_vendor(world)
    assert [(row.userid, row.tone) for row in denial_rows(issued.grant)] == [("vendor=acme-robotics", "wait")]
    WideDenial.objects.update(confirmed_at=timezone.now(), lifted_at=timezone.now())
    assert denial_rows(issued.grant)[0].words.startswith("lifted")
    assert denial_rows(make_request(world).grant) == ()


def test_another_vendor_goes_on(world: World) -> None:
    grant = make_approved(world)
    deny_tag(kind="vendor", slug="mallory", by=world.ada, reason="Contract over.", now=timezone.now())
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())


def test_only_template_admins_may_and_only_what_exists_and_only_with_a_reason(world: World) -> None:
    now = timezone.now()
    for by in (world.bob, world.otto, world.carol, world.alice):
        with pytest.raises(NotAllowedError):
            deny_tag(kind="vendor", slug="acme-robotics", by=by, reason="x", now=now)
    with pytest.raises(NotFoundError):
        deny_tag(kind="vendor", slug="acme", by=world.ada, reason="x", now=now)
    with pytest.raises(FieldError):
        deny_tag(kind="vendor", slug="acme-robotics", by=world.ada, reason=" ", now=now)
    assert not WideDenial.objects.exists()


def test_at_aws_the_vendors_sessions_end_and_come_to_no_life_again_before_it_is_over(
    workers: RunningAws, world: World
) -> None:
    tags = {"Tags": [{"Key": "daypass:vendor", "Value": "acme-robotics"}]}
    carol = federated(workers, "dp-WIDE000001-1", **tags)
    dave = federated(workers, "dp-WIDE000002-1")
    done = deny_vendor(world)
    enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)
    assert refusal(carol.get_object, **REPORT) == (403, "AccessDenied")
    assert dave.get_object(**REPORT)
    assert WideDenial.objects.get().confirmed_at
    assert queries.due_issuers(done.until + timedelta(minutes=14)) == []
    over = done.until + timedelta(minutes=16)
    enforce_denials(issuer_id=world.issuer.pk, clock=lambda: over)
    assert denied_at(workers) == frozenset()
    assert not queries.is_denied_widely(make_request(world).grant)


def test_the_command_says_what_it_did(world: World) -> None:
    make_issued(world)
    out = StringIO()
    call_command("deny_tag", "vendor", "acme-robotics", "--reason=Stolen.", f"--by={world.ada.email}", stdout=out)
    assert "vendor=acme-robotics is denied on 1 issuers" in out.getvalue()
    assert "1 grants ended" in out.getvalue()


@pytest.mark.parametrize(
    ("slug", "by", "words"),
    [
        ("acme-robotics", "nobody@daypass.example", "nobody has the address"),  # a stranger
        ("acme-robotics", "bob@daypass.example", "cannot do that"),  # an approver
        ("acme", "ada@daypass.example", "could not find"),  # no such vendor
    ],
)
def test_the_command_refuses_with_a_sentence(world: World, slug: str, by: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("deny_tag", "vendor", slug, "--reason=Stolen.", f"--by={by}")
    assert world.vendor.is_active
