"""The vendor register's forms, and the one by which a contractor accepts its terms."""

from datetime import UTC, datetime, time
from typing import Any, Final

from django import forms

from grants.flows.vendors import VendorFields
from grants.forms.base import DaypassForm
from grants.models import Vendor
from grants.models.vendor import MONTH_HOURS_MAX

LINES: Final = {"rows": 3, "class": "font-monospace", "spellcheck": "false"}
LINES_MAX: Final = 100
WHY: Final = "Say why, so that the people concerned and the auditors know."


class LinesField(forms.CharField):
    """One value a line."""

    widget = forms.Textarea(attrs=LINES)

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The lines that say something."""
        lines = [line.strip() for line in (value or "").splitlines() if line.strip()]
        if len(lines) > LINES_MAX:
            raise forms.ValidationError(f"Give at most {LINES_MAX} lines.")
        return lines


class VendorForm(DaypassForm):
    """All that the register holds."""

    name = forms.CharField(label="Company", max_length=120, error_messages={"required": "Give the company's name."})
    contract_ends = forms.DateField(
        label="Contract ends",
        help_text="At the end of that day, UTC. No access outlives it.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day of the contract.", "invalid": "Give a day, such as 2027-12-31."},
    )
    month_hours = forms.IntegerField(
        label="Hours a month",
        help_text="The most that its people together may ask for in a calendar month (UTC). Empty: no budget.",
        min_value=1,
        max_value=MONTH_HOURS_MAX,
        required=False,
    )
    sponsors = LinesField(
        label="Sponsors",
        help_text="Staff addresses, one a line. They invite its people, let them in, and answer for them.",
        required=False,
    )
    domains = LinesField(
        label="Mail domains",
        help_text="Exact domains, one a line, such as acme.example; a subdomain is another one. No free-mail domains.",
        required=False,
    )
    is_domain_open = forms.BooleanField(
        label="Whoever has an address there may sign in without an invitation, and waits to be let in", required=False
    )
    terms = forms.CharField(
        label="Terms of access",
        help_text="Its people accept them before they ask; a changed wording is accepted again. Empty: no terms.",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    @property
    def vendor_fields(self) -> VendorFields:
        """The valid answers as the flows take them."""
        data = self.cleaned_data
        return VendorFields(
            name=data["name"],
            contract_ends_at=datetime.combine(data["contract_ends"], time(23, 59, 59), tzinfo=UTC),
            domains=data["domains"],
            is_domain_open=data["is_domain_open"],
            sponsors=data["sponsors"],
            month_hours=data["month_hours"],
            terms=data["terms"],
        )


def initial_of(vendor: Vendor) -> dict[str, Any]:
    """The form of a vendor as it is."""
    return {
        "name": vendor.name,
        "contract_ends": vendor.contract_ends_at.astimezone(UTC).date(),
        "month_hours": vendor.month_hours,
        "sponsors": "\n".join(sorted(user.email for user in vendor.sponsors.all())),
        "domains": "\n".join(vendor.domains),
        "is_domain_open": vendor.is_domain_open,
        "terms": vendor.terms.text if vendor.terms else "",
    }


class ReasonForm(DaypassForm):
    """Why a vendor's grants are revoked."""

    reason = forms.CharField(
        label="Why?",
        help_text="The auditors read it, and the people whose access it ends.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY},
    )


class ReopenForm(ReasonForm):
    """Why a vendor is opened again: that ends nobody's access."""

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401 - Django's
        """The same words, read by fewer people."""
        super().__init__(data)
        self.fields["reason"].help_text = "The auditors read it."


class CloseForm(ReasonForm):
    """The same, and what becomes of credentials that were picked up."""

    revoke = forms.BooleanField(
        label="Revoke what was picked up as well: AWS refuses every session of this vendor", required=False
    )


class TermsForm(DaypassForm):
    """A yes to the wording that was on the page."""

    digest = forms.RegexField(
        r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput, error_messages={"required": "There is nothing to accept."}
    )
    agree = forms.BooleanField(
        label="I have read these terms and accept them",
        error_messages={"required": "Tick the box to accept the terms. Without that you cannot ask for access."},
    )
