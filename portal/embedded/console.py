"""The demo's terminal: new lines of every log, short and with the name of who wrote them."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

DULL: Final = frozenset(
    {"event", "level", "logger", "timestamp", "request", "code", "request_id", "user_id", "ip", "exception"}
)
UNINTERESTING: Final = ("/static/", "/healthz", "/readyz", "/favicon.ico")
NAME_WIDTH: Final = 8


class Follower:
    """What was written since the last look, in the logs of Daypass's own processes."""

    def __init__(self, logs: Path, names: tuple[str, ...]) -> None:
        """Begin at the end of what is there: the start has been told already."""
        self._places = {logs / f"{name}.log": _size(logs / f"{name}.log") for name in names}

    def new_lines(self) -> list[str]:
        """Each as it goes to the terminal."""
        return [line for path in self._places for line in self._of(path)]

    def _of(self, path: Path) -> list[str]:
        if not path.exists():
            return []
        with path.open("rb") as log:
            log.seek(self._places[path])
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._places[path] += len(whole)
        short = (short_line(line) for line in whole.decode(errors="replace").splitlines())
        return [fitted(f"{path.stem:<{NAME_WIDTH}} {line}") for line in short if line]


def short_line(line: str) -> str:
    """One event in a few words; empty for what nobody needs to see (the whole of it is in the file)."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return ""  # a banner, or a line of a traceback whose event says what happened
    if "request" in event:
        return "" if any(part in event["request"] for part in UNINTERESTING) else f"{event['request']} {event['code']}"
    more = " ".join(f"{name}={value}" for name, value in event.items() if name not in DULL and value is not None)
    level = event.get("level", "info")
    loud = "" if level == "info" else f"{level.upper()}: "
    return f"{loud}{event.get('event', '')} {more}".rstrip()


def fitted(line: str) -> str:
    """Cut to the width of the terminal."""
    width = shutil.get_terminal_size().columns
    return line if len(line) <= width else line[: width - 1] + "…"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
