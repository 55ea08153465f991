"""allauth's passkey forms, for answers that no browser gives: too large, too deep, or nothing that can be read."""

import json
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms

from grants.errors import SignatureRefusedError
from grants.gateways.webauthn import check_readable, enrolled_passkey

ANSWER_MOST: Final = 32_768  # characters; an attestation with its certificates takes a few thousand
NAME_MOST: Final = 100


class AnswerField(forms.Field):
    """Django's JSONField falls over whatever nests deeper than Python's stack, and has no limit."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The answer as an object."""
        text = str(value or "")
        try:
            return json.loads(text) if 0 < len(text) <= ANSWER_MOST else None
        except (ValueError, RecursionError):
            raise get_adapter().validation_error("incorrect_code") from None


class AddForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey."""

    name = forms.CharField(required=False, max_length=NAME_MOST)
    credential = AnswerField()

    def clean_credential(self) -> dict[str, Any]:
        """One that a signature could be checked with, before allauth reads it its own way."""
        answer: dict[str, Any] = self.cleaned_data["credential"]
        try:
            enrolled_passkey(name="", registration=answer)
        except SignatureRefusedError:
            raise get_adapter().validation_error("incorrect_code") from None
        return answer


class RenameForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Another name for it."""

    name = forms.CharField(max_length=NAME_MOST)


class _Shown(forms.Form):
    """Signing in with one, or showing it again."""

    credential = AnswerField()

    def clean_credential(self) -> Authenticator:
        """The passkey, once the answer can be read at all."""
        try:
            check_readable(answer=self.cleaned_data["credential"])
        except SignatureRefusedError:
            raise get_adapter().validation_error("incorrect_code") from None
        return super().clean_credential()  # type: ignore[misc]  # allauth's form stands behind this one


class ShowForm(_Shown, AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """While signing in."""


class ShowAgainForm(_Shown, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Before something takes effect."""
