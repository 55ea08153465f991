"""What somebody says for the record has to say something, in characters that can be read."""

from typing import Final

from grants.errors import FieldError

SAID_MIN: Final = 10
_SHOWN: Final = "\r\n\t"


def check_said(text: str, field: str, otherwise: str, *, least: int = SAID_MIN, most: int | None = None) -> None:
    """As many characters as a request's reason has at least; ``otherwise`` is what is said of fewer."""
    if len(text.strip()) < least:
        raise FieldError(field, otherwise)
    if most is not None and len(text) > most:
        raise FieldError(field, f"Say it in at most {most} characters.")
    if any(ord(char) < 32 and char not in _SHOWN for char in text) or "\x7f" in text:  # noqa: PLR2004 - ASCII
        raise FieldError(field, f"The {field} has characters that cannot be shown. Type it as plain text.")
