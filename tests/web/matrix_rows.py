"""What a row of the matrix is, and the answers that many rows share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ANSWERS: Final[Mapping[str, tuple[int, str]]] = {
    "o": (200, ""),
    "x": (403, ""),  # not with this account
    "n": (404, ""),  # not there, or not for this person: both look the same
    "m": (405, ""),  # not by this method
    "u": (422, ""),  # an answer at a field
    "c": (409, ""),  # nobody set out for this
    "d": (503, ""),  # the company's sign-in, which is configured here, but answers nobody
    ">": (302, ""),  # done, or elsewhere: the row's ``to`` says where
    "i": (302, "/accounts/login/"),  # sign in first
    "a": (302, "/admin/login/"),  # the same, and /admin/login/ leads on to the portal's own
    "e": (302, "/accounts/2fa/totp/activate/"),  # enrol a second factor first
    "f": (302, "/accounts/2fa/reauthenticate/"),  # show it again first
}


@dataclass(frozen=True)
class Row:
    """One pattern: an address of it, what GET and POST answer, what the POST sends, and where ``>`` leads."""

    pattern: str
    get: str
    post: str
    path: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    to: str = ""

    @property
    def address(self) -> str:
        """The path, with the names of crowd.make_objects in braces."""
        return "/" + (self.path or self.pattern)


ALL, CLOSED = "o oo ooo ooo e o", "n nn nnn nnn e n"
NEVER, NEVER_SIGNED_IN = "m mm mmm mmm e m", "m mm mmm mmm e m"  # the method is looked at before the person
PERSON, PERSON_NEVER = "i oo ooo ooo e o", "i mm mmm mmm e m"
IN_ALREADY = "o >> >>> >>> e >"
ASKER, OWNER = "i on xxx xxx e x", "i on nnn nnn e n"
PUBLISH = "i xx xfx uxx e x"  # a proof that is too old is asked for before anything else
APPROVER, ADMIN, AUDITOR = "i xx ooo xxx e x", "i xx xxx oxx e x", "i xx xxx xox e x"
DRAFT = "i xx xxx >xx e x"
CODE: Final = {"code": "000000"}
REQUEST: Final = {"hours": "1", "reason": "Deliver the November robot logs.", "key": "{key}"}
SMALLER: Final = {"hours": "1", "prefix": "in/", "actions": "s3:GetObject", "reason": "Reading is enough."}
