"""STS as AWS would have it: limits, scope, MFA and sizes around the stand-in's minting."""

from collections.abc import Callable
from typing import Final

from portal.embedded.aws.double_errors import Refusal, access_denied, refusal_answer
from portal.embedded.aws.double_limits import Form, check_federation, check_session, session_tags
from portal.embedded.aws.double_records import OK
from portal.embedded.aws.double_register import Register
from portal.embedded.aws.double_role import check_role, role_refusal, with_source_identity
from portal.embedded.aws.double_root import Root
from portal.embedded.aws.double_sizes import check_size, with_sizes
from portal.embedded.aws.double_upstream import Upstream
from portal.embedded.aws.double_wire import FORM, Answer, Request

TEMPORARY: Final = "ASIA"
LIMITS: Final[dict[str, Callable[[Form], Refusal | None]]] = {
    "GetFederationToken": check_federation,
    "GetSessionToken": check_session,
    "AssumeRole": check_role,
}
LONG_TERM_ONLY: Final = frozenset({"GetFederationToken", "GetSessionToken"})
PACKED: Final = frozenset({"GetFederationToken", "AssumeRole"})


class Sts:
    """Answers one STS request; keeps nothing but what it was given."""

    def __init__(self, *, upstream: Upstream, root: Root, register: Register, account_id: str) -> None:
        """``register`` holds what the seeder had to widen for the stand-in."""
        self._upstream, self._root, self._register, self._account_id = upstream, root, register, account_id

    async def answer(self, request: Request) -> Answer:
        """Refuse as AWS does, else let the stand-in mint and complete its answer."""
        form = request.form
        operation = form.get("Action", "")
        refusal = self._shape_refusal(request, form) or await self._scope_refusal(request, form)
        if refusal is None and operation in PACKED:
            refusal = check_size(form)
        if refusal is not None:
            return refusal_answer(refusal, service="sts")
        answer = await self._upstream.forward(request)
        if answer.status != OK or operation not in LIMITS:
            return answer
        # The signature has been verified by now: nobody else can spend a person's code.
        refusal = await self._mfa_refusal(request, form)
        if refusal is not None:
            return refusal_answer(refusal, service="sts")
        return with_sizes(answer.with_body(with_source_identity(answer.wire_body, form)), form)

    def _shape_refusal(self, request: Request, form: Form) -> Refusal | None:
        operation = form.get("Action", "")
        if request.method == "POST" and not request.header("content-type").startswith(FORM):
            return Refusal("InvalidAction", "STS speaks the query protocol only")
        if operation in LONG_TERM_ONLY and request.credential[0].startswith(TEMPORARY):
            return access_denied(f"Cannot call {operation} with session credentials")
        return LIMITS[operation](form) if operation in LIMITS else None

    async def _scope_refusal(self, request: Request, form: Form) -> Refusal | None:
        """The stand-in takes no resource for these two actions, so the template's resources are checked here."""
        if form.get("Action") == "AssumeRole":
            facts = await self._root.role_facts(form["RoleArn"].rpartition("/")[2])
            return role_refusal(form, facts, is_chained=request.credential[0].startswith(TEMPORARY))
        if form.get("Action") != "GetFederationToken":
            return None
        user = await self._root.user_of(request.credential[0])
        scopes = self._register.scopes(user)
        resource = f"arn:aws:sts::{self._account_id}:federated-user/{form['Name']}"
        needed = ["sts:GetFederationToken", *(["sts:TagSession"] if session_tags(form) else [])]
        for action in needed if scopes else []:
            if not any(scope.is_allowing(action=action, resource=resource) for scope in scopes):
                caller = f"arn:aws:iam::{self._account_id}:user/{user}"
                return access_denied(f"User: {caller} is not authorized to perform: {action} on resource: {resource}")
        return None

    async def _mfa_refusal(self, request: Request, form: Form) -> Refusal | None:
        if form.get("Action") != "GetSessionToken" or not {"SerialNumber", "TokenCode"} & form.keys():
            return None
        user = await self._root.user_of(request.credential[0])
        return self._register.spend_code(user=user, serial=form.get("SerialNumber"), code=form.get("TokenCode"))
