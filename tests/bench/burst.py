"""From approved row to accepted mail: a thousand at once, and one at a time."""

import time
from collections.abc import Iterator
from typing import Final

from tests.bench.bare import calls_a_second
from tests.bench.figures import Figure, percentile
from tests.bench.rig import LATENCIES_MS, Rig

BURST: Final = 1000
SINGLE: Final = 100
PATIENCE: Final = 120


def measure(rig: Rig) -> Iterator[Figure]:
    """Idle latencies first, on a quiet machine; then the burst between two measurements of the yardstick."""
    yield from _one_at_a_time(rig)
    before, threads = calls_a_second(rig)
    rate, p95 = _at_once(rig)
    after, _ = calls_a_second(rig)
    bare = max(before, after)
    yield Figure("issue_ratio", rate / bare, f"grants a second / bare calls ({threads} threads best)", at_least=0.2)
    yield Figure("approve_to_mail_burst_p95_s", p95, f"{BURST} approved at once", at_most=10)


def _one_at_a_time(rig: Rig) -> Iterator[Figure]:
    waits = []
    made = rig.make("requested", SINGLE)
    for grant in made:
        began = rig.ask("approve", reference=grant["reference"], digest=grant["hash"])
        sent = rig.wait_for_links([grant["id"]], seconds=30)
        waits.append((sent[grant["id"]] - began) * 1000 - LATENCIES_MS)
        time.sleep(0.05)
    what = "approve to accepted mail, idle, less both latencies"
    yield Figure("approve_to_mail_p50_ms", percentile(waits, 50), what, at_most=100)
    yield Figure("approve_to_mail_p99_ms", percentile(waits, 99), f"worst of {SINGLE}, the same", at_most=500)


def _at_once(rig: Rig) -> tuple[float, float]:
    """Grants a second, and the 95th percentile of the wait in seconds; what did not arrive waited for ever."""
    ids = [grant["id"] for grant in rig.make("approved", BURST)]
    rig.settle()
    began = rig.ask("release", ids=ids)
    sent = rig.wait_for_links(ids, seconds=PATIENCE)
    waits = [sent[one] - began if one in sent else float("inf") for one in ids]
    return BURST / max(waits), percentile(waits, 95)
