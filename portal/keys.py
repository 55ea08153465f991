"""Parses and judges the keys in the environment, and says which process may hold which; pure, refuses weak ones."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Final

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES: Final = 32
SECRET_KEY_LENGTH: Final = 50
DISTINCT_BYTES: Final = 12  # 32 random bytes have about 30 different ones; fewer than 12 never happens
PLACEHOLDERS: Final = ("insecure", "changeme", "change-me", "change_me", "placeholder", "example", "replace")
KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)

A_KEY: Final = "python -c 'import base64,secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
A_SECRET_KEY: Final = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"  # noqa: S105 - a command
A_PAIR: Final = (
    "python -c 'import base64; from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey as K; "
    'k = K.generate(); s = lambda b: "m1:" + base64.urlsafe_b64encode(b).decode(); '
    'print("MAIL_SEALING_KEYS=" + s(k.private_bytes_raw())); '
    'print("MAIL_SEALING_PUBLIC_KEY=" + s(k.public_key().public_bytes_raw()))\''
)

# Every variable from which botocore takes credentials, or the way to some.
AWS_KEYS: Final = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_PROFILE",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
)
NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "web": frozenset({"SEALING_KEYS", "PICKUP_CODE_KEY", "MAIL_SEALING_PUBLIC_KEY"}),
    "issue": frozenset({"SEALING_KEYS", "MAIL_SEALING_PUBLIC_KEY"}),
    "revoke": frozenset({"MAIL_SEALING_PUBLIC_KEY"}),
    "mail": frozenset({"MAIL_SEALING_PUBLIC_KEY", "MAIL_SEALING_KEYS", "EMAIL_URL"}),
    "beat": frozenset(),
    "manage": frozenset(),
}
CLIENT_SECRET: Final = frozenset({"OIDC_CLIENT_SECRET"})
GUARDED: Final = (
    frozenset({"SEALING_KEYS", "PICKUP_CODE_KEY", "MAIL_SEALING_KEYS", "EMAIL_URL"}) | CLIENT_SECRET | AWS_KEYS
)
MAY_HOLD_BESIDES: Final[Mapping[str, frozenset[str]]] = {
    "web": CLIENT_SECRET,
    "issue": AWS_KEYS,
    "revoke": AWS_KEYS,
    "manage": GUARDED,
}
ALONE: Final = frozenset({"web", "manage"})


def parse_processes(raw: str) -> frozenset[str]:
    """Which process this is; a small install may name several workers, such as ``issue,revoke,mail``.

    Never web or manage among others: such a process could hold the others' keys, and manage may hold all.
    """
    names = frozenset(name.strip() for name in raw.split(",") if name.strip())
    unknown = names - NEEDS.keys()
    if unknown or not names:
        raise ImproperlyConfigured(
            f"DAYPASS_PROCESS is {raw!r}, but must be one of {', '.join(NEEDS)} (several workers: joined by commas)."
        )
    if len(names) > 1 and names & ALONE:
        raise ImproperlyConfigured(
            f"DAYPASS_PROCESS is {raw!r}, but {min(names & ALONE)} stands alone: only workers share a process."
        )
    return names


def check_entry(processes: Collection[str], needed: Collection[str]) -> None:
    """Refuse to serve pages, take tasks or tick as anything but the process for it.

    Without a name a process is ``manage``, which may hold every key and needs none: it would work, and nothing that
    ``check_custody`` promises would hold.
    """
    if not set(needed) <= set(processes):
        raise ImproperlyConfigured(
            f"This starts as the {','.join(sorted(processes))} process, but does the work of "
            f"{','.join(sorted(needed))}. Set DAYPASS_PROCESS={','.join(sorted(needed))} in its environment."
        )


def check_custody(processes: Collection[str], present: Collection[str]) -> None:
    """Refuse to start without a key this process needs, or with one it must never see.

    A web process that holds the mail key or AWS keys would undo the separation that limits what breaking into it
    gives, and nobody would notice, because everything works.
    """
    who = ",".join(sorted(processes))
    needs = frozenset().union(*(NEEDS[name] for name in processes))
    may_hold = needs.union(*(MAY_HOLD_BESIDES.get(name, frozenset()) for name in processes))
    missing = sorted(needs.difference(present))
    if missing:
        raise ImproperlyConfigured(
            f"The {who} process needs {', '.join(missing)}. Set it in the environment, or as a file by way of "
            f"{missing[0]}_FILE. {how_to_make(missing[0])}"
        )
    foreign = sorted(GUARDED.intersection(present).difference(may_hold))
    if foreign:
        raise ImproperlyConfigured(
            f"The {who} process must not hold {', '.join(foreign)}: keys are kept apart by process. "
            "Remove it from this process's environment."
        )


def how_to_make(name: str) -> str:
    """One sentence with the command that makes a good value for ``name``."""
    if name in {"MAIL_SEALING_KEYS", "MAIL_SEALING_PUBLIC_KEY"}:
        return f"Make a pair with: {A_PAIR}"
    if name == "SEALING_KEYS":
        return f"Write it as id:key (the first is current, older ones follow after commas); make a key with: {A_KEY}"
    if name == "SECRET_KEY":
        return f"Make one with: {A_SECRET_KEY}"
    if name == "EMAIL_URL":
        return "Write it as smtp+tls://user:password@host:587."
    return f"Make one with: {A_KEY}"


def parse_key(name: str, raw: str) -> bytes:
    """Base64url of exactly 32 random bytes, padding optional; ``name`` is the variable, for the refusal."""
    text = raw.strip().rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refusal(name, "is not base64url") from None
    if len(key) != KEY_BYTES:
        raise _refusal(name, f"holds {len(key)} bytes instead of {KEY_BYTES}")
    if len(set(key)) < DISTINCT_BYTES:
        raise _refusal(name, "repeats the same few bytes, so it can be guessed")
    # 32 random bytes are all printable once in 10^13 keys: this is somebody's sentence in base64.
    if key.isascii() and key.decode("ascii").isprintable():
        raise _refusal(name, "is readable text instead of random bytes, so it can be guessed")
    return key


def parse_ring(name: str, raw: str) -> dict[str, bytes]:
    """``id:key[,id2:key2]`` in order, the current one first."""
    ring: dict[str, bytes] = {}
    for entry in raw.strip().split(","):
        key_id, key = parse_named_key(name, entry)
        if key_id in ring:
            raise _refusal(name, f"uses the id {key_id!r} twice")
        if key in ring.values():
            raise _refusal(name, f"holds one key under two ids ({key_id!r} is the second)")
        ring[key_id] = key
    return ring


def parse_named_key(name: str, raw: str) -> tuple[str, bytes]:
    """``id:key``; the id is stored beside what the key sealed, so that a rotated key is still found."""
    key_id, colon, text = raw.strip().partition(":")
    if not colon or not KEY_ID.fullmatch(key_id):
        raise _refusal(name, "is not written as id:key, the id in letters, digits, _ and -")
    return key_id, parse_key(name, text)


def parse_secret_key(raw: str) -> str:
    """Django's SECRET_KEY: at least 50 characters, not a placeholder, not a repetition."""
    name, key = "SECRET_KEY", raw.strip()
    if len(key) < SECRET_KEY_LENGTH:
        raise _refusal(name, f"has {len(key)} characters instead of at least {SECRET_KEY_LENGTH}")
    if any(word in key.lower() for word in PLACEHOLDERS):
        raise _refusal(name, "is a placeholder")
    if len(set(key)) < DISTINCT_BYTES:
        raise _refusal(name, "repeats the same few characters, so it can be guessed")
    return key


def check_apart(named: Mapping[str, Collection[bytes]]) -> None:
    """Refuse one key used for two purposes: whoever needs one would hold both."""
    seen: dict[bytes, str] = {}
    for name, keys in named.items():
        for key in keys:
            if key in seen:
                raise _refusal(name, f"holds the same key as {seen[key]}")
        seen.update(dict.fromkeys(keys, name))


def _refusal(name: str, what: str) -> ImproperlyConfigured:
    """The variable, what is wrong with it, and how to make a good one; never the value."""
    return ImproperlyConfigured(f"{name} {what}. {how_to_make(name)}")
