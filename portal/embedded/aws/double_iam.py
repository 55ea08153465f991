"""IAM as AWS would have it: the policies' sizes, the boundary condition, and a journal of inline policies."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from portal.embedded.aws.double_errors import Refusal, access_denied, refusal_answer
from portal.embedded.aws.double_limits import Form
from portal.embedded.aws.double_records import OK
from portal.embedded.aws.double_register import Register, write_private
from portal.embedded.aws.double_root import Root, UserFacts
from portal.embedded.aws.double_upstream import Upstream
from portal.embedded.aws.double_wire import Answer, Request

INLINE_MOST: Final = 2048  # all inline policies of a user together, white space not counted
MANAGED_MOST: Final = 6144  # one managed policy, counted the same way
WRITES: Final = frozenset({"PutUserPolicy", "DeleteUserPolicy"})


class Iam:
    """Answers one IAM request. Writes to inline policies go one by one."""

    def __init__(self, *, upstream: Upstream, root: Root, register: Register, journal: Path) -> None:
        """``journal`` outlives a killed stand-in, which saves its state only when it ends in order."""
        self._upstream, self._root, self._register, self._journal = upstream, root, register, journal
        self._one_writer = asyncio.Lock()

    async def answer(self, request: Request) -> Answer:
        """Pass it on; a write to inline policies is checked before and remembered after."""
        form = request.form
        if form.get("Action") not in WRITES:
            refusal = _managed_refusal(form)
            return refusal_answer(refusal, service="iam") if refusal else await self._upstream.forward(request)
        async with self._one_writer:
            refusal = await self._refusal(request, form)
            if refusal is not None:
                return refusal_answer(refusal, service="iam")
            answer = await self._upstream.forward(request)
            if answer.status == OK:
                remember(self._journal, form)
            return answer

    async def _refusal(self, request: Request, form: Form) -> Refusal | None:
        facts = await self._root.facts(form.get("UserName", ""))
        if facts is None:
            return None
        user = await self._root.user_of(request.credential[0])
        return self._boundary_refusal(user, form, facts) or _quota_refusal(form, facts)

    def _boundary_refusal(self, user: str, form: Form, facts: UserFacts) -> Refusal | None:
        """The stand-in does not know iam:PermissionsBoundary, so the template's condition is checked here."""
        action = f"iam:{form['Action']}"
        wanted = {scope.boundary for scope in self._register.scopes(user) if action in scope.actions}
        if not wanted or facts.boundary in wanted:
            return None
        return access_denied(f"User: {user} is not authorized to perform: {action}: the permissions boundary differs")


def _quota_refusal(form: Form, facts: UserFacts) -> Refusal | None:
    if form["Action"] != "PutUserPolicy":
        return None
    others = [text for name, text in facts.inline.items() if name != form.get("PolicyName")]
    if _size(*others, form.get("PolicyDocument", "")) <= INLINE_MOST:
        return None
    return Refusal(
        "LimitExceeded", f"Maximum policy size of {INLINE_MOST} bytes exceeded for user {form['UserName']}", 409
    )


def _managed_refusal(form: Form) -> Refusal | None:
    if form.get("Action") not in {"CreatePolicy", "CreatePolicyVersion"}:
        return None
    if _size(form.get("PolicyDocument", "")) <= MANAGED_MOST:
        return None
    return Refusal("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED_MOST}", 409)


def _size(*documents: str) -> int:
    """As IAM counts: without white space."""
    return sum(len("".join(text.split())) for text in documents)


def journaled(journal: Path) -> dict[str, dict[str, str]]:
    """User → policy name → document, as last written through the double."""
    found: dict[str, Any] = json.loads(journal.read_text()) if journal.exists() else {}
    return found


def remember(journal: Path, form: Form) -> None:
    """Note one write that the stand-in took."""
    content = journaled(journal)
    policies = content.setdefault(form["UserName"], {})
    if form["Action"] == "PutUserPolicy":
        policies[form["PolicyName"]] = form["PolicyDocument"]
    else:
        policies.pop(form["PolicyName"], None)
    write_private(journal, json.dumps(content))
