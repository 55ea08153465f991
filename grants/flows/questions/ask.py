"""An approver asks the requester something instead of denying; the request stays as it is."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.models import Question, User
from grants.policy.questions import QUESTION_MOST, check_room
from grants.policy.said import check_said


def ask_question(*, reference: str, by: User, text: str, now: datetime) -> Question:
    """Ask, and tell whoever asked for the access and whoever is to receive it. Raises FieldError, WrongStateError."""
    said = text.strip()
    check_said(said, "question", "Ask in at least ten characters what you want to know.", most=QUESTION_MOST)
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_undecided(grant)
        asked = queries.questions_of(grant)
        check_room(len(asked), [each.asker_person for each in asked if each.answered_at is None], by.person)
        question = Question.objects.create(grant=grant, asker=by, asker_person=by.person, text=said, asked_at=now)
        for to in sorted({grant.requester.email, grant.recipient.email}):
            order = ledger.grant_letter("question_asked", grant, to=to, question=said)
            ledger.queue_mail(order=order, grant=grant, now=now)
        audit.record_event(
            kind="grant.question_asked",
            subject=grant.reference,
            actor=audit.actor_of(by),
            facts={"question": str(question.pk)},
            personal={"question": said},
        )
    return question
