"""Addresses: which are one mailbox, which domains anybody can have an address at."""

import re
from typing import Final

FREE_MAIL: Final = frozenset({
    "126.com", "163.com", "aol.com", "bluewin.ch", "btinternet.com", "comcast.net", "fastmail.com", "free.fr",
    "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hey.com",
    "hotmail.co.uk", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com", "outlook.de", "pm.me",
    "posteo.de", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "seznam.cz", "t-online.de", "tutanota.com",
    "tuta.io", "web.de", "wp.pl", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru",
    "ymail.com", "zoho.com",
})  # fmt: skip
NAME: Final = r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
LABELS: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
DOMAIN_LENGTH: Final = 253  # RFC 1035
ADDRESS: Final = re.compile(f"{NAME}@{LABELS}")
DOMAIN: Final = re.compile(LABELS)


def canonical_address(typed: str) -> str | None:
    """The address in small letters; None when it is none, or has letters that only look like ASCII ones."""
    address = typed.strip().lower()
    return address if ADDRESS.fullmatch(address) and typed.strip().isascii() else None


def canonical_domain(typed: str) -> str | None:
    """A domain in small letters, without an @ in front; None when it is none."""
    domain = typed.strip().lower().removeprefix("@")
    return domain if len(domain) <= DOMAIN_LENGTH and DOMAIN.fullmatch(domain) else None


def mailbox_of(address: str) -> str:
    """The mailbox behind a canonical address: carol+s3@acme.example is read by carol@acme.example."""
    name, _, domain = address.partition("@")
    return f"{name.partition('+')[0] or name}@{domain}"


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there; a subdomain of such a domain counts."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in FREE_MAIL for start in range(len(labels)))
