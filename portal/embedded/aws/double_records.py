"""The record of every call that reached STS or IAM, without secrets."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, Final

from portal.embedded.aws.double_faults import Fault
from portal.embedded.aws.double_root import ROOT_KEY
from portal.embedded.aws.double_wire import Answer, Request

SECRETS: Final = frozenset(
    {"TokenCode", "ExternalId", "Password", "AuthenticationCode1", "AuthenticationCode2", "WebIdentityToken"}
)
OVERHEAD: Final = frozenset({"Action", "Version"})
OK: Final = 200


class Records:
    """JSON lines in a file, oldest first, numbered on across restarts; what is asked for comes from memory."""

    def __init__(self, path: Path) -> None:
        """``path`` is created when missing."""
        self._lines: list[dict[str, Any]] = []
        if path.exists():
            whole = path.read_text().rpartition("\n")[0]  # a line cut short by a crash has no end
            self._lines = [json.loads(line) for line in whole.splitlines()]
            path.write_text("".join(json.dumps(line) + "\n" for line in self._lines))
        self._path = path

    def since(self, sequence: int) -> list[dict[str, Any]]:
        """All calls with a higher number."""
        return self._lines[sequence:]

    def write(self, request: Request, answer: Answer | None, *, fault: Fault | None, lost: bool) -> None:
        """One call and what became of it. ``answer`` None: it was never carried out. Root, who seeds, is left out."""
        form = request.form
        key, service = request.credential
        if key == ROOT_KEY:
            return
        line = {
            "sequence": len(self._lines) + 1,
            "at": dt.datetime.now(dt.UTC).isoformat(),
            "service": service,
            "operation": form.get("Action", ""),
            "access_key_id": key,
            "parameters": {name: value for name, value in form.items() if name not in SECRETS | OVERHEAD},
            "outcome": "no answer" if answer is None else error_code(answer) or ("lost" if lost else "ok"),
            "status": answer.status if answer else None,
            "request_id": request_id(answer) if answer else None,
            "minted": _tag(answer, "AccessKeyId") if answer and service == "sts" else None,
            "fault": fault.kind if fault else None,
        }
        self._lines.append(line)
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def error_code(answer: Answer) -> str | None:
    """AWS's error code, or None for a success."""
    return None if answer.status == OK else _tag(answer, "Code") or str(answer.status)


def request_id(answer: Answer) -> str | None:
    """The request id that the body carries."""
    return _tag(answer, "RequestId")


def with_request_id(answer: Answer) -> Answer:
    """The stand-in says it in the body only; AWS says it in a header as well."""
    found = request_id(answer)
    return answer.with_header("x-amzn-RequestId", found) if found else answer


def _tag(answer: Answer, name: str) -> str | None:
    found = re.search(f"<{name}>([^<]*)</{name}>".encode(), answer.wire_body)
    return found[1].decode() if found else None
