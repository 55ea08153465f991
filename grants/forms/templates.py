"""The editor of a template: a form for each kind, which writes a document; the document's one reading judges it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from grants.errors import FieldErrorsError
from grants.forms.base import DaypassForm
from grants.forms.template_fields import MONO, LinesField, SignersField, SignersWidget, TagsField
from grants.forms.template_words import CHECK_WORDS, HINTS, PARTS
from grants.policy.actions import BUNDLES, BY_NAME, Action, offered_in
from grants.policy.catalogue import action as known_action
from grants.policy.search import found_by
from grants.policy.sentence import describe_seconds
from grants.policy.template import fields_of, label_of
from grants.policy.template.fields import WORDS
from grants.policy.template.value import MINTS, WHO_ASKS, seconds_of

ONE_BY_ONE: Final = "own"
LINK_HOURS: Final = (0.25, 1, 4, 8, 24, 72, 168)
IN_A_ROW: Final = (0, 4, 8, 12, 24, 36, 48, 72, 168)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from; vendors are (slug, name)."""

    issuers: tuple[str, ...]
    vendors: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    policies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One box of the list of actions."""

    box: forms.boundfield.BoundWidget
    action: Action

    @property
    def words(self) -> str:
        """By which it is found."""
        known = known_action(self.action.name)
        return f"{found_by(known)} {self.action.verb}" if known else self.action.verb


Build = Callable[[str, Choices, Any], forms.Field]


def _text(widget: forms.Widget | None = None) -> Build:
    return lambda _kind, _choices, _now: forms.CharField(widget=widget or forms.TextInput(), strip=False)


def _mono() -> Build:
    return _text(forms.TextInput(attrs=MONO))


def _lines() -> Build:
    return lambda _kind, _choices, _now: LinesField()


def _hours(steps: Iterable[float] | None = None) -> Build:
    """A list of times; one that a file chose is in it too."""

    def build(_kind: str, _choices: Choices, now: Any) -> forms.Field:  # noqa: ANN401 - a document's value
        known = {float(step) for step in steps} if steps else {quarter / 4 for quarter in range(1, 145)}
        known |= {float(now)} if isinstance(now, int | float) else set()
        return forms.TypedChoiceField(
            coerce=float, empty_value=None, choices=[(f"{step:g}", _said(step)) for step in sorted(known)]
        )

    return build


def _said(hours: float) -> str:
    return describe_seconds(seconds_of(hours)) if hours else "no cap"


def _radio(said: Mapping[str, str]) -> Build:
    return lambda _kind, _choices, _now: forms.ChoiceField(choices=list(said.items()), widget=forms.RadioSelect)


def _some(choices: Callable[[str, Choices], list[tuple[str, str]]]) -> Build:
    return lambda kind, known, _now: forms.MultipleChoiceField(
        choices=choices(kind, known), widget=forms.CheckboxSelectMultiple
    )


def _issuers(_kind: str, choices: Choices, _now: object) -> forms.Field:
    return forms.ChoiceField(choices=[(name, name) for name in choices.issuers])


def _actions(kind: str, _choices: Choices) -> list[tuple[str, str]]:
    return [(action.name, f"{action.verb.capitalize()} files ({action.name})") for action in offered_in(kind)]


def _bundles(kind: str, _choices: Choices, _now: object) -> forms.Field:
    fitting = [row for row in BUNDLES if kind != "shared" or not any(BY_NAME[name].changes for name in row[2])]
    rows = [
        (key, f"{words} ({', '.join(name.removeprefix('s3:') for name in names)})") for key, words, names in fitting
    ]
    return forms.ChoiceField(
        label="Usual sets", choices=[*rows, (ONE_BY_ONE, "Chosen one by one, below")], widget=forms.RadioSelect
    )


def _bare(names: Iterable[str]) -> str:
    return ", ".join(name.removeprefix("s3:") for name in names)


def _signers(_kind: str, choices: Choices, _now: object) -> forms.Field:
    return SignersField(widget=SignersWidget(choices.groups))


BUILD: Final[Mapping[str, Build]] = {
    "name": _text(),
    "description": _text(),
    "issuer": _issuers,
    "vendors": _some(lambda _kind, known: list(known.vendors)),
    "who_asks": _some(lambda _kind, _known: [(who, WORDS[who].capitalize()) for who in WHO_ASKS]),
    "buckets": _lines(),
    "bucket": _mono(),
    "prefix": _mono(),
    "bundle": _bundles,
    "actions": _some(_actions),
    "tag_key": _mono(),
    "tag_value": _mono(),
    "kms_key": _mono(),
    "source_addresses": _lines(),
    "https_only": lambda _kind, _choices, _now: forms.BooleanField(),
    "account_id": _mono(),
    "policies": _some(lambda _kind, known: list(known.policies)),
    "policy": _text(forms.Textarea(attrs={"rows": 14, **MONO})),
    "folder_pattern": _mono(),
    "folder_hint": _text(),
    "tags": lambda _kind, _choices, _now: TagsField(),
    "min_hours": _hours(),
    "default_hours": _hours(),
    "max_hours": _hours(),
    "consecutive_hours": _hours(IN_A_ROW),
    "signers": _signers,
    "needs_passkey": lambda _kind, _choices, _now: forms.BooleanField(),
    "custodian_group": lambda _kind, known, _now: forms.ChoiceField(
        choices=[("", "nobody else"), *((group, group) for group in known.groups)]
    ),
    "reason_hint": _text(),
    "ticket_pattern": _mono(),
    "ticket_hint": _text(),
    "pickup_check": _radio(CHECK_WORDS),
    "link_hours": _hours(LINK_HOURS),
    "mint": _radio({mint: WORDS[mint].capitalize() for mint in MINTS}),
}
OPTIONAL: Final = frozenset(
    {"description", "kms_key", "source_addresses", "account_id", "folder_pattern", "folder_hint", "tags", "reason_hint",
     "ticket_pattern", "ticket_hint", "vendors", "managed policy"}
)  # fmt: skip
REASON: Final = "accepted:"


class TemplateForm(DaypassForm):
    """One kind's fields. It judges nothing that the document's reading judges: only what cannot become a document."""

    def __init__(
        self,
        data: Any = None,  # noqa: ANN401 - Django's signature
        *,
        kind: str,
        choices: Choices,
        document: Mapping[str, Any],
        fixed_name: str = "",
    ) -> None:
        """``document`` is what the fields begin with; ``fixed_name`` is the name of a template that exists."""
        super().__init__(data, initial={**dict(document), "bundle": _bundle_of(document.get("actions", ()))})
        self.kind, self.choices = kind, choices
        known = {field.name for field in fields_of(kind)} | ({"bundle"} if kind in ("bucket", "shared") else set())
        for name in (name for _, names in PARTS for name in names if name in known):
            field = BUILD[name](kind, choices, document.get(name))
            field.label = field.label or label_of(name)
            field.help_text = field.help_text or HINTS.get(f"{kind} {name}") or HINTS.get(name, "")
            field.required = False  # the document's reading says what is missing
            field.always_asked = not {name, f"{kind} {name}"} & OPTIONAL  # type: ignore[attr-defined]  # for the label
            self.fields[name] = field
        if fixed_name:
            self.fields["name"].disabled = True
            self.fields["name"].initial = fixed_name

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The form's sections, without what is empty for this kind."""
        rows = [(heading, [self[name] for name in names if name in self.fields]) for heading, names in PARTS]
        return [{"heading": heading, "fields": fields} for heading, fields in rows if fields]

    @property
    def action_levels(self) -> list[tuple[str, list[ActionRow]]]:
        """What can be chosen one by one, under AWS's access levels."""
        rows = [ActionRow(box, BY_NAME[str(box.data["value"])]) for box in self["actions"]]
        levels = dict.fromkeys(row.action.level for row in rows)
        return [(level, [row for row in rows if row.action.level == level]) for level in levels]

    @property
    def document(self) -> dict[str, Any]:
        """The answers as a document; the reasons for warnings come from beside the form."""
        answers = {name: value for name, value in self.cleaned_data.items() if name != "bundle" and value is not None}
        bundles = {key: list(names) for key, _, names in BUNDLES}
        if (chosen := self.cleaned_data.get("bundle", ONE_BY_ONE)) in bundles:
            answers["actions"] = bundles[chosen]
        given = {key.removeprefix(REASON): self.data[key] for key in self.data if key.startswith(REASON)}
        return {"kind": self.kind, **answers, "accepted": {code: text for code, text in given.items() if text.strip()}}

    def refuse_all(self, error: FieldErrorsError) -> None:
        """Each error at its field."""
        for each in error.errors:
            self.refuse(each)


def _bundle_of(actions: Iterable[str]) -> str:
    found = set(actions)
    return next((key for key, _, names in BUNDLES if set(names) == found), ONE_BY_ONE)


class RetireForm(DaypassForm):
    """Why."""

    reason = forms.CharField(
        label="Why it is retired",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in at least ten characters."},
    )
