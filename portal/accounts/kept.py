"""A form that could not be taken yet, kept in the session, whose payload rests sealed, until the person is back."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

KEPT: Final = "kept_forms"
FIELD: Final = "kept"  # the hidden field by which a form that is sent again names its copy
AT_MOST: Final = 3
SECONDS: Final = 15 * 60
LENGTH: Final = 32 * 1024
DROPPED: Final = frozenset({"csrfmiddlewaretoken", FIELD})


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where it goes and the page it stood on, each with its query, and every field in order."""

    path: str
    page: str
    fields: tuple[tuple[str, str], ...]


def keep_form(request: HttpRequest) -> str | None:
    """Keep what ``request`` posted; the answer is its one-time id, or None when it is too long or from nowhere."""
    fields = list(_fields_of(request))
    if sum(len(name) + len(value) for name, value in fields) > LENGTH or not _has_session(request):
        return None
    key = secrets.token_urlsafe(16)
    form = {"path": request.get_full_path(), "page": page_of(request), "fields": fields, "at": time.time()}
    forms = {**_fresh(request), key: form}
    request.session[KEPT] = dict(list(forms.items())[-AT_MOST:])
    return key


def find_form(request: HttpRequest, key: str) -> KeptForm | None:
    """The kept form. Signing out or in as somebody else empties the session, so nobody gets another account's."""
    found = _fresh(request).get(key)
    if found is None:
        return None
    return KeptForm(
        path=found["path"], page=found["page"], fields=tuple((name, value) for name, value in found["fields"])
    )


def forget_form(request: HttpRequest) -> None:
    """It was sent again: its copy goes."""
    key = request.POST.get(FIELD)
    if key and key in request.session.get(KEPT, {}):
        forms = request.session[KEPT]
        request.session[KEPT] = {name: form for name, form in forms.items() if name != key}


def page_of(request: HttpRequest) -> str:
    """The address of the page that the form stood on, or the home page when the browser does not say."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return _readable(urlsplit(came_from)) if came_from and is_ours else "/"


def typed_before(request: HttpRequest) -> dict[str, list[str]]:
    """What the kept form of this very page held, when the address names it: the page fills its fields with it."""
    form = find_form(request, request.GET.get(FIELD, ""))
    typed: dict[str, list[str]] = {}
    for name, value in form.fields if form and urlsplit(form.page).path == request.path else ():
        typed.setdefault(name, []).append(value)
    return typed


def _readable(page: SplitResult) -> str:
    """The page itself, or the one above it where it was itself the answer to a form and cannot be opened."""
    for place in (page.path, f"{page.path.rstrip('/').rpartition('/')[0]}/"):
        try:
            view = resolve(place).func
        except Resolver404:
            continue
        if "GET" in getattr(view, "takes", ["GET"]):
            return f"{place}?{page.query}" if page.query else place
    return "/"


def _has_session(request: HttpRequest) -> bool:
    """A session that lives, or one that ended and is exchanged; a stranger's posts make no rows in the database."""
    session: Any = request.session
    session.get(KEPT)  # reads the row; without one that lives, there is no key from now on
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return bool(session.session_key) or session.is_exchanged(cookie)


def _fields_of(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if name not in DROPPED:
            yield from ((name, str(value)) for value in values)


def _fresh(request: HttpRequest) -> dict[str, Any]:
    oldest = time.time() - SECONDS
    return {key: form for key, form in request.session.get(KEPT, {}).items() if form["at"] > oldest}
