"""Every page that somebody may open is among those that the browser tests look at: none is forgotten."""

from collections import defaultdict
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from tests.e2e.places import PLACES
from tests.web.matrix import MATRIX

ID = "6d5c8a0e-51a3-4b9e-9d43-3f0b6d5f1a10"
NAMES = defaultdict(
    lambda: "X",
    dict.fromkeys(("fresh", "waiting", "offered", "used", "inbox"), "/healthz")
    | dict.fromkeys(("carol_id", "change", "issuer", "proposal", "webhook"), ID),
)
# What is looked at under another address, or is no page of people's.
ELSEWHERE = {
    "readyz": "a probe",
    "accounts/reauthenticate/": "for staff in the minutes before they enrol; the same template as the second step",
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "forgotten password, wrong link",
    "accounts/password/reset/key/done/": "the same template as: forgotten password, sent",
    "accounts/2fa/totp/activate/": "enrol",
    "approvals/<str:reference>/so-far/": "a part of the card, which asks for it",
    "templates/<slug:slug>/meter/": "a part of the editor's page, which asks for it",
    "templates/<slug:slug>/export/": "a YAML file",
}


def route_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return ""


def test_every_page_is_looked_at_in_the_browser() -> None:
    seen = {route_of(place.path.format_map(NAMES)) for place in PLACES}
    pages = {row.pattern for row in MATRIX if "o" in row.get and not row.pattern.startswith("admin/")}
    assert pages - seen - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) - pages == set()
