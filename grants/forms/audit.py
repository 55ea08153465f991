"""What an auditor looks for."""

from django import forms

from grants.forms.base import DaypassForm


class SearchForm(DaypassForm):
    """One box for everything an auditor may hold in hand."""

    q = forms.CharField(
        label="Search",
        help_text="A reference, mail address, bucket, access key id (ASIA…) or federated name (dp-…).",
        required=False,
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
