"""AWS's limits as data, and the checks that run before anything is sent; botocore checks presence and minima only."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grants.errors import FieldError
from grants.policy.durations import GET_FEDERATION_TOKEN, GET_SESSION_TOKEN, check_seconds
from grants.policy.session_policy import check_session_policy
from grants.values import FederationRequest, SessionRequest


@dataclass(frozen=True, slots=True)
class Length:
    """From ``low`` to ``high``, both allowed."""

    low: int
    high: int

    def holds(self, size: int) -> bool:
        """Whether ``size`` is within."""
        return self.low <= size <= self.high


NAME: Final = Length(2, 32)
POLICY: Final = Length(1, 2_048)
POLICY_AND_ARNS: Final = Length(1, 2_048)
ARNS: Final = Length(0, 10)
ARN: Final = Length(20, 2_048)
TAGS: Final = Length(0, 50)
TAG_KEY: Final = Length(1, 128)
TAG_VALUE: Final = Length(0, 256)
MFA_SERIAL: Final = Length(9, 256)
BUCKET: Final = Length(3, 63)
PREFIX: Final = Length(2, 512)

# Python's \w takes é and ٣, AWS's does not: every pattern is ASCII and matched to the very end.
_NAME: Final = re.compile(r"[\w+=,.@-]+", re.ASCII)
_MFA_SERIAL: Final = re.compile(r"[\w+=/:,.@-]+", re.ASCII)
_MFA_CODE: Final = re.compile(r"[0-9]{6}")
_POLICY: Final = re.compile("[\t\n\r\u0020-\u00ff]+")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]+", re.ASCII)
_BUCKET: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])")
_IP_ADDRESS: Final = re.compile(r"(?:\d+\.){3}\d+", re.ASCII)
_BUCKET_RESERVED: Final = (
    ("xn--", "sthree-", "amzn-s3-demo-"),
    ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"),
)
_PREFIX_START: Final = re.compile(r"[\w.]", re.ASCII)
_SEGMENT: Final = re.compile(r"[\w!.()=+@,:& -]+", re.ASCII)
_ACTION: Final = re.compile(r"[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*")
_NEVER: Final = ("iam:", "sts:")
_TAG_PUNCTUATION: Final = frozenset("_.:/=+-@")


def check_federation_request(request: FederationRequest) -> None:
    """Raise FieldError for the first value that GetFederationToken would refuse, or that would allow everything.

    Limits: STS API reference, GetFederationToken. ``field`` is name, policy, policy_arns, tags or seconds.
    """
    check_federated_name(request.name)
    check_policy_and_arns(request.policy, request.policy_arns)
    check_tags(request.tags)
    check_seconds(GET_FEDERATION_TOKEN, request.seconds)


def check_federated_name(name: str) -> None:
    """2 to 32 of AWS's name characters; never shortened, because the name is the only handle on a session."""
    if not NAME.holds(len(name)) or not _NAME.fullmatch(name):
        raise FieldError("name", "The federated name takes 2 to 32 letters, digits or + = , . @ _ - and nothing else.")


def check_session_request(request: SessionRequest) -> None:
    """Raise FieldError for the first value that GetSessionToken would refuse; the device and its code come together.

    Limits: STS API reference, GetSessionToken. ``field`` is seconds, mfa_serial or mfa_code.
    """
    check_seconds(GET_SESSION_TOKEN, request.seconds)
    if request.serial or request.code:
        check_mfa(request.serial, request.code)


def check_mfa(serial: str, code: str) -> None:
    """A serial number or ARN of an MFA device, and the six digits it shows: both."""
    check_mfa_serial(serial)
    check_mfa_code(code)


def check_mfa_serial(serial: str) -> None:
    """9 to 256 characters: the ARN of a virtual device, or what is printed on a hardware one."""
    if not MFA_SERIAL.holds(len(serial)) or not _MFA_SERIAL.fullmatch(serial):
        raise FieldError("mfa_serial", "The MFA device is named by its ARN or its serial number, 9 to 256 characters.")


def check_mfa_code(code: str) -> None:
    """Six ASCII digits, and the sentence never repeats them; digits of other scripts are none for AWS."""
    if not _MFA_CODE.fullmatch(code):
        raise FieldError("mfa_code", "The MFA code is the six digits that the device shows now.")


# --- the session policy ---------------------------------------------------------


def check_policy_and_arns(policy: str, arns: tuple[str, ...]) -> None:
    """An inline policy, managed ones, or both; together no longer than AWS takes in plain text.

    Neither would be a session without any permission, which nobody asks for.
    """
    if not policy and not arns:
        raise FieldError("policy", "A grant needs a policy: without one the credentials could do nothing.")
    if policy:
        _check_policy(policy)
    _check_arns(arns)
    if not POLICY_AND_ARNS.holds(len(policy) + sum(map(len, arns))):
        raise FieldError("policy_arns", "The policy and the managed policies' ARNs together exceed 2,048 characters.")


