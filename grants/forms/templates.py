"""The editor of a bucket template: every limit is told at its field."""

import uuid
from collections.abc import Iterable
from typing import Any, Final

from django import forms

from grants.flows.publish import VersionFields
from grants.forms.base import DaypassForm, as_hours, hour_choices, to_seconds
from grants.models import GrantTemplate, Issuer, TemplateVersion, Vendor
from grants.policy.actions import ACTIONS, BUNDLES
from grants.policy.scopes import BucketScope, actions_of, buckets_of, prefix_of
from grants.values import SECONDS_MAX, SECONDS_MIN

HOURS: Final = hour_choices(SECONDS_MIN, SECONDS_MAX)
LINK_LIVES: Final = [
    (str(seconds), words)
    for seconds, words in (
        (900, "15 minutes"),
        (3600, "1 hour"),
        (4 * 3600, "4 hours"),
        (8 * 3600, "8 hours"),
        (24 * 3600, "1 day"),
        (3 * 86400, "3 days"),
        (7 * 86400, "7 days"),
    )
]
PARTS: Final = (
    ("What it is called", ("name", "description", "vendors")),
    ("What it gives", ("issuer", "buckets", "prefix", "folder_pattern", "folder_hint", "actions", "tags")),
    ("For how long", ("min_seconds", "default_seconds", "max_seconds", "link_seconds")),
    ("Who must agree, and to what", ("approver_groups", "more_signers", "ticket_pattern", "ticket_hint")),
)


def _hours(label: str, hint: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=hint,
        choices=HOURS,
        coerce=to_seconds,
        error_messages={"required": "Choose a time.", "invalid_choice": "Choose one of the times in the list."},
    )


def _prefix() -> forms.CharField:
    """Not declared in the class: there, ``prefix`` is what Django puts before a form's field names."""
    return forms.CharField(
        label="Prefix",
        max_length=512,
        help_text="The folder inside the bucket. It ends in a slash, so that “in/” does not open “internal/” too. "
        "{vendor}, {contractor.email}, {ticket}, {grant} and {folder} are filled when somebody asks.",
        widget=forms.TextInput(attrs={"class": "font-monospace", "spellcheck": "false"}),
        error_messages={"required": "Name the prefix, ending in a slash."},
    )


class TagsField(forms.CharField):
    """Session tags, one ``key=value`` a line."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "font-monospace", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A dictionary; keys that differ only by case are one key to AWS."""
        tags: dict[str, str] = {}
        for number, line in enumerate((value or "").splitlines(), start=1):
            key, equals, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals or not key:
                raise forms.ValidationError(f"Line {number} is not of the form key=value.")
            if key.lower() in (known.lower() for known in tags):
                raise forms.ValidationError(f"Line {number} names “{key}” again. AWS does not tell keys apart by case.")
            tags[key] = text
        return tags


