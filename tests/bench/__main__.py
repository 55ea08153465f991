"""``make bench``: figures with their targets as a table and ``bench.json``; ``ONLY=queue`` runs one group."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from portal.embedded.stack import Stack
from portal.embedded.state import fresh_state
from tests.bench import approvals, burst, memory, policies, web
from tests.bench.figures import Figure, write
from tests.bench.rig import Rig


def _queue(rig: Rig) -> Iterator[Figure]:
    """From approval to mail; then the page on which people approve."""
    yield from burst.measure(rig)
    yield from approvals.measure(rig)


GROUPS: Final[dict[str, Callable[[Rig], Iterator[Figure]]]] = {
    "queue": _queue,
    "web": web.measure,
    "memory": memory.measure,
    "policy": policies.measure,
}


def main(arguments: list[str]) -> int:
    """Start one fresh stack, run the groups on it, stop it; the exit status says whether every target was reached."""
    unknown = set(arguments) - set(GROUPS)
    if unknown:
        print(f"There is no group {', '.join(sorted(unknown))}. Groups: {', '.join(GROUPS)}.")
        return 2
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f} before anything is started. Starting everything …", flush=True)
    figures: list[Figure] = []
    with fresh_state() as state, Stack(state=state, preferred={}) as stack, Rig(stack) as rig:
        for group in arguments or GROUPS:
            for figure in GROUPS[group](rig):
                print(figure.row(), flush=True)
                figures.append(figure)
    write(figures)
    missed = [figure.key for figure in figures if not figure.is_reached]
    print(f"{len(figures) - len(missed)} reached, {len(missed)} missed, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
