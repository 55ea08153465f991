"""What a recipient types to get the credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from grants.forms.base import DaypassForm
from grants.models.template import PickupCheck

HINTS: Final = {
    PickupCheck.REQUESTER_CODE.value: "Eight letters and digits, shown when you sent your request. ",
    PickupCheck.SPOKEN_CODE.value: "Eight letters and digits that the person you work with reads to you. ",
}
CODELESS: Final = frozenset({PickupCheck.SIGN_IN.value, PickupCheck.NONE.value})


@dataclass(frozen=True, slots=True)
class Tried:
    """What a recipient sent. ``code``: as typed, or "" where none is asked for; ``is_afresh``: by the other button."""

    code: str = field(repr=False)
    wants_console: bool
    is_afresh: bool


class PickupForm(DaypassForm):
    """The code, where the template's check is one."""

    code = forms.CharField(
        label="Pickup code",
        help_text="Eight letters and digits. Dashes and small letters are fine.",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "input-code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Type the pickup code."},
    )

    def __init__(self, data: Any = None, *, check: str) -> None:  # noqa: ANN401 - Django's
        """Ask for what ``check`` wants."""
        super().__init__(data)
        self.ask_for(check)

    def ask_for(self, check: str) -> None:
        """A code and which, or none."""
        if check not in CODELESS:
            self["code"].help_text = HINTS.get(check, "") + "Dashes and small letters are fine."
        elif self.fields.pop("code", None):
            self.errors.pop("code", None)


class ShowForm(DaypassForm):
    """Whether a link into the AWS console is wanted as well."""

    console = forms.BooleanField(
        label="Also make an AWS console sign-in link",
        help_text="It opens the AWS console in a browser and works for 15 minutes.",
        required=False,
    )


class RevealForm(PickupForm, ShowForm):
    """The code, and whether a fresh issue is wanted instead of one of which little is left."""

    field_order = ("code", "console")

    @property
    def tried(self) -> Tried:
        """What a valid form says."""
        cleaned = self.cleaned_data
        return Tried(cleaned.get("code", ""), cleaned["console"], _is_afresh(self.data))


def read_try(data: Mapping[str, Any]) -> Tried | None:
    """The code that was typed and all beside it, if the form would let it pass, without making one.

    A form copies its fields, which is most of what reading it costs; this one is made where something has to be said.
    """
    try:
        return Tried(_read("code", data), _read("console", data), _is_afresh(data))
    except ValidationError:
        return None


def _read(name: str, data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the field makes of it
    asked = RevealForm.base_fields[name]
    return asked.clean(asked.widget.value_from_datadict(data, {}, name))


def _is_afresh(data: Mapping[str, Any]) -> bool:
    return data.get("do") == "afresh"


class HandBackForm(PickupForm):
    """The same code, and which of the two: the work is done, or it was somebody else."""

    what = forms.ChoiceField(
        choices=[("done", "I am done"), ("disowned", "It was not me")],
        error_messages={"required": "Press one of the two buttons.", "invalid_choice": "Press one of the two buttons."},
    )
