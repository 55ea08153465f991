"""What a fault is: a name for the table, and what is done."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.pickup import Pickups
from tests.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Fault:
    """``run`` breaks something and says by AssertionError when it did not end as it should."""

    name: str
    run: Callable[[Stage, Pickups], None]
