"""What an approver sends."""

from typing import Any

from django import forms

from grants.forms.base import DaypassForm, as_hours, hour_choices, to_seconds
from grants.policy.actions import in_order
from grants.policy.narrowed import Smaller, reach_of
from grants.policy.snapshot import Snapshot


class ApproveForm(DaypassForm):
    """The fingerprint of what was read."""

    snapshot_hash = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)


class SignForm(ApproveForm):
    """The same, with a passkey's signature over it where there is one."""

    # Not stripped: what lets a form past the fresh second factor is what the flow looks at, to the last blank.
    credential = forms.CharField(required=False, max_length=8192, strip=False, widget=forms.HiddenInput)


class DenyForm(ApproveForm):
    """The same, and the reason the requester will read."""

    reason = forms.CharField(
        label="Reason for denying",
        help_text="The requester reads it, word for word.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the requester knows what to change."},
    )


class RevokeForm(DaypassForm):
    """Why it is taken back."""

    reason = forms.CharField(
        label="Why do you revoke it?",
        help_text="The contractor and the auditors read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the contractor and the auditors know."},
    )


class NarrowForm(ApproveForm):
    """What is left of a request: it offers only what is there already, and fewer hours."""

    hours = forms.TypedChoiceField(
        label="For how long",
        coerce=to_seconds,
        error_messages={"required": "Choose a time.", "invalid_choice": "Choose one of the times in the list."},
    )
    buckets = forms.MultipleChoiceField(
        label="Buckets", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Keep at least one bucket."}
    )
    actions = forms.MultipleChoiceField(
        label="What may be done there",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Keep at least one action, or deny the request."},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The requester and whoever signed before read it, word for word.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the requester knows what to expect."},
    )

    def __init__(self, data: Any = None, *, snapshot: Snapshot, shortest: int, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        """Offer the parts of ``snapshot``; only the hours where it is not on buckets."""
        super().__init__(data, **kwargs)
        reach = reach_of(snapshot)
        self.fields["prefix"] = _prefix_below(reach.prefix)
        _offer(self.fields["hours"], hour_choices(shortest, snapshot.seconds))
        _offer(self.fields["buckets"], [(bucket, bucket) for bucket in reach.buckets])
        known = in_order(reach.actions)
        _offer(self.fields["actions"], [(a.name, f"{a.verb.capitalize()} files ({a.name})") for a in known])
        self.initial = {
            "hours": as_hours(reach.seconds),
            "buckets": list(reach.buckets),
            "prefix": reach.prefix,
            "actions": list(reach.actions),
            **self.initial,
        }
        for name in ("buckets", "prefix", "actions"):
            if not reach.actions or (name == "buckets" and len(reach.buckets) == 1):
                del self.fields[name]
        self._kept = reach.buckets
        self.order_fields(["hours", "buckets", "prefix", "actions", "reason"])

    @property
    def smaller(self) -> Smaller:
        """The valid answers as the flow takes them."""
        data = self.cleaned_data
        return Smaller(
            seconds=data["hours"],
            buckets=tuple(data.get("buckets", self._kept)),
            prefix=data.get("prefix", ""),
            actions=tuple(data.get("actions", ())),
        )


def _prefix_below(prefix: str) -> forms.CharField:
    return forms.CharField(
        label="Prefix",
        max_length=512,
        help_text=f"{prefix} or a folder below it; it ends in a slash, too.",
        widget=forms.TextInput(attrs={"class": "font-monospace", "spellcheck": "false"}),
        error_messages={"required": "Name the prefix, ending in a slash."},
    )


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
