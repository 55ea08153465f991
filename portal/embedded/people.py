"""Who there is in the demo."""

from dataclasses import dataclass
from typing import Final

from grants.models.person import APPROVERS, AUDITORS, TEMPLATE_ADMINS


@dataclass(frozen=True, slots=True)
class Person:
    """``role`` is what the demo calls them; ``group`` their staff role, if any."""

    role: str
    name: str
    email: str
    group: str = ""
    is_staff: bool = True
    invited_by: str = ""


PEOPLE: Final = (
    Person("template admin", "Ada Andersson", "ada@daypass.example", TEMPLATE_ADMINS),
    Person("template admin", "Abe Adler", "abe@daypass.example", TEMPLATE_ADMINS),
    Person("approver", "Bob Bell", "bob@daypass.example", APPROVERS),
    Person("approver", "Bea Brandt", "bea@daypass.example", APPROVERS),
    Person("sponsor", "Alice Archer", "alice@daypass.example"),
    Person("auditor", "Otto Okafor", "otto@daypass.example", AUDITORS),
    Person("contractor", "Carol Chen", "carol@acme.example", is_staff=False, invited_by="alice@daypass.example"),
)
