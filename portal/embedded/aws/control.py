"""The client of the double's own endpoints: faults to meet, calls that were made."""

import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from portal.embedded.aws.double_control import PREFIX, TOKEN_HEADER


@dataclass(frozen=True, slots=True)
class AwsControl:
    """Speaks to one double; ``token`` is what its token file holds."""

    endpoint_url: str
    token: str = field(repr=False)

    def calls(self, *, since: int = 0, operation: str = "") -> list[dict[str, Any]]:
        """The recorded STS and IAM calls after number ``since``, oldest first; of one operation if named."""
        found: list[dict[str, Any]] = self._ask("GET", f"calls?since={since}")
        return [call for call in found if operation in ("", call["operation"])]

    def last_sequence(self) -> int:
        """The number of the newest recorded call, 0 when there is none."""
        found = self.calls()
        return int(found[-1]["sequence"]) if found else 0

    def add_fault(self, kind: str, *, operation: str = "*", times: int | None = 1, seconds: float = 0) -> None:
        """The next ``times`` calls (None: all until cleared) of ``operation`` meet ``kind`` (double_faults.KINDS)."""
        self._ask("POST", "faults", {"operation": operation, "kind": kind, "times": times, "seconds": seconds})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that still wait."""
        found: list[dict[str, Any]] = self._ask("GET", "faults")
        return found

    def clear_faults(self) -> None:
        """Back to normal."""
        self._ask("DELETE", "faults")

    def _ask(self, method: str, what: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.endpoint_url + PREFIX + what,
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={TOKEN_HEADER: self.token, "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read())
