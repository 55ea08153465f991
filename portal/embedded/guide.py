"""What the demo tells the person who started it: where to go, who to be, what to try."""

import json
from collections.abc import Sequence

from portal.embedded.stack import Stack


def guide(stack: Stack) -> str:
    """The whole text, once everything runs."""
    people: list[dict[str, str]] = json.loads((stack.state / "people.json").read_text())
    inbox = stack.mail.inbox_url
    return "\n".join(
        [
            "",
            "Daypass is running.",
            f"  Daypass         {stack.public_url}/",
            f"  Mails           {inbox}",
            f"  Sign-in codes   {inbox}codes   (demo only: what everybody's authenticator app shows)",
            f"  Company sign-in {stack.company.company.issuer if stack.company else '-'}",
            f"  AWS stand-in    {stack.aws.recipient_endpoint_url if stack.aws else '-'}",
            "",
            "Who you can be (all made up for this demo)",
            *_cards(people),
            "",
            "What to do next",
            *_steps(people),
            "",
            f"Full logs: {stack.logs}",
            f"State:     {stack.state}   (kept; make demo RESET=1 starts over)",
            "Ctrl-C stops everything.",
            "",
        ]
    )


def _cards(people: Sequence[dict[str, str]]) -> list[str]:
    role, name, email = (max(len(person[key]) for person in people) for key in ("role", "name", "email"))
    lines = []
    for person in people:
        who = f"  {person['role']:<{role}}  {person['name']:<{name}}  {person['email']:<{email}}"
        how = f"password {person['password']}" if person["password"] else "no password: gets a code by mail"
        seed = f"  TOTP seed {person['totp_seed']}" if person["totp_seed"] else ""
        lines.append(f"{who}  {how}{seed}")
    return lines


def _steps(people: Sequence[dict[str, str]]) -> list[str]:
    contractor, approver = _first(people, "contractor"), _first(people, "approver")
    return [
        f"  1. Sign in as {contractor} with the code from the mail, ask for access, and keep the pickup code shown.",
        f"  2. In another browser (or a private window) sign in as {approver}, read the request and approve it.",
        "  3. Open the link in the mail that follows, type the pickup code, and use the credentials shown, once.",
    ]


def _first(people: Sequence[dict[str, str]], role: str) -> str:
    return next((person["email"] for person in people if person["role"] == role), f"the {role}")
