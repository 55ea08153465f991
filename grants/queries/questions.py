"""What was asked before a decision, and what was answered."""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from grants.errors import NotFoundError
from grants.models import Grant, Question

ASKED: Final = Exists(Question.objects.filter(grant=OuterRef("pk")))
UNANSWERED: Final = Exists(Question.objects.filter(grant=OuterRef("pk"), answered_at=None))


def questions_of(grant: Grant) -> list[Question]:
    """Everything that was asked about a grant, oldest first."""
    return list(Question.objects.select_related("asker", "answered_by").filter(grant=grant).order_by("asked_at"))


def question_of(grant: Grant, question_id: UUID) -> Question:
    """One of them."""
    question = Question.objects.select_related("asker").filter(grant=grant, pk=question_id).first()
    if question is None:
        raise NotFoundError
    return question
