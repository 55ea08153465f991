"""The web inbox's pages as text: no script, readable at 320 pixels, light and dark."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final

from portal.embedded.letters import Received
from portal.embedded.totp import seconds_left, totp_code

# A mail's HTML lives in a frame that inherits this policy and adds a sandbox: no script, nothing loaded from anywhere.
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
ADDRESS: Final = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d0d7de; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9da7b1; --paper: #0d1117; --line: #30363d; --link: #79b8ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
a { color: var(--link) } a:focus-visible { outline: 3px solid currentColor; outline-offset: 2px }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; border-bottom: 1px solid var(--line) }
nav a { padding: .4rem 0 } h1 { font-size: 1.4rem } .soft { color: var(--soft) }
ol { list-style: none; padding: 0; margin: 0 } ol li { padding: .7rem 0; border-bottom: 1px solid var(--line) }
li a { font-weight: 600 } dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem } dd { margin: 0 }
pre { white-space: pre-wrap; font: inherit; padding: 1rem; border: 1px solid var(--line); border-radius: .4rem }
iframe { width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff }
code { font-size: 1.6rem; letter-spacing: .1em } button { font: inherit; padding: .5rem .9rem }
"""


def page(title: str, body: str, *, here: str, site: str) -> str:
    """One page; ``here`` is what its reload link opens, ``site`` the portal."""
    links = (("/", "All mails"), ("/codes", "Sign-in codes"), (here, "Reload"), (site, "Open Daypass"))
    menu = "".join(f'<a href="{escape(address)}">{escape(label)}</a>' for address, label in links)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Demo inbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><nav aria-label="Demo inbox">{menu}</nav><main><h1>{escape(title)}</h1>{body}</main></body></html>'
    )


def list_body(messages: Sequence[Received], *, to: str) -> str:
    """Every mail, newest first."""
    if not messages:
        return '<p>No mail yet. Mails sent by Daypass appear here: choose "Reload" after you did something.</p>'
    only = f'<p>Only mails to {escape(to)}. <a href="/">Show all</a></p>' if to else ""
    return f"{only}<ol>{''.join(_row(message) for message in messages)}</ol>"


def _row(message: Received) -> str:
    return (
        f'<li><a href="/mail/{escape(message.name)}">{escape(message.subject or "(no subject)")}</a><br>'
        f'<span class="soft">to {escape(", ".join(message.to))}, {_when(message.received)}</span></li>'
    )


def mail_body(message: Received) -> str:
    """One mail: its head, its text with links, its HTML in a frame that can do nothing but open links."""
    head = (("From", message.sender), ("To", ", ".join(message.to)))
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in head)
    parts = [f"<dl>{rows}<dt>Received</dt><dd>{_when(message.received)}</dd></dl>"]
    if message.text:
        parts.append(f"<h2>As text</h2><pre>{linked(message.text)}</pre>")
    if message.html:
        framed = escape(f'<base target="_blank">{message.html}')
        parts.append(f'<h2>As HTML</h2><iframe title="The mail" sandbox="{SANDBOX}" srcdoc="{framed}"></iframe>')
    return "".join(parts)


def linked(text: str) -> str:
    """Escaped, with every web address a link."""
    parts, last = [], 0
    for found in ADDRESS.finditer(text):
        address = escape(found.group())
        parts += [
            escape(text[last : found.start()]),
            f'<a href="{address}" target="_blank" rel="noopener">{address}</a>',
        ]
        last = found.end()
    return "".join([*parts, escape(text[last:])])


def codes_body(people: Sequence[Mapping[str, str]], *, now: datetime) -> str:
    """What everybody's authenticator app shows now. Demo only: a real second factor is on no page."""
    if not people:
        return "<p>Nobody here uses an authenticator app yet.</p>"
    left = f"<p>Good for another {seconds_left(now=now)} seconds, each once; then reload.</p>"
    rows = "".join(
        f"<li>{escape(one['who'])}<br><code>{totp_code(one['totp_seed'], now=now)}</code><br>"
        f'<span class="soft">{escape(one["email"])}</span></li>'
        for one in people
    )
    return f"{left}<ol>{rows}</ol>"


def _when(moment: datetime) -> str:
    stamp = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f'<time datetime="{moment.isoformat()}">{stamp}</time>'
