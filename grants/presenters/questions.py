"""What an approver asked and what was answered, for the card and for the page of whoever asked for the access."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grants import permissions, policies, queries
from grants.errors import FieldError, GrantError
from grants.lifecycle import State
from grants.models import Grant, Question, User
from grants.policy.questions import check_room


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer; ``is_open``: it waits for one. ``text`` and ``answer`` were typed."""

    id: UUID
    text: str
    by: str
    at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """All of them, oldest first; ``refusal`` says why this person cannot ask now, where they could otherwise."""

    asked: tuple[Asked, ...]
    can_ask: bool
    refusal: str

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to read or to do."""
        return bool(self.asked or self.can_ask)


def thread_for_approver(grant: Grant, by: User) -> Thread:
    """With names; whoever may decide may ask, as long as nobody has decided."""
    asked = queries.questions_of(grant)
    refusal = ""
    try:
        permissions.check_approver_can_decide(by, grant)
        policies.check_undecided(grant)
    except GrantError:
        return Thread(_told(asked, grant, names=True), can_ask=False, refusal="")
    try:
        check_room(len(asked), [each.asker_person for each in asked if each.answered_at is None], by.person)
    except FieldError as error:
        refusal = error.field_sentence
    return Thread(_told(asked, grant, names=True), can_ask=not refusal, refusal=refusal)


def thread_for_requester(grant: Grant) -> tuple[Asked, ...]:
    """Without the approvers' names, as everywhere on that page."""
    return _told(queries.questions_of(grant), grant, names=False)


def _told(asked: list[Question], grant: Grant, *, names: bool) -> tuple[Asked, ...]:
    is_undecided = grant.state == State.REQUESTED
    return tuple(
        Asked(
            id=each.pk,
            text=each.text,
            by=str(each.asker) if names else "an approver",
            at=each.asked_at,
            answer=each.answer,
            answered_by=str(each.answered_by or ""),
            answered_at=each.answered_at,
            is_open=is_undecided and each.answered_at is None,
        )
        for each in asked
    )