def _check_policy(policy: str) -> None:
    if not POLICY.holds(len(policy)):
        raise FieldError("policy", f"The policy has {len(policy):,} characters; AWS takes 2,048, white space included.")
    if not _POLICY.fullmatch(policy):
        raise FieldError("policy", "The policy holds a character that AWS does not take (U+0020 to U+00FF and breaks).")
    check_session_policy(policy)


def _check_arns(arns: tuple[str, ...]) -> None:
    if not ARNS.holds(len(arns)):
        raise FieldError("policy_arns", "AWS takes at most 10 managed policies.")
    for arn in arns:
        if not ARN.holds(len(arn)) or not _ARN.fullmatch(arn):
            raise FieldError("policy_arns", "A managed policy is named by its ARN, arn:aws:iam::…:policy/….")


# --- session tags ------------------------------------------------------------------


def check_tags(tags: Iterable[tuple[str, str]]) -> None:
    """At most 50 (key, value) pairs of AWS's tag characters, no key twice in whatever case, none that AWS reserves."""
    pairs = tuple(tags)
    if not TAGS.holds(len(pairs)):
        raise FieldError("tags", "AWS takes at most 50 session tags.")
    for key, value in pairs:
        _check_tag(key, value)
    if len({key.casefold() for key, _ in pairs}) != len(pairs):
        raise FieldError("tags", "Two tags have the same key; AWS does not tell upper from lower case there.")


def _check_tag(key: str, value: str) -> None:
    if not TAG_KEY.holds(len(key)):
        raise FieldError("tags", "A tag's key takes 1 to 128 characters.")
    if not TAG_VALUE.holds(len(value)):
        raise FieldError("tags", "A tag's value takes at most 256 characters.")
    if not all(map(_is_tag_character, key + value)):
        raise FieldError("tags", "A tag takes letters, digits, spaces and _ . : / = + - @ only.")
    if key.casefold().startswith("aws:"):
        raise FieldError("tags", "Tags that begin with aws: belong to AWS.")


def _is_tag_character(character: str) -> bool:
    r"""AWS: ``[\p{L}\p{Z}\p{N}_.:/=+\-@]``. Python's ``\w`` and ``\s`` are other sets (marks, tabs)."""
    return unicodedata.category(character)[0] in "LZN" or character in _TAG_PUNCTUATION


# --- what a template names -------------------------------------------------------------


def check_bucket_name(name: str) -> None:
    """S3's rules for general purpose buckets; wildcards and policy variables are none of them."""
    if not BUCKET.holds(len(name)) or not _BUCKET.fullmatch(name) or ".." in name:
        raise FieldError(
            "bucket",
            "A bucket's name has 3 to 63 lower-case letters, digits, dots or hyphens, "
            "begins and ends with a letter or digit, and has no two dots in a row.",
        )
    if _IP_ADDRESS.fullmatch(name):
        raise FieldError("bucket", "A bucket's name does not look like an IP address.")
    starts, ends = _BUCKET_RESERVED
    if name.startswith(starts) or name.endswith(ends):
        raise FieldError("bucket", "AWS reserves this beginning or ending for other things than buckets.")


def check_prefix(prefix: str) -> None:
    """A folder as S3 knows it: ``incoming/acme/``.

    An allow-list: ``*``, ``?`` and ``${…}`` would widen the policy, quotes, controls, right-to-left and invisible
    characters would deceive who reads it, and without its ``/`` at the end ``acme`` would open ``acme-secret`` too.
    """
    if not prefix.endswith("/"):
        raise FieldError("prefix", "The prefix ends in /, otherwise folders that begin alike would be opened too.")
    if prefix.startswith("/"):
        raise FieldError("prefix", "The prefix does not begin with /.")
    if not PREFIX.holds(len(prefix)):
        raise FieldError("prefix", "The prefix takes 2 to 512 characters.")
    if not _PREFIX_START.match(prefix):
        raise FieldError("prefix", "The prefix begins with a letter, a digit, _ or a dot.")
    for segment in prefix[:-1].split("/"):
        _check_segment(segment)


def _check_segment(segment: str) -> None:
    if segment in ("", ".", ".."):
        raise FieldError("prefix", "No part of the prefix is empty, . or ..")
    if segment != segment.strip(" "):
        raise FieldError("prefix", "No part of the prefix begins or ends with a space.")
    if not _SEGMENT.fullmatch(segment):
        raise FieldError("prefix", "The prefix takes plain letters, digits, spaces and ! _ . ( ) = + @ , : & - only.")


def check_action(action: str) -> None:
    """One action by its full name, ``s3:GetObject``: no wildcard, and nothing on IAM or STS."""
    if not _ACTION.fullmatch(action) or action.startswith(_NEVER):
        raise FieldError("action", "An action is written out in full, like s3:GetObject; IAM and STS are never given.")
