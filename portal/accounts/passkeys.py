"""allauth's passkey forms, for answers that no browser gives: too large, too deep, or nothing that can be read."""

import json
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

ANSWER_MOST: Final = 32_768  # characters; an attestation with its certificates takes a few thousand
NAME_MOST: Final = 100


class AnswerField(forms.Field):
    """Django's JSONField falls over whatever nests deeper than Python's stack, and has no limit.

    ``read`` is the ceremony's own reading: allauth, which reads anew, is ready for some of its errors alone.
    """

    widget = forms.HiddenInput

    def __init__(self, read: Callable[[Any], object]) -> None:
        """Always needed."""
        super().__init__()
        self._read = read

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The answer as an object."""
        text = str(value or "")
        if not 0 < len(text) <= ANSWER_MOST:
            return None
        try:
            answer = json.loads(text)
            self._read(answer)
        except Exception:  # noqa: BLE001 - a stranger's bytes, through a parser that names no errors
            raise get_adapter().validation_error("incorrect_code") from None
        return answer


class AddForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey."""

    name = forms.CharField(required=False, max_length=NAME_MOST)
    credential = AnswerField(RegistrationResponse.from_dict)


class RenameForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Another name for it."""

    name = forms.CharField(max_length=NAME_MOST)


class ShowForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Signing in with one."""

    credential = AnswerField(AuthenticationResponse.from_dict)


class ShowAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Showing it again, before something takes effect."""

    credential = AnswerField(AuthenticationResponse.from_dict)
