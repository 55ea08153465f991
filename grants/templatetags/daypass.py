"""Tags and filters: a moment in time, a form field with its error, the summary of all errors, who goes where."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.base import Parser, TextNode, Token
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from grants import permissions
from grants.models import User
from grants.models.person import APPROVERS, AUDITORS, TEMPLATE_ADMINS

register = template.Library()

BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chrome without a screen"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
CHANGES: Final = {
    "totp_activated": "An authenticator app was set up.",
    "totp_deactivated": "The authenticator app was turned off.",
    "webauthn_added": "A passkey was added.",
    "webauthn_removed": "A passkey was removed.",
    "recovery_codes_generated": "New recovery codes were made. The old ones let nobody in any more.",
    "password_changed": "The password was changed.",
    "password_reset": "The password was set anew, with a link that was mailed.",
    "company_sign-in_linked": "The account was linked with your company's sign-in.",
    "company_sign-in_unlinked": "The link with your company's sign-in was undone.",
}
CHECKS: Final = (forms.CheckboxInput,)
GROUPS: Final = (forms.CheckboxSelectMultiple, forms.RadioSelect)


# --- static files ---------------------------------------------------------------------------------------------------


@register.tag
def asset(parser: Parser, token: Token) -> TextNode:
    """The address of a static file, worked out when the template is read: no page waits for what never changes."""
    _name, path = token.split_contents()
    return TextNode(conditional_escape(static(parser.compile_filter(path).resolve(Context()))))


# --- times ----------------------------------------------------------------------------------------------------------


@register.filter
def when(value: datetime | str | None) -> str:
    """A moment in UTC, in words: "Fri 2 Jan 2026, 15:04 UTC". Takes ISO text too (mail contexts are JSON)."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y, %H:%M} UTC"


@register.filter
def change(what: str) -> str:
    """What about somebody's sign-in was changed, as a sentence; an event that is not among ours by its name."""
    return CHANGES.get(what, f"What was changed: {what.replace('_', ' ')}.")


@register.filter
def browser(agent: str) -> str:
    """What a browser says of itself as people call it: "Firefox on Windows"; the whole text when that is not clear.

    Chromium's kin all say Chrome and Safari as well, so the rarer names are looked for first.
    """
    name = next((words for mark, words in BROWSERS if mark in agent), "")
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if name and system else agent


@register.filter
def iso(value: datetime | None) -> str:
    """A moment for machines: "2026-01-02T15:04:05Z"."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if value else ""


@register.simple_tag
def moment(value: datetime | None, missing: str = "not yet") -> SafeString:
    """A <time> that the reader's browser turns into the reader's own zone; ``missing`` is said where there is none."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', missing)
    words = when(value)
    return format_html('<time datetime="{}" title="{}" data-local>{}</time>', iso(value), words, words)


@register.filter
def quoted(value: str) -> SafeString:
    """What somebody typed: escaped, its lines kept, and with every character that cannot be seen named.

    A right-to-left override turns words round, a space without width breaks a name in two, before the reader's eyes.
    """
    shown = "".join(f"[U+{ord(char):04X}]" if _is_unseen(char) else char for char in value)
    return linebreaksbr(shown, autoescape=True)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in {"Cf", "Cc", "Co", "Cs", "Zl", "Zp"} and char not in "\r\n\t"


# --- what is copied ---------------------------------------------------------------------------------------------------

COPY: Final = (
    '<button type="button" class="btn btn-secondary btn-small" data-copy="{0}" hidden>'
    'Copy<span class="visually-hidden"> {1}</span></button>'
)
BOX: Final = '<pre class="code-box" id="{0}" tabindex="0" aria-label="{1}">{2}</pre>'
LARGE: Final = f'<div class="copy-row"><h3>{{1}}</h3>{COPY}</div><p class="hint">{{3}}</p>{BOX}'
SMALL: Final = f'<div class="copy-row"><h4 class="h6">{{1}}</h4>{COPY}</div>{BOX}'
TAB: Final = f'<section id="pane-{{0}}" data-tab="{{1}}">{LARGE}</section>'


@register.simple_tag
def copy_button(target: str, words: str) -> SafeString:
    """A button that copies what stands in the element ``target``; a script shows it."""
    return format_html(COPY, target, words)


@register.simple_tag(takes_context=True)
def copy_tab(context: Context, key: str, words: str, how: str) -> SafeString:
    """A tab with its heading, its button, a hint and the text that is copied: ``grants/pickup/forms/KEY.txt``."""
    return format_html(TAB, key, words, _form(context, key), how)


@register.simple_tag(takes_context=True)
def copy_box(context: Context, key: str, words: str, how: str) -> SafeString:
    """The same without a tab."""
    return format_html(LARGE, key, words, _form(context, key), how)


@register.simple_tag
def copy_value(key: str, words: str, text: str) -> SafeString:
    """The same without a hint, of one value."""
    return format_html(SMALL, key, words, text)


def _form(context: Context, key: str) -> SafeString:
    """Escaped, as everything that a template says."""
    return SafeString(render_to_string(f"grants/pickup/forms/{key}.txt", {"said": context["said"]}).rstrip("\n"))


# --- forms ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldDress:
    """One field as its template needs it: what kind it is, the ids that tie hint and error to it, the input itself."""

    bound: BoundField
    kind: str
    hint_id: str
    error_id: str
    box: SafeString | str


