"""Which mails somebody wants."""

from collections.abc import Sequence
from typing import Any

from django import forms

from grants.forms.base import DaypassForm
from grants.policy.notices import Family


class NoticesForm(DaypassForm):
    """A box for each family."""

    def __init__(self, data: Any = None, *, families: Sequence[Family], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer what concerns this person."""
        super().__init__(data, **kwargs)
        for family in families:
            self.fields[family.key] = forms.BooleanField(label=family.words, help_text=family.help, required=False)
