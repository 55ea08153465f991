"""The double's own endpoints under /__daypass/: faults and records, for whoever holds the token file."""

import hmac
import json
from typing import Any, Final

from portal.embedded.aws.double_faults import Fault, Faults
from portal.embedded.aws.double_records import Records
from portal.embedded.aws.double_wire import Answer, Request

PREFIX: Final = "/__daypass/"
TOKEN_HEADER: Final = "X-Daypass-Token"  # noqa: S105 - the header's name
HOSTS: Final = ("127.0.0.1", "localhost")


class Control:
    """Loopback only (the double binds nothing else), by token, and not through a foreign host name."""

    def __init__(self, *, token: str, faults: Faults, records: Records) -> None:
        """``token`` is what the token file holds."""
        self._token, self._faults, self._records = token, faults, records

    def answer(self, request: Request) -> Answer:
        """One control request, as JSON."""
        given = request.header(TOKEN_HEADER).encode()
        host = request.header("host").rpartition(":")[0]
        # A page in the visitor's browser can reach loopback through a name that resolves to it; not with our Host.
        if host not in HOSTS or not hmac.compare_digest(given, self._token.encode()):
            return _json(403, {"error": "not allowed"})
        try:
            return self._act(f"{request.method} {request.path.removeprefix(PREFIX)}", request)
        except (ValueError, TypeError) as unfit:
            return _json(400, {"error": str(unfit)})

    def _act(self, wish: str, request: Request) -> Answer:
        if wish == "GET calls":
            return _json(200, self._records.since(int(request.query.get("since", "0"))))
        if wish == "GET faults":
            return _json(200, self._faults.listed())
        if wish == "POST faults":
            self._faults.add(Fault(**json.loads(request.wire_body)))
            return _json(200, self._faults.listed())
        if wish == "DELETE faults":
            self._faults.clear()
            return _json(200, [])
        return _json(404, {"error": "no such endpoint"})


def _json(status: int, content: Any) -> Answer:  # noqa: ANN401 - JSON
    return Answer.of(status, json.dumps(content).encode(), content_type="application/json")
