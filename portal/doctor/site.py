"""Where people reach Daypass: the address in every mail, TLS, and how many proxies are believed."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from grants.flows.doctor import failed, ok, warned
from grants.values import Finding

SECONDS: Final = 5
LOCAL: Final = ("http://localhost", "http://127.0.0.1")


def examine_site() -> Iterator[Finding]:
    """The web process alone knows of proxies; everybody who queues mail knows the address."""
    yield _address()
    yield _answers()
    if "web" in settings.DAYPASS_PROCESSES:
        yield _proxies()


def _address() -> Finding:
    if settings.PUBLIC_URL.startswith(LOCAL):
        return warned(
            f"address: PUBLIC_URL is {settings.PUBLIC_URL}, which works on this machine alone",
            "Set PUBLIC_URL=https://… to what people open; mailed links begin with it.",
        )
    return ok(f"address: links and passkeys stand on {settings.PUBLIC_URL}")


def _answers() -> Finding:
    """Asked from here, which may be where nobody is let out: no answer is a hint, a bad certificate is not."""
    url = f"{settings.PUBLIC_URL}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - http or https, settings.py says
            body = answer.read(16)
    except urllib.error.HTTPError as error:
        return failed(f"address: {url} answers {error.code}", "Look at the proxy in front, and the Host it passes on.")
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return failed(f"address: the certificate of {url} is not good", "Renew it, or complete its chain.")
        return warned(
            f"address: {url} cannot be reached from here", "Open it in a browser: if it answers, all is well."
        )
    if body.strip() != b"ok":
        return failed(f"address: {url} is answered by something else", "Point the proxy at Daypass's web process.")
    return ok(f"address: {url} answers")


def _proxies() -> Finding:
    count = settings.TRUSTED_PROXIES
    if settings.IS_HTTPS and count == 0:
        return failed(
            "proxies: TRUSTED_PROXIES is 0, but TLS ends in front of Daypass, so something does stand there",
            "Set TRUSTED_PROXIES to how many of your own proxies append to X-Forwarded-For, most often 1.",
        )
    if not settings.IS_HTTPS and count:
        return warned(
            f"proxies: TRUSTED_PROXIES is {count} on a plain http address, so a client may choose its address",
            "Set TRUSTED_PROXIES=0.",
        )
    return ok(f"proxies: {count} of our own are believed")
