"""Memory: what the processes hold after a thousand grants, and whether it stays so up to five thousand."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.bench.figures import Figure
from tests.bench.rig import Made, Rig
from tests.bench.web import Approver, at_once

FIRST: Final = 1000
LAST: Final = 5000
BATCH: Final = 250
SECONDS: Final = 240
WORKERS: Final = ("issue", "mail", "revoke")
MOST: Final = 150


def measure(rig: Rig) -> Iterator[Figure]:
    """Every grant here is approved over HTTP, issued and mailed; what other groups did before counts."""
    approver, deadline = Approver(rig), time.monotonic() + SECONDS
    _up_to(rig, approver, FIRST, deadline)
    workers, web = rig.rss_mb(*WORKERS), rig.rss_mb("web")
    yield Figure("worker_rss_mb", workers, f"the largest worker after {rig.grants} grants", at_most=MOST)
    yield Figure("web_rss_mb", web, f"the largest web process after {rig.grants} grants", at_most=MOST)
    _up_to(rig, approver, LAST, deadline)
    later_workers, later_web = rig.rss_mb(*WORKERS), rig.rss_mb("web")
    yield Figure("worker_rss_5000_mb", later_workers, f"the same after {rig.grants} grants", at_most=MOST)
    yield Figure("web_rss_5000_mb", later_web, f"the same after {rig.grants} grants", at_most=MOST)
    growth = max(later_workers / workers, later_web / web)
    yield Figure("rss_growth", growth, f"the larger growth of the two from {FIRST} grants on", at_most=1.1)


def _up_to(rig: Rig, approver: Approver, grants: int, deadline: float) -> None:
    """One batch is made while the one before it is approved; stops early at the deadline."""
    with ThreadPoolExecutor(1) as maker:
        made = rig.make("requested", min(BATCH, max(0, grants - rig.grants)))
        while made and time.monotonic() < deadline:
            size = min(BATCH, max(0, grants - rig.grants - len(made)))
            coming = maker.submit(rig.make, "requested", size)
            _run(rig, approver, made)
            made = coming.result()


def _run(rig: Rig, approver: Approver, made: list[Made]) -> None:
    approver.prepare(made)
    at_once(approver.approve, made)
    rig.wait_for_links([grant["id"] for grant in made], seconds=60)
