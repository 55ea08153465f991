"""A new issuer, the names of one that is there, and its list of managed policies."""

from dataclasses import fields
from typing import Any, Final

from django import forms

from grants.flows.issuers import IssuerNames
from grants.forms.base import DaypassForm
from grants.models import Issuer
from grants.models.issuer import IssuerKind

CODE: Final = {"class": "font-monospace", "spellcheck": "false", "autocomplete": "off"}
PROFILE: Final = "A name in that worker's AWS files, such as acme-issuer. The keys stand there and never here."


def _code(label: str, hint: str = "", *, missing: str = "", length: int = 2048) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=length,
        required=bool(missing),
        widget=forms.TextInput(attrs=CODE),
        error_messages={"required": missing} if missing else None,
    )


class NamesForm(DaypassForm):
    """What one admin may change."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Give the issuer a name."})
    region = _code("Region", "STS is called there, such as eu-central-1.", missing="Give a Region.", length=30)

    @property
    def names(self) -> IssuerNames:
        """The valid answers as the flow takes them."""
        return IssuerNames(**{field.name: self.cleaned_data[field.name] for field in fields(IssuerNames)})


class IssuerForm(NamesForm):
    """A new one in full: which principal of which account."""

    profile = _code("Issue worker's profile", PROFILE, missing="Give the profile's name.", length=100)
    revoker_profile = _code("Revoke worker's profile", PROFILE, missing="Give the profile's name.", length=100)
    kind = forms.ChoiceField(
        label="How does it mint?",
        choices=[
            (IssuerKind.USER.value, "IAM user: federated sessions, each cut down to its grant"),
            (IssuerKind.ROLE.value, "Role: for companies without IAM users; each session cut down to its grant"),
            (IssuerKind.SESSION.value, "Dedicated IAM user: sessions with all of that user's rights, one at a time"),
        ],
        widget=forms.RadioSelect,
        initial=IssuerKind.USER.value,
        error_messages={"required": "Choose how it mints."},
    )
    account_id = _code("AWS account", "Twelve digits.", missing="Give the account's twelve digits.", length=12)
    partition = forms.ChoiceField(
        label="Partition",
        choices=[("aws", "aws"), ("aws-cn", "aws-cn (China)"), ("aws-us-gov", "aws-us-gov (GovCloud)")],
    )
    user_arn = _code(
        "IAM user that mints", "Of a role: the user or role that assumes it.", missing="Give the ARN in full."
    )
    role_arn = _code("Role", "Only for a role: RoleArn of deploy/iam/role.yaml.")
    role_id = _code("The role's unique id", "Only for a role: RoleId, AROA….", length=64)
    mfa_serial = _code("MFA device", "Only for a dedicated user whose policy asks for a code.", length=256)
    reason = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, so that whoever confirms it knows."},
    )
    field_order = (
        *("name", "kind", "account_id", "partition", "region", "user_arn", "role_arn", "role_id", "mfa_serial"),
        *("profile", "revoker_profile", "reason"),
    )

    @property
    def issuer(self) -> Issuer:
        """The issuer as it would be, not saved."""
        return Issuer(**{name: value for name, value in self.cleaned_data.items() if name != "reason"})


class PolicyForm(DaypassForm):
    """One more managed policy."""

    arn = _code("ARN of the managed policy", "AWS's own, or one of the account.", missing="Give the policy's ARN.")


def initial_of(issuer: Issuer) -> dict[str, Any]:
    """The form of an issuer as it is."""
    return {field: getattr(issuer, field) for field in ("name", "region")}
