"""What was measured, against what is wanted: one table and one flat file."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.embedded.state import CHECKOUT

FILE: Final = CHECKOUT / "bench.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """``at_least`` or ``at_most`` is the target; with neither the figure explains another one."""

    key: str
    value: float
    what: str
    at_least: float = -math.inf
    at_most: float = math.inf

    @property
    def is_reached(self) -> bool:
        """Whether the target is."""
        return self.at_least <= self.value <= self.at_most

    def row(self) -> str:
        """One line of the table."""
        has_most, has_least = math.isfinite(self.at_most), math.isfinite(self.at_least)
        target = f"<= {self.at_most:g}" if has_most else f">= {self.at_least:g}" if has_least else ""
        verdict = ("ok" if self.is_reached else "MISSED") if target else ""
        return f"{self.key:<28} {self.value:>9.2f}  {target:<9} {verdict:<7} {self.what}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of them do not exceed."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def write(figures: Sequence[Figure], *, to: Path = FILE) -> None:
    """One flat object; what an earlier run of other groups wrote stays."""
    known: dict[str, float] = json.loads(to.read_text()) if to.exists() else {}
    known |= {figure.key: round(figure.value, 3) for figure in figures}
    to.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
