"""How the mail server misbehaves on request: a file in its directory, read afresh for every mail."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
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
    try:
        asked = json.loads((home / FILE).read_text())
    except FileNotFoundError:
        return MailTrouble()
    return MailTrouble(fault=MailFault(asked["fault"]), delay_ms=int(asked["delay_ms"]))
