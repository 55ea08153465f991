"""How much may be asked back before a decision."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from grants.errors import FieldError

QUESTIONS_MAX: Final = 10  # of one request, whoever asks
QUESTION_MOST: Final = 500
ANSWER_MOST: Final = 1000


def check_room(asked: int, waiting: Collection[UUID], person: UUID) -> None:
    """One question of each person waits for its answer, so that nobody is flooded. ``waiting`` are their persons."""
    if person in waiting:
        raise FieldError("question", "You have asked already. Wait for the answer, or decide without it.")
    if asked >= QUESTIONS_MAX:
        raise FieldError("question", f"A request takes {QUESTIONS_MAX} questions. Decide on this one, or call them.")
