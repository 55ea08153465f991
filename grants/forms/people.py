"""Inviting contractors, and changing who is who among staff."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms

from grants.flows.people import Wanted
from grants.forms.base import DaypassForm
from grants.models import Vendor
from grants.models.person_change import ChangeKind

ADDRESS: Final = forms.TextInput(attrs={"type": "email", "autocomplete": "off", "spellcheck": "false"})
KINDS: Final = (
    (ChangeKind.GIVE.value, "Give a role"),
    (ChangeKind.TAKE.value, "Take a role back"),
    (ChangeKind.JOIN.value, "Make an account for somebody new"),
    (ChangeKind.RESET.value, "Reset the second factor, because it is lost"),
    (ChangeKind.LEAVE.value, "Close the account, because they leave"),
    (ChangeKind.THAW.value, "Let a frozen person back in"),
)
WITH_ROLE: Final = frozenset({ChangeKind.GIVE, ChangeKind.TAKE, ChangeKind.JOIN})


class InviteForm(DaypassForm):
    """Whom, and for which vendor."""

    vendor = forms.ChoiceField(label="Which vendor do they work for?", error_messages={"required": "Choose a vendor."})
    email = forms.CharField(
        label="Work address",
        help_text="The sign-in codes go there. One person has one account, so not carol+daypass@ beside carol@.",
        max_length=254,
        widget=ADDRESS,
        error_messages={"required": "Give the address."},
    )
    full_name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the name that approvers will read."},
    )

    def __init__(self, data: Any = None, *, vendors: Iterable[Vendor], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer the vendors that this person answers for."""
        super().__init__(data, **kwargs)
        choice = self.fields["vendor"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(str(vendor.pk), vendor.name) for vendor in vendors]


class DismissForm(DaypassForm):
    """Why an account is closed."""

    reason = forms.CharField(
        label="Why?",
        help_text="The auditors read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the auditors know."},
    )


class FreezeForm(DismissForm):
    """Why a person is stopped."""

    reason = forms.CharField(
        label="Why?",
        help_text="The template admins and the auditors read it. The person does not.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the template admins and the auditors know."},
    )


class HeldForm(DaypassForm):
    """Which of a frozen person's live grants to revoke."""

    references = forms.MultipleChoiceField(
        label="Grants to revoke",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one.", "invalid_choice": "One of them is over by now."},
    )
    reason = forms.CharField(
        label="Why do you revoke them?",
        help_text="Whoever has the access, and the auditors, read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the people concerned and the auditors know."},
    )

    def __init__(self, data: Any = None, *, references: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer what is live."""
        super().__init__(data, **kwargs)
        choice = self.fields["references"]
        if isinstance(choice, forms.MultipleChoiceField):
            choice.choices = [(reference, reference) for reference in references]


class ChangeForm(DaypassForm):
    """What is to change for whom, and why."""

    kind = forms.ChoiceField(
        label="What has to change?",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what has to change."},
    )
    email = forms.CharField(
        label="Whose account?",
        help_text="The address they sign in with, or will sign in with.",
        max_length=254,
        widget=ADDRESS,
        error_messages={"required": "Give the address."},
    )
    full_name = forms.CharField(
        label="Name",
        help_text="Only for somebody new.",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", help_text="Only where a role is given or taken.", required=False)
    reason = forms.CharField(
        label="Why?",
        help_text="The second admin and the auditors read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that whoever confirms it knows."},
    )

    def __init__(self, data: Any = None, *, roles: Sequence[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer the roles there are."""
        super().__init__(data, **kwargs)
        choice = self.fields["role"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [("", "No role"), *((role, role) for role in roles)]

    def clean(self) -> dict[str, Any]:
        """A role where one is needed, a name for somebody new."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind in {ChangeKind.GIVE, ChangeKind.TAKE} and not data.get("role"):
            self.add_error("role", "Choose the role.")
        if kind == ChangeKind.JOIN and not data.get("full_name"):
            self.add_error("full_name", "Give the name of the new person.")
        return data

    @property
    def wanted(self) -> Wanted:
        """The change as the flows take it; what its kind does not use is left out."""
        data = self.cleaned_data
        kind = ChangeKind(data["kind"])
        return Wanted(
            kind=kind,
            email=data["email"],
            full_name=data["full_name"] if kind == ChangeKind.JOIN else "",
            role=data["role"] if kind in WITH_ROLE else "",
        )
