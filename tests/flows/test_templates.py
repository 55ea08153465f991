"""From a draft to a version: what stops it, what STS has to say, whose word is needed, and what retirement leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants import queries
from grants.errors import (
    DraftChangedError,
    FieldError,
    FieldErrorsError,
    FourEyesError,
    NotAllowedError,
    NotFoundError,
    NothingToMeasureError,
    NotMeasuredError,
    NotPublishableError,
    WrongStateError,
)
from grants.flows.templates import (
    ask_publication,
    ask_test,
    confirm_publication,
    discard_draft,
    publish_now,
    retire_template,
    review_document,
    save_draft,
    save_draft_as_operator,
)
from grants.models import AuditEvent, Grant, IssueAttempt, TemplateDraft, TemplateTest, TemplateVersion, User
from grants.models.attempt import Outcome, Purpose
from grants.models.issuer import IssuerKind
from grants.models.person import TEMPLATE_ADMINS
from grants.policy.template import digest_of, document_of
from tests.factories import World, make_issuer, make_request, make_staff, make_world
from tests.web.template_forms import document
from tests.windows import open_window

pytestmark = pytest.mark.django_db
WRITES: dict[str, Any] = {"actions": ["s3:PutObject"]}
REASON = {"pickup_check_weak": "The mailbox is behind a passkey."}


@pytest.fixture
def world() -> World:
    return make_world()


def save(world: World, by: User | None = None, slug: str = "", **changes: Any) -> TemplateDraft:
    return save_draft(by=by or world.ada, document=document(world, **changes), slug=slug, now=timezone.now())


def pass_test(draft: TemplateDraft, world: World, **values: Any) -> TemplateTest:
    """What the worker leaves when STS has taken it."""
    test = ask_test(by=world.ada, slug=draft.slug, digest=draft.digest, now=timezone.now())
    test.attempt = IssueAttempt.objects.create(
        issuer=world.issuer,
        purpose=Purpose.DRY_RUN,
        number=1,
        name=f"dry-{test.pk.hex[:10]}-1",
        snapshot_hash=draft.digest,
        seconds=900,
        started_at=timezone.now(),
        lease_until=timezone.now(),
        finished_at=timezone.now(),
        **{"outcome": Outcome.DISCARDED, "packed_policy_size": 21, "token_size": 860, **values},
    )
    test.save()
    return test


def publish(draft: TemplateDraft, by: User) -> TemplateVersion:
    return publish_now(by=by, slug=draft.slug, digest=draft.digest, now=timezone.now())


def kinds_of(slug: str) -> list[str]:
    return list(AuditEvent.objects.filter(subject=slug).order_by("seq").values_list("kind", flat=True))


def test_a_draft_that_sts_took_becomes_version_one_and_is_on_record(world: World) -> None:
    draft = save(world)
    test = pass_test(draft, world)
    version = publish(draft, world.ada)
    assert (version.number, version.digest, version.test, version.test_waived) == (1, draft.digest, test, False)
    assert version.vendor_slugs == [world.vendor.slug] == [vendor.slug for vendor in version.template.vendors.all()]
    assert not TemplateDraft.objects.exists()
    assert kinds_of("shelf") == ["template.drafted", "template.test_asked", "template.published"]


def test_a_published_version_reads_back_as_the_document_it_was(world: World) -> None:
    draft = save(world, source_addresses=["203.0.113.0/24"], kms_key="", consecutive_hours=12, reason_hint="Which?")
    pass_test(draft, world)
    version = publish(draft, world.ada)
    assert digest_of(document_of(queries.template_of(version))) == draft.digest


def test_a_published_version_never_changes(world: World) -> None:
    draft = save(world)
    pass_test(draft, world)
    version = publish(draft, world.ada)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(max_seconds=900)


def test_without_a_test_of_exactly_this_draft_nothing_is_published(world: World) -> None:
    draft = save(world)
    with pytest.raises(NotMeasuredError):
        publish(draft, world.ada)
    pass_test(draft, world)
    changed = save(world, slug="shelf", max_hours=2)
    with pytest.raises(NotMeasuredError):
        publish(changed, world.ada)
    assert not TemplateVersion.objects.filter(template__slug="shelf").exists()


def test_what_sts_refused_is_not_published_whatever_the_settings_say(world: World, settings: Settings) -> None:
    settings.TEMPLATE_TEST_WAIVER = True
    draft = save(world)
    pass_test(draft, world, outcome=Outcome.FAILED, error_code="sts_policy_too_large", packed_policy_size=None)
    with pytest.raises(NotMeasuredError):
        publish(draft, world.ada)


def test_while_sts_is_unreachable_a_setting_waives_the_test_and_the_audit_says_so(
    world: World, settings: Settings
) -> None:
    draft = save(world)
    pass_test(draft, world, outcome=Outcome.FAILED, error_code="sts_unreachable", packed_policy_size=None)
    with pytest.raises(NotMeasuredError):
        publish(draft, world.ada)
    settings.TEMPLATE_TEST_WAIVER = True
    assert publish(draft, world.ada).test_waived
    assert "waived" in AuditEvent.objects.get(kind="template.published", subject="shelf").payload


def test_a_finding_of_an_error_stops_publishing_and_not_saving(world: World) -> None:
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutBucketPolicy","Resource":"*"}]}'
    wide = {
        "name": "Wide",
        "kind": "custom",
        "issuer": world.issuer.name,
        "policy": policy,
        "signers": {"approvers": 1},
    }
    draft = save_draft(by=world.ada, document=wide, slug="", now=timezone.now())
    with pytest.raises(NotPublishableError):
        publish(draft, world.ada)


def test_a_warning_needs_a_reason_which_the_version_keeps(world: World) -> None:
    draft = save(world, **WRITES)
    pass_test(draft, world)
    with pytest.raises(NotPublishableError, match="no reason"):
        publish(draft, world.ada)
    draft = save(world, slug="shelf", **WRITES, accepted=REASON)
    pass_test(draft, world)
    version = publish(draft, world.ada)
    assert [(row["code"], row["reason"]) for row in version.accepted] == list(REASON.items())


def test_no_pickup_check_goes_only_with_a_short_link_and_minting_on_pickup(world: World) -> None:
    loose = review_document(document(world, pickup_check="none"))
    assert {finding.code for finding in loose.errors} == {"pickup_check_none"}
    tight = review_document(document(world, pickup_check="none", mint="on_pickup", link_hours=1, max_hours=1))
    assert not tight.errors


def test_what_was_read_is_what_is_published(world: World) -> None:
    draft = save(world)
    save(world, slug="shelf", max_hours=2)
    with pytest.raises(DraftChangedError):
        publish(draft, world.ada)


def test_saving_the_same_again_changes_nothing(world: World) -> None:
    before = save(world)
    assert save(world, slug="shelf").edited_at == before.edited_at
    assert kinds_of("shelf") == ["template.drafted"]


def test_four_eyes_two_admins_publish_and_neither_is_who_wrote_it(world: World, settings: Settings) -> None:
    settings.FOUR_EYES_PUBLISHING = True
    abe, eve = make_staff("abe", TEMPLATE_ADMINS), make_staff("eve", TEMPLATE_ADMINS)
    draft = save(world, by=abe)
    pass_test(draft, world)
    with pytest.raises(FourEyesError):
        publish(draft, world.ada)
    with pytest.raises(WrongStateError):
        confirm_publication(by=eve, slug="shelf", digest=draft.digest, now=timezone.now())
    ask_publication(by=world.ada, slug="shelf", digest=draft.digest, now=timezone.now())
    for first in (world.ada, abe):
        with pytest.raises(FourEyesError):
            confirm_publication(by=first, slug="shelf", digest=draft.digest, now=timezone.now())
    version = confirm_publication(by=eve, slug="shelf", digest=draft.digest, now=timezone.now())
    assert (version.published_by, version.confirmed_by) == (world.ada, eve)


def test_a_change_takes_the_asking_back(world: World) -> None:
    draft = save(world)
    pass_test(draft, world)
    ask_publication(by=world.ada, slug="shelf", digest=draft.digest, now=timezone.now())
    assert save(world, slug="shelf", max_hours=2).publication_asked_by is None


def test_the_database_refuses_a_second_admin_who_is_the_first(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.create(
            **{
                **{
                    field.attname: getattr(world.version, field.attname)
                    for field in world.version._meta.concrete_fields
                },
                "id": world.vendor.pk,
                "number": 2,
                "confirmed_by_id": world.version.published_by_id,
            }
        )


def test_a_group_without_enough_people_is_said_before_publishing(world: World) -> None:
    with pytest.raises(FieldErrorsError) as refused:
        save(world, signers={"approvers": 3})
    assert refused.value.errors[0].field == "signers"
    draft = save(world)
    pass_test(draft, world)
    User.objects.filter(pk__in=[world.bob.pk, world.bea.pk]).update(is_active=False)
    with pytest.raises(NotPublishableError, match="Nobody active is in"):
        publish(draft, world.ada)


def test_a_session_needs_a_session_issuer_and_no_test(world: World) -> None:
    with pytest.raises(FieldErrorsError):
        save_draft(by=world.ada, document=session(world.issuer.name), slug="", now=timezone.now())
    issuer = make_issuer("Alice")
    issuer.kind, issuer.mfa_serial = IssuerKind.SESSION, "arn:aws:iam::111122223333:mfa/alice"
    issuer.save()
    draft = save_draft(by=world.ada, document=session("Alice"), slug="", now=timezone.now())
    with pytest.raises(NothingToMeasureError):
        ask_test(by=world.ada, slug=draft.slug, digest=draft.digest, now=timezone.now())
    version = publish(draft, world.ada)
    assert (version.kind, version.test, version.test_waived) == ("session", None, False)


def session(issuer: str) -> dict[str, Any]:
    return {
        "name": "MFA session",
        "kind": "session",
        "issuer": issuer,
        "signers": {"approvers": 1},
        "max_hours": 2,
        "accepted": REASON,
    }


def test_retiring_stops_requests_and_leaves_what_was_given(world: World) -> None:
    grant, window = make_request(world).grant, open_window(world)
    save(world, name="Acme drop", slug="acme-drop", max_hours=2)
    with pytest.raises(FieldError):
        retire_template(by=world.ada, slug="acme-drop", reason="Old.", now=timezone.now())
    retire_template(by=world.ada, slug="acme-drop", reason="Replaced by the new drop.", now=timezone.now())
    with pytest.raises(NotFoundError):
        make_request(world)
    assert Grant.objects.get(pk=grant.pk).state == "requested"
    story = AuditEvent.objects.get(kind="template.retired").payload
    assert grant.reference in story
    assert window.reference in story
    assert not TemplateDraft.objects.exists()
    with pytest.raises(FieldErrorsError):  # neither edited nor made anew
        save_draft_as_operator(document=document(world, name="Acme drop"), now=timezone.now())


def test_a_request_keeps_its_version_when_a_newer_one_is_published(world: World) -> None:
    grant = make_request(world).grant
    draft = save(world, name="Acme drop", slug="acme-drop")
    pass_test(draft, world)
    newer = publish(draft, world.ada)
    grant.refresh_from_db()
    assert grant.template_version == world.version
    assert queries.newer_version_than(grant.template_version) == newer
    assert queries.newer_version_than(newer) is None


def test_a_draft_is_thrown_away_and_the_record_stays(world: World) -> None:
    draft = save(world)
    discard_draft(by=world.ada, slug="shelf", now=timezone.now())
    assert not TemplateDraft.objects.exists()
    assert draft.digest in AuditEvent.objects.get(kind="template.discarded").payload
    with pytest.raises(NotFoundError):
        discard_draft(by=world.ada, slug="shelf", now=timezone.now())


def test_two_who_ask_at_once_get_one_test(world: World) -> None:
    draft = save(world)
    first = ask_test(by=world.ada, slug="shelf", digest=draft.digest, now=timezone.now())
    assert ask_test(by=world.ada, slug="shelf", digest=draft.digest, now=timezone.now()) == first
    assert queries.waiting_tests(timezone.now()) == [first.pk]
    assert queries.waiting_tests(timezone.now() + timedelta(hours=2)) == []


@pytest.mark.parametrize("who", ["bob", "otto", "carol", "alice"])
def test_only_template_admins_write_test_publish_and_retire(world: World, who: str) -> None:
    draft, by, now = save(world), getattr(world, who), timezone.now()
    acts = (
        lambda: save(world, by=by, slug="shelf"),
        lambda: ask_test(by=by, slug="shelf", digest=draft.digest, now=now),
        lambda: publish(draft, by),
        lambda: ask_publication(by=by, slug="shelf", digest=draft.digest, now=now),
        lambda: confirm_publication(by=by, slug="shelf", digest=draft.digest, now=now),
        lambda: discard_draft(by=by, slug="shelf", now=now),
        lambda: retire_template(by=by, slug="acme-drop", reason="For no reason.", now=now),
    )
    for act in acts:
        with pytest.raises(NotAllowedError):
            act()
