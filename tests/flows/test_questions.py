"""A question to the requester before a decision: asked once, answered once, and the request stays as it is."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import FieldError, NotAllowedError, NotFoundError, OwnGrantError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.choose_notices import choose_notices
from grants.flows.people import freeze_person
from grants.flows.questions import answer_question, ask_question
from grants.flows.withdraw import withdraw_grant
from grants.models import AuditEvent, AuditPersonal, Grant, OutboxMail, Question, User
from grants.models.person import APPROVERS
from grants.policy import notices
from tests.factories import World, make_request, make_staff, make_world

pytestmark = pytest.mark.django_db
WORDS = "Why do the logs need write access?"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def grant(world: World) -> Grant:
    return make_request(world).grant


def ask(grant: Grant, by: User, text: str = WORDS) -> Question:
    return ask_question(reference=grant.reference, by=by, text=text, now=timezone.now())


def answer(question: Question, by: User, text: str = "For a marker.") -> Question:
    reference = question.grant.reference
    return answer_question(reference=reference, question_id=question.pk, by=by, text=text, now=timezone.now())


def told(event: str) -> list[str]:
    return sorted(OutboxMail.objects.filter(event=event).values_list("to_address", flat=True))


def test_a_question_and_its_answer_reach_the_other_side_and_the_record(world: World, grant: Grant) -> None:
    answer(ask(grant, world.bob), world.carol)
    assert told("question_asked") == [world.carol.email]
    assert told("question_answered") == [world.bob.email]
    kinds = AuditEvent.objects.filter(subject=grant.reference).order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["grant.question_asked", "grant.question_answered"]
    assert set(AuditPersonal.objects.filter(field__in=["question", "answer"]).values_list("value", flat=True)) == {
        WORDS,
        "For a marker.",
    }


def test_nothing_about_the_request_changes_and_signatures_stay() -> None:
    grant = make_request(make_world(signers={APPROVERS: 2})).grant
    bob, bea = (User.objects.get(email=f"{name}@daypass.example") for name in ("bob", "bea"))
    before = (grant.snapshot_hash, grant.snapshot, grant.state_at)
    read, now = grant.snapshot_hash, timezone.now()
    approve_grant(reference=grant.reference, by=bob, snapshot_hash=read, now=now)
    answer(ask(grant, bea), grant.recipient)
    grant.refresh_from_db()
    assert (grant.snapshot_hash, grant.snapshot, grant.state_at) == before
    assert approve_grant(reference=grant.reference, by=bea, snapshot_hash=read, now=now).state == "approved"


def test_of_what_a_sponsor_asked_both_are_told_and_either_answers(world: World) -> None:
    sponsor = make_staff("sven")
    world.vendor.sponsors.add(sponsor)
    behalf = make_request(world, by=sponsor, recipient=world.carol).grant
    answer(ask(behalf, world.bob), sponsor)
    answer(ask(behalf, world.bob), world.carol)
    assert told("question_asked") == sorted([world.carol.email, sponsor.email] * 2)


@pytest.mark.parametrize(
    ("name", "error"),
    [("carol", NotAllowedError), ("ada", NotAllowedError), ("otto", NotAllowedError), ("alice", OwnGrantError)],
)
def test_only_somebody_who_may_decide_asks(world: World, grant: Grant, name: str, error: type[Exception]) -> None:
    if name == "alice":  # who invited carol
        world.alice.groups.set(world.bob.groups.all())
    with pytest.raises(error):
        ask(grant, getattr(world, name))


@pytest.mark.parametrize("name", ["bob", "mallory", "alice", "otto"])
def test_only_whoever_asked_or_receives_answers(world: World, grant: Grant, name: str) -> None:
    with pytest.raises(NotFoundError):
        answer(ask(grant, world.bob), getattr(world, name))


def test_the_question_of_another_request_is_not_answered_here(world: World, grant: Grant) -> None:
    question = ask(grant, world.bob)
    question.grant = make_request(world).grant
    with pytest.raises(NotFoundError):
        answer(question, world.carol)
    question.pk = uuid4()
    with pytest.raises(NotFoundError):
        answer(question, world.carol)


def test_one_question_of_each_person_waits_and_ten_are_enough(world: World, grant: Grant) -> None:
    question = ask(grant, world.bob)
    with pytest.raises(FieldError, match="asked already"):
        ask(grant, world.bob)
    answer(question, world.carol)
    for _ in range(9):
        answer(ask(grant, world.bea), world.carol)
    with pytest.raises(FieldError, match="takes 10 questions"):
        ask(grant, world.bob)


@pytest.mark.parametrize("text", ["Why?", " " * 20, "x" * 501, "Why do you\0 need it?"])
def test_a_question_says_something_that_can_be_read(world: World, grant: Grant, text: str) -> None:
    with pytest.raises(FieldError) as refused:
        ask(grant, world.bob, text)
    assert refused.value.field == "question"


@pytest.mark.parametrize("text", ["  ", "x" * 1001, "Yes\x07."])
def test_an_answer_too_and_a_short_one_will_do(world: World, grant: Grant, text: str) -> None:
    question = ask(grant, world.bob)
    with pytest.raises(FieldError) as refused:
        answer(question, world.carol, text)
    assert refused.value.field == "answer"
    assert answer(question, world.carol, "No").answer == "No"


def test_an_answer_is_given_once(world: World, grant: Grant) -> None:
    question = ask(grant, world.bob)
    answer(question, world.carol)
    with pytest.raises(WrongStateError):
        answer(question, world.carol, "Or for something else.")


def test_once_somebody_has_decided_nobody_asks_or_answers(world: World, grant: Grant) -> None:
    question = ask(grant, world.bob)
    withdraw_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    with pytest.raises(WrongStateError):
        ask(grant, world.bea)
    with pytest.raises(WrongStateError):
        answer(question, world.carol)


def test_who_wants_no_such_mail_or_was_frozen_gets_none(world: World, grant: Grant) -> None:
    questions = [ask(grant, world.bob), ask(grant, world.bea)]
    choices = {family.key: family.key != notices.TO_DECIDE for family in notices.FAMILIES}
    choose_notices(by=world.bob, choices=choices, now=timezone.now())
    freeze_person(user_id=world.bea.pk, by=world.ada, reason="Stolen.", now=timezone.now())
    for question in questions:
        answer(question, world.carol)
    assert told("question_answered") == []


@pytest.mark.parametrize("changes", [{"text": "Another?"}, {"answer": "Mine."}, {"answered_at": timezone.now()}])
def test_the_database_keeps_what_was_said(world: World, grant: Grant, changes: dict[str, object]) -> None:
    question = answer(ask(grant, world.bob), world.carol)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(**changes)


def test_the_database_takes_no_question_by_who_asked_and_no_answer_by_a_stranger(world: World, grant: Grant) -> None:
    row = {"grant": grant, "text": WORDS, "asked_at": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(**row, asker=world.carol, asker_person=world.carol.person)
    question = ask(grant, world.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(
            answer="Yes.", answered_by=world.mallory, answered_at=timezone.now()
        )
