"""Small frozen values that travel between the layers; secrets are hidden from repr."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH: Final = 10
CODE_LENGTH: Final = 8
CODE_TRIES: Final = 5
MFA_CODE_PURPOSE: Final = "mfa-code"

SECONDS_MIN: Final = 900  # STS: both operations
SECONDS_MAX: Final = 129_600  # STS: 36 hours
PROOF_SECONDS: Final = 300  # a second factor shown so long ago is fresh
QUARTER: Final = 900  # people ask in quarter hours


def new_reference() -> str:
    """Ten random Crockford characters: the grant's public name, part of its federated names."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(REFERENCE_LENGTH))


def new_code() -> str:
    """Eight random Crockford characters (40 bits): a pickup code."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(CODE_LENGTH))


def normal_code(typed: str) -> str:
    """What a person typed, as Crockford reads it: no spaces or dashes, O is 0, I and L are 1."""
    bare = re.sub(r"[\s-]", "", typed).upper()
    return bare.replace("O", "0").replace("I", "1").replace("L", "1")


def federated_name(reference: str, attempt: int) -> str:
    """``dp-<reference>-<attempt>``: unique per STS call, because it is the only handle on a session."""
    return f"dp-{reference}-{attempt}"


@dataclass(frozen=True, slots=True)
class IssuerRef:
    """An issuer by value: which AWS principal mints. ``profile`` names the keys, never holds them.

    ``kind`` is ``user`` (GetFederationToken), ``session`` (GetSessionToken) or ``role`` (AssumeRole of ``role_arn``,
    whose unique id is ``role_id``, AROA…). New fields come last with defaults: snapshots signed before them still read.
    """

    account_id: str
    partition: str
    region: str
    user_arn: str
    profile: str
    kind: str = "user"
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
    role_id: str = ""

    def userid_of(self, name: str) -> str:
        """The ``aws:userid`` of a session of this name, by which it is denied."""
        return f"{self.role_id if self.kind == 'role' else self.account_id}:{name}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose keys these are, from STS's own mouth; ``clock_ahead`` as in Minted."""

    arn: str
    account_id: str
    clock_ahead: int | None


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term key by its last four characters."""

    ending: str
    created_at: datetime
    is_active: bool


@dataclass(frozen=True, slots=True)
class Principal:
    """What IAM says about an issuer's user or role. ``keys`` None: they may not be read, or a role has none.

    ``seconds_most`` is a role's MaxSessionDuration, 0 for a user.
    """

    unique_id: str
    boundary_arn: str
    seconds_most: int
    keys: tuple[AccessKey, ...] | None


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """A managed policy as it is in force: its version, and the SHA-256 (hex) over its document as canonical JSON."""

    version_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the doctor saw: ``level`` is ``ok``, ``warn`` or ``FAIL``; ``mend`` says what to do about the latter two."""

    level: str
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class FederationRequest:
    """One GetFederationToken call. ``policy`` is JSON as sent; ``tags`` are (key, value); ``seconds`` whole seconds."""

    name: str
    policy: str
    policy_arns: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One GetSessionToken call. ``serial`` and ``code`` (six digits, good once) are both empty, or neither is."""

    seconds: int
    serial: str = ""
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """One AssumeRole call. Policy, ARNs, tags and seconds as in FederationRequest; the last two may be empty."""

    role_arn: str
    session_name: str
    policy: str
    policy_arns: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    seconds: int
    source_identity: str = ""
    external_id: str = field(default="", repr=False)


def by_kind(issuer: IssuerRef, request: FederationRequest) -> FederationRequest | RoleRequest:
    """The same for an issuer that is a role: by AssumeRole, with the session's name as its source identity."""
    if issuer.kind != "role":
        return request
    return RoleRequest(
        role_arn=issuer.role_arn,
        session_name=request.name,
        policy=request.policy,
        policy_arns=request.policy_arns,
        tags=request.tags,
        seconds=request.seconds,
        source_identity=request.name,
    )


MintRequest: TypeAlias = FederationRequest | SessionRequest | RoleRequest


@dataclass(frozen=True, slots=True)
class NearExpiry:
    """The last ``buffer`` before an end, the end itself and everything after it."""

    buffer: timedelta = timedelta(minutes=5)

    def covers(self, end: datetime | None, now: datetime) -> bool:
        """Whether ``now`` is that late; an end that nobody knows may come at any moment."""
        return end is None or end - now <= self.buffer


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Temporary credentials in plaintext: lives in one stack frame, never in repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime

    def is_near_expiry(self, now: datetime, buffer: timedelta = timedelta(minutes=5)) -> bool:
        """Whether the end is at most ``buffer`` away."""
        return NearExpiry(buffer).covers(self.expiration, now)


@dataclass(frozen=True, slots=True)
class Minted:
    """What STS returned. A size STS did not send is None, never 0; GetSessionToken never sends ``packed_policy_size``.

    ``federated_user_arn`` and ``federated_user_id`` name the session: of GetFederationToken the federated user, of
    AssumeRole the assumed role user (``…:assumed-role/ROLE/SESSION``, ``AROA…:SESSION``); GetSessionToken names none,
    there both are "". ``source_identity`` is what AssumeRole set, else "". ``clock_ahead`` is how many seconds our
    clock was ahead of AWS's, None when the answer had no Date.
    """

    credentials: AwsCredentials
    federated_user_arn: str
    federated_user_id: str
    request_id: str
    packed_policy_size: int | None
    token_utilization: int | None
    token_size: int | None
    source_identity: str = ""
    clock_ahead: int | None = None


@dataclass(frozen=True, slots=True)
class SealedBox:
    """A ciphertext and the id of the key that opens its outer layer."""

    key_id: str
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent: text first, HTML beside it; the body may hold the link and is hidden from repr."""

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: the client's address as the trusted proxies report it, and its user agent."""

    ip: str | None
    agent: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows at a link besides its token: a code, who is signed in and by which second factor, a claim.

    ``claim`` is what a browser got that has passed the check before.
    """

    code: str = field(default="", repr=False)
    user_id: UUID | None = None
    proof: "Proof | None" = None
    claim: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody last showed, in this session, who they are: ``totp`` or ``webauthn``, and how long ago."""

    method: str
    age_seconds: int


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """The company's own sign-in: one OpenID Connect provider, and Daypass as its client."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class Errand:
    """One way to the provider and back: what its answer must show, kept in the session that set out."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for: ``subject`` is its own unchanging id, ``email`` the mailbox it knows."""

    subject: str
    email: str
    is_email_verified: bool
