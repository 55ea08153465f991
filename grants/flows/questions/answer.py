"""Whoever asked for the access, or is to receive it, answers an approver's question, once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import WrongStateError
from grants.models import Question, User
from grants.policy.questions import ANSWER_MOST
from grants.policy.said import check_said


def answer_question(*, reference: str, question_id: UUID, by: User, text: str, now: datetime) -> Question:
    """Answer, and tell who asked, if they are still here. Raises FieldError, NotFoundError, WrongStateError."""
    said = text.strip()
    check_said(said, "answer", "Write an answer.", least=1, most=ANSWER_MOST)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_is_requester(by, grant)
        policies.check_undecided(grant)
        question = queries.question_of(grant, question_id)
        unanswered = Question.objects.filter(pk=question.pk, answered_at=None)
        if unanswered.update(answer=said, answered_by=by, answered_at=now) != 1:
            raise WrongStateError("answered already")
        if question.asker.is_active:
            order = ledger.grant_letter(
                "question_answered", grant, to=question.asker.email, question=question.text, answer=said, who=str(by)
            )
            ledger.queue_mail(order=order, grant=grant, now=now)
        audit.record_event(
            kind="grant.question_answered",
            subject=grant.reference,
            actor=audit.actor_of(by),
            facts={"question": str(question.pk)},
            personal={"answer": said},
        )
    question.refresh_from_db()
    return question
