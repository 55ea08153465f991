"""Runs the groups of faults, looks at all twelve invariants after each fault, and prints the table."""

import time
from typing import Final

from portal.embedded.stack import Stack
from tests.faults import broker, database, late, mail, people, soak, sts, workers
from tests.faults.fault import Fault
from tests.faults.invariants import CODES, look, mark_of
from tests.faults.leaks import leaks
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import Stage

GROUPS: Final[dict[str, tuple[Fault, ...]]] = {
    "people": people.FAULTS,
    "sts": sts.FAULTS,
    "mail": mail.FAULTS,
    "broker": broker.FAULTS + late.FAULTS,
    "workers": workers.FAULTS,
    "database": database.FAULTS,
    "soak": soak.FAULTS,
}
WIDTH: Final = 54


def run(stack: Stack, groups: list[str]) -> int:
    """Every fault of the groups (all when none is named); how many failed."""
    started, stage = time.monotonic(), Stage(stack)
    pickups = Pickups(stage)
    print(f"{'fault':<{WIDTH}}{''.join(f'{code:>4}' for code in CODES)}  as it should", flush=True)
    results = [passes for name in groups or GROUPS for passes in run_group(stage, pickups, GROUPS[name])]
    print(f"{time.monotonic() - started:.0f} s, {len(stage.codes)} grants. · means that nothing was shown to anybody.")
    print(f"{results.count(True)} passed, {results.count(False)} failed", flush=True)
    return results.count(False)


def run_group(stage: Stage, pickups: Pickups, faults: tuple[Fault, ...]) -> list[bool]:
    """Its faults, then a look for secrets in every sink: with a planted canary, or the look proves nothing."""
    results = [run_fault(stage, pickups, fault) for fault in faults]
    started, found, wrong = time.monotonic(), [], ""
    try:
        found = leaks(stage, pickups)
    except Exception as error:  # noqa: BLE001 - the groups after this one still run
        wrong = f"{type(error).__name__}: {error}"
    print_row("no secret in any sink, after all this", {"I7": found}, wrong, time.monotonic() - started)
    return [*results, not found and not wrong]


def run_fault(stage: Stage, pickups: Pickups, fault: Fault) -> bool:
    """Break something, let everything settle, look at what must hold."""
    started, since, wrong = time.monotonic(), mark_of(stage, pickups), ""
    try:
        fault.run(stage, pickups)
        settle(stage)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is this fault's failure, and the others still run
        wrong = f"{type(error).__name__}: {error}"
        settle(stage)
    found = look(stage, pickups, since)
    print_row(fault.name, found, wrong, time.monotonic() - started)
    return not wrong and not any(found.values())


def print_row(name: str, found: dict[str, list[str]], wrong: str, seconds: float) -> None:
    """One fault's row; below it what offends, if anything does."""
    cells = "".join(f"{'·' if code not in found else 'FAIL' if found[code] else 'ok':>4}" for code in CODES)
    print(f"{name:<{WIDTH}}{cells}  {'FAIL' if wrong else 'ok':<5}{seconds:5.1f} s", flush=True)
    for code, offences in found.items():
        for offence in offences:
            print(f"    {code} {offence}", flush=True)
    if wrong:
        print(f"    {wrong}", flush=True)
