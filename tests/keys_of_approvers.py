"""An approver's passkey in software: what a browser would answer, and whom an operator has trusted."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from grants.models import ApproverKey, User
from grants.models.person import APPROVERS
from grants.policy.signing import websafe

PRESENT, VERIFIED = 0x01, 0x04
FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT


@dataclass
class SoftKey:
    """Signs whatever it is asked to, as a device does for whoever holds it."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))

    @property
    def public_key(self) -> bytes:
        return cbor.encode(dict(self.cose))

    @property
    def cose(self) -> ES256:
        return ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call,no-any-return]  # the library is untyped there

    def sign(
        self,
        challenge: str,
        *,
        origin: str = "",
        host: str = "localhost",
        flags: int = PRESENT | VERIFIED,
        kind: str = "webauthn.get",
    ) -> str:
        """The browser's answer as JSON, over a hash in hex."""
        client = {
            "type": kind,
            "challenge": websafe(bytes.fromhex(challenge)),
            "origin": origin or settings.PUBLIC_URL,
            "crossOrigin": False,
        }
        client_data = json.dumps(client).encode()
        data = hashlib.sha256(host.encode()).digest() + bytes([flags]) + bytes(4)
        signature = self.private.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        raw_id = websafe(self.credential_id)
        response = {
            "clientDataJSON": websafe(client_data),
            "authenticatorData": websafe(data),
            "signature": websafe(signature),
        }
        answer = {"id": raw_id, "rawId": raw_id, "type": "public-key", "response": response}
        return json.dumps({**answer, "clientExtensionResults": {}})

    def enrol(self, user: User) -> Authenticator:
        """As allauth keeps it once the browser has made it."""
        made = AttestedCredentialData.create(bytes(16), self.credential_id, self.cose)
        data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), FLAGS, 0, made)
        client = {"type": "webauthn.create", "challenge": websafe(bytes(32)), "origin": settings.PUBLIC_URL}
        response = {
            "clientDataJSON": websafe(json.dumps(client).encode()),
            "attestationObject": websafe(AttestationObject.create("none", data, {})),
        }
        raw_id = websafe(self.credential_id)
        credential = {"id": raw_id, "rawId": raw_id, "type": "public-key", "response": response}
        return Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Passkey 1", "credential": credential}
        )

    def trust(self, user: User, *groups: str, now: datetime | None = None) -> ApproverKey:
        """Enrolled, and then as the operator's command leaves it."""
        self.enrol(user)
        return ApproverKey.objects.create(
            user=user,
            person=user.person,
            groups=list(groups) or [APPROVERS],
            label="Passkey 1",
            fingerprint=hashlib.sha256(self.credential_id).hexdigest()[:39],
            credential_id=self.credential_id,
            public_key=self.public_key,
            trusted_at=now or timezone.now(),
        )