class LinesField(forms.CharField):
    """One value a line, as a tuple."""

    widget = forms.Textarea(attrs={"rows": 2, "class": "font-monospace", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The lines that hold something."""
        return tuple(line.strip() for line in (value or "").splitlines() if line.strip())


class SignersField(forms.CharField):
    """How many persons of a group sign, one ``group=number`` a line."""

    widget = forms.Textarea(attrs={"rows": 2, "class": "font-monospace", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A dictionary."""
        signers: dict[str, int] = {}
        for number, line in enumerate((value or "").splitlines(), start=1):
            group, _, count = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not group or not count.isascii() or not count.isdigit():
                raise forms.ValidationError(f"Line {number} is not of the form group=number.")
            signers[group] = int(count)
        return signers


class TemplateForm(DaypassForm):
    """Everything an admin may choose. ``name`` is fixed once the template exists."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={"required": "Give the template a name that contractors understand."},
    )
    description = forms.CharField(
        label="Description", max_length=300, required=False, help_text="Shown to contractors under the name."
    )
    vendors = forms.ModelMultipleChoiceField(
        Vendor.objects.filter(is_active=True),
        label="Open to",
        required=False,
        help_text="Only people of these vendors can see it and ask for it.",
        widget=forms.CheckboxSelectMultiple,
    )
    issuer = forms.ModelChoiceField(
        Issuer.objects.filter(is_active=True),
        label="Issuer",
        help_text="The IAM user whose rights are the most that this template can give.",
        empty_label=None,
        error_messages={"required": "Choose an issuer.", "invalid_choice": "Choose an active issuer."},
    )
    buckets = LinesField(
        label="Buckets",
        help_text="One a line.",
        error_messages={"required": "Name the bucket."},
    )
    folder_pattern = forms.CharField(
        label="Folder pattern",
        max_length=200,
        required=False,
        help_text="Only with {folder} in the prefix: a regular expression for the folder that the requester names.",
        widget=forms.TextInput(attrs={"class": "font-monospace", "spellcheck": "false"}),
    )
    folder_hint = forms.CharField(
        label="Folder hint", max_length=200, required=False, help_text="Shown at the field, such as: “like run-17”."
    )
    actions = forms.MultipleChoiceField(
        label="What may be done there",
        choices=[(action.name, f"{action.verb.capitalize()} files ({action.name})") for action in ACTIONS],
        help_text="Usual sets: "
        + "; ".join(f"{words} = {', '.join(name.removeprefix('s3:') for name in names)}" for _, words, names in BUNDLES)
        + ".",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one action."},
    )
    tags = TagsField(
        label="Session tags",
        required=False,
        help_text="One key=value a line. Daypass adds its own: grant, vendor, template and requester.",
    )
    min_seconds = _hours("Shortest time")
    default_seconds = _hours("Usual time", "What the form proposes.")
    max_seconds = _hours("Longest time", "AWS allows 15 minutes to 36 hours.")
    link_seconds = forms.TypedChoiceField(
        label="How long the mailed link works",
        choices=LINK_LIVES,
        coerce=int,
        error_messages={"required": "Choose a time.", "invalid_choice": "Choose one of the times in the list."},
    )
    approver_groups = forms.MultipleChoiceField(
        label="Who must sign",
        help_text="One person of every group that you tick, and each of them somebody else.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose who must sign."},
    )
    more_signers = SignersField(
        label="More than one signature",
        required=False,
        help_text="One group=number a line, such as approvers=2. A group that is not named here signs once.",
    )
    ticket_pattern = forms.CharField(
        label="Ticket pattern",
        max_length=200,
        required=False,
        help_text="A regular expression for the whole ticket, such as [A-Z]+-[0-9]+. Empty: no ticket is asked for.",
        widget=forms.TextInput(attrs={"class": "font-monospace", "spellcheck": "false"}),
    )
    ticket_hint = forms.CharField(
        label="Ticket hint", max_length=200, required=False, help_text="Shown at the field, such as: “like OPS-1234”."
    )

    def __init__(self, data: Any = None, *, groups: Iterable[str], fixed_name: str = "", **kwargs: Any) -> None:  # noqa: ANN401
        """``groups`` are the groups that may sign; ``fixed_name`` is the name of a template that exists."""
        super().__init__(data, **kwargs)
        self.fields["prefix"] = _prefix()
        chooser = self.fields["approver_groups"]
        if isinstance(chooser, forms.MultipleChoiceField):
            chooser.choices = [(name, name) for name in groups]
        if fixed_name:
            self.fields["name"].disabled = True
            self.fields["name"].initial = fixed_name

    def clean_more_signers(self) -> dict[str, int]:
        """Only of groups that sign at all."""
        more: dict[str, int] = self.cleaned_data["more_signers"]
        for group in more:
            if group not in self.cleaned_data.get("approver_groups", [group]):
                raise forms.ValidationError(f"“{group}” is not ticked above, so it does not sign.")
        return more

    @property
    def version_fields(self) -> VersionFields:
        """The valid answers as the flow takes them."""
        data = self.cleaned_data
        return VersionFields(
            description=data["description"],
            issuer_id=data["issuer"].pk,
            scope=BucketScope(
                partition=data["issuer"].partition,
                buckets=data["buckets"],
                prefix=data["prefix"],
                actions=tuple(data["actions"]),
            ),
            tags=data["tags"],
            min_seconds=data["min_seconds"],
            default_seconds=data["default_seconds"],
            max_seconds=data["max_seconds"],
            signers={**dict.fromkeys(data["approver_groups"], 1), **data["more_signers"]},
            ticket_pattern=data["ticket_pattern"],
            ticket_hint=data["ticket_hint"],
            link_seconds=data["link_seconds"],
            folder_pattern=data["folder_pattern"],
            folder_hint=data["folder_hint"],
        )

    @property
    def vendor_ids(self) -> tuple[uuid.UUID, ...]:
        """The chosen vendors."""
        return tuple(vendor.pk for vendor in self.cleaned_data["vendors"])


def initial_of(template: GrantTemplate, version: TemplateVersion) -> dict[str, Any]:
    """The newest version as the editor's first values."""
    return {
        "name": template.name,
        "description": version.description,
        "vendors": [vendor.pk for vendor in template.vendors.all()],
        "issuer": version.issuer_id,
        "buckets": "\n".join(buckets_of(version.scope)),
        "prefix": prefix_of(version.scope),
        "folder_pattern": version.folder_pattern,
        "folder_hint": version.folder_hint,
        "actions": actions_of(version.scope),
        "tags": "\n".join(f"{key}={value}" for key, value in version.tags.items()),
        "min_seconds": as_hours(version.min_seconds),
        "default_seconds": as_hours(version.default_seconds),
        "max_seconds": as_hours(version.max_seconds),
        "link_seconds": str(version.link_seconds),
        "approver_groups": version.approver_groups,
        "more_signers": "\n".join(f"{group}={count}" for group, count in version.signers.items() if count > 1),
        "ticket_pattern": version.ticket_pattern,
        "ticket_hint": version.ticket_hint,
    }


NEW: Final = {
    "actions": ["s3:ListBucket", "s3:GetObject"],
    "min_seconds": as_hours(900),
    "default_seconds": as_hours(4 * 3600),
    "max_seconds": as_hours(8 * 3600),
    "link_seconds": str(4 * 3600),
}
