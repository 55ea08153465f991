"""Judges the configuration of the company's own sign-in; pure, refuses half of one."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from grants.values import OpenIdProvider

CALLBACK: Final = "/accounts/company/callback/"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
NAME: Final = "your company"
NAME_MOST: Final = 60


def parse_provider(
    *, processes: Collection[str], issuer: str, client_id: str, client_secret: str, name: str, public_url: str
) -> OpenIdProvider | None:
    """The provider, or None where nobody set one. Only web signs people in; what others are given of it is ignored."""
    given = {"OIDC_ISSUER_URL": issuer, "OIDC_CLIENT_ID": client_id, "OIDC_CLIENT_SECRET": client_secret}
    if "web" not in processes or not any((*given.values(), name)):
        return None
    if missing := [variable for variable, value in given.items() if not value]:
        raise ImproperlyConfigured(
            f"The company's sign-in is half configured: {', '.join(missing)} is not set. Set OIDC_ISSUER_URL, "
            "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or none of them."
        )
    address = urlsplit(issuer)
    is_safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK)
    if not is_safe or not address.hostname or address.query or address.fragment:
        raise ImproperlyConfigured(
            f"OIDC_ISSUER_URL is {issuer!r}, but must be the issuer as the provider writes it, such as "
            "https://login.example.org: https, without ? and #."
        )
    if len(name) > NAME_MOST:
        raise ImproperlyConfigured(f"OIDC_NAME stands on a button: at most {NAME_MOST} characters, not {len(name)}.")
    return OpenIdProvider(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=name or NAME,
        redirect_url=f"{public_url}{CALLBACK}",
    )
