"""How the mail server misbehaves on request: a file in its directory, looked at for every mail."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

FILE: Final = "faults.json"


class MailFault(StrEnum):
    """What can go wrong after the mail's last line."""

    NONE = "none"
    LATER = "later"  # 451: not now
    REFUSE = "refuse"  # 550: never
    HANG = "hang"  # no answer for as long as the file says so
    DROP = "drop"  # stored, and the line is cut before the answer


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """The fault, and a delay before any answer, in milliseconds."""

    fault: MailFault = MailFault.NONE
    delay_ms: int = 0


def set_trouble(home: Path, trouble: MailTrouble) -> None:
    """From the next mail on, in the mail server whose directory ``home`` is."""
    half = home / f"{FILE}.part"
    half.write_text(json.dumps(asdict(trouble)))
    half.rename(home / FILE)


def clear_trouble(home: Path) -> None:
    """All is well again."""
    (home / FILE).unlink(missing_ok=True)


def trouble_now(home: Path) -> MailTrouble:
    """What the file asks for now."""
    file = home / FILE
    try:
        stat = file.stat()
        return _read(file, stat.st_mtime_ns, stat.st_ino)
    except FileNotFoundError:
        return MailTrouble()


@lru_cache(maxsize=1)
def _read(file: Path, _changed_at: int, _number: int) -> MailTrouble:
    """Once for each file that is put there."""
    asked = json.loads(file.read_text())
    return MailTrouble(fault=MailFault(asked["fault"]), delay_ms=int(asked["delay_ms"]))
