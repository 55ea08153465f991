"""Several requests at once: which, and the fingerprint of each as it was read."""

import re
from typing import Any, Final

from django import forms

from grants.forms.base import DaypassForm

ITEM: Final = re.compile(r"([0-9A-Z]{10}):([0-9a-f]{64})")
ITEMS_MAX: Final = 50


class ItemsField(forms.Field):
    """Each one ``reference:fingerprint``; a dictionary."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """In the order in which they stood on the page."""
        found = [ITEM.fullmatch(str(item)) for item in value or []]
        if not all(found) or len(found) > ITEMS_MAX:
            raise forms.ValidationError(f"Choose up to {ITEMS_MAX} requests from the queue.")
        return {item[1]: item[2] for item in found if item}


class BulkForm(DaypassForm):
    """What was ticked."""

    item = ItemsField(error_messages={"required": "Tick the requests that you want to read and approve together."})