@register.inclusion_tag("components/field.html", takes_context=True)
def field(context: template.Context, bound: BoundField) -> dict[str, Any]:
    """Label, hint, error and input, tied together for those who cannot see where they stand."""
    _fill_in(bound, getattr(context.get("request"), "typed", {}))
    return {"field": bound, "dress": _dress(bound)}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm | str | None) -> dict[str, Any]:
    """Every error of ``form``, each a link to its field; takes the focus when the page opens.

    A page without a form passes nothing, which Django's templates hand over as an empty text.
    """
    if not isinstance(form, forms.BaseForm) or not form.errors:
        return {"errors": []}
    errors = [("", str(text)) for text in form.non_field_errors()]
    for bound in form:
        errors += [(_target_of(bound), _said_alone(bound, str(text))) for text in bound.errors]
    return {"errors": errors}


def _fill_in(bound: BoundField, typed: dict[str, list[str]]) -> None:
    """What was typed before the person had to sign in again (portal.accounts.kept); never a hidden field's value."""
    if values := typed.get(bound.html_name):
        takes_many = getattr(bound.field.widget, "allow_multiple_selected", False)
        bound.form.initial = {**bound.form.initial, bound.name: values if takes_many else values[-1]}


@register.filter
def said(error: str) -> str:
    """An error at its field. Django's and allauth's "This field is required." says what people know already."""
    return "Nothing was filled in." if _is_bare(error) else error


def _said_alone(bound: BoundField, text: str) -> str:
    """The same away from its field."""
    return f"{bound.label}: nothing was filled in." if _is_bare(text) else text


def _is_bare(error: str) -> bool:
    return error == str(forms.Field.default_error_messages["required"])


def _dress(bound: BoundField) -> FieldDress:
    widget = bound.field.widget
    widget.attrs.pop("placeholder", None)  # allauth's say the label once more, and are gone once something is typed
    hint_id, error_id = f"{bound.auto_id}_hint", f"{bound.auto_id}_error"
    ids = [hint_id] * bool(bound.help_text) + [error_id] * bool(bound.errors)
    attrs: dict[str, str | bool] = {"class": _classes_of(bound)}
    if isinstance(widget, GROUPS):
        return FieldDress(bound, "group", hint_id, error_id, "")
    if ids:
        attrs["aria-describedby"] = " ".join(ids)
    kind = "check" if isinstance(widget, CHECKS) else "plain"
    return FieldDress(bound, kind, hint_id, error_id, bound.as_widget(attrs=attrs))


def _classes_of(bound: BoundField) -> str:
    widget = bound.field.widget
    base = "form-select" if isinstance(widget, forms.Select) else "form-control"
    if isinstance(widget, CHECKS):
        base = "form-check-input"
    names = [base, str(widget.attrs.get("class", ""))] + ["is-invalid"] * bool(bound.errors)
    return " ".join(name for name in names if name)


def _target_of(bound: BoundField) -> str:
    return f"{bound.auto_id}_0" if isinstance(bound.field.widget, GROUPS) else bound.auto_id


# --- who goes where ---------------------------------------------------------------------------------------------------

ACCOUNT: Final = "mfa_index"
# Pages that are reached from an entry of the navigation, and lie elsewhere.
BESIDE: Final = {
    "grants:queue": ("grants:windows", "grants:deputies"),
    "grants:audit": ("grants:windows",),
    "grants:templates": ("grants:rules", "grants:webhooks"),
    ACCOUNT: ("sessions", "company_link", "account_change_password", "grants:notices"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the navigation."""

    words: str
    url: str
    current: bool


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """The pages of the person's roles. An error page has no request, and gets none."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User) or request is None:
        return {"ways": [], "user": None}
    named = _ways_of(user)
    here = _place_of(request.path, [name for _, name in named] + [ACCOUNT])
    ways = [Way(words, reverse(name), name == here) for words, name in named]
    return {"ways": ways, "at_account": here == ACCOUNT, "user": user}


@register.simple_tag
def company_name() -> str:
    """What the company's own sign-in is called, or "" where none is configured."""
    return settings.OPENID_PROVIDER.name if settings.OPENID_PROVIDER else ""


def _ways_of(user: User) -> list[tuple[str, str]]:
    ways = [("Home", "grants:home")]
    if user.is_contractor:
        ways += [("My requests", "grants:request_list"), ("Ask for access", "grants:request_new")]
    if user.is_staff and (user.roles - {AUDITORS, TEMPLATE_ADMINS} or APPROVERS in user.roles):
        ways += [("Approvals", "grants:queue"), ("Active grants", "grants:active")]
    if user.is_staff and AUDITORS in user.roles:
        ways.append(("Audit", "grants:audit"))
    if user.is_staff and TEMPLATE_ADMINS in user.roles:
        ways += [("Templates", "grants:templates"), ("Issuers", "grants:issuers")]
    if user.is_staff and permissions.allowed(permissions.check_sees_people, user):
        ways += [("Vendors", "grants:vendors"), ("People", "grants:people")]
    return ways


def _place_of(path: str, names: list[str]) -> str:
    """The entry that a page lies under, or beside: the longest start of its path; of equals the first."""
    starts = {reverse(start): name for name in reversed(names) for start in (name, *BESIDE.get(name, ()))}
    found = [start for start in starts if path == start or (start != "/" and path.startswith(start))]
    return starts[max(found, key=len)] if found else ""
