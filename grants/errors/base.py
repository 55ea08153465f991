"""What every refusal has: a stable code, a sentence for the person who meets it, and whether to try again."""

from collections.abc import Iterable
from typing import ClassVar


class GrantError(Exception):
    """A refusal. ``code`` is stable, ``sentence`` is shown to people, ``way_on`` says what to do next."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "That is not possible."
    way_on: ClassVar[str] = ""
    retryable: ClassVar[bool] = False
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "") -> None:
        """``detail`` is for logs and auditors; it must never hold a secret."""
        super().__init__(detail or self.sentence)
        self.detail = detail


class NotFoundError(GrantError):
    """Unknown, or not for this person: both look the same."""

    code = "not_found"
    sentence = "We could not find that."
    way_on = "Check the address, or start again from the home page."
    status = 404


class NotAllowedError(GrantError):
    """The person may not do this."""

    code = "not_allowed"
    sentence = "You cannot do that with this account."
    way_on = "Ask an administrator if you think you should be able to."
    status = 403


class WrongStateError(GrantError):
    """The grant has moved on."""

    code = "wrong_state"
    sentence = "This request has moved on in the meantime, so that is no longer possible."
    way_on = "Look at its current state and decide what to do."


class FieldError(GrantError):
    """A value outside its limits; ``field`` names where."""

    code = "bad_value"
    status = 422

    def __init__(self, field: str, sentence: str) -> None:
        """``field`` is the form field's name, ``sentence`` what is wrong with it and what would be right."""
        super().__init__(sentence)
        self.field = field
        self.field_sentence = sentence


def refusal_named(code: str, kind: type[GrantError] = GrantError) -> type[GrantError] | None:
    """The refusal whose stable code this is, as rows keep it; None for one that nobody knows any more."""
    if kind.code == code and kind is not GrantError:
        return kind
    found = (refusal_named(code, each) for each in kind.__subclasses__())
    return next((each for each in found if each is not None), None)


class FieldErrorsError(GrantError):
    """Several values outside their limits, each at its field."""

    code = "bad_values"
    sentence = "Some values cannot stand."
    way_on = "Correct each, then try again."
    status = 422

    def __init__(self, errors: Iterable[FieldError]) -> None:
        """At least one."""
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.field_sentence}" for error in self.errors))
