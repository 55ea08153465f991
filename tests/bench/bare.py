"""The yardstick: GetFederationToken by boto3 alone, with as many threads as help."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from typing import Any, Final

import boto3
from botocore.config import Config

from tests.bench.rig import Rig

THREADS: Final = (8, 16, 32, 64)
CALLS: Final = 320


def calls_a_second(rig: Rig) -> tuple[float, int]:
    """The best rate, and the number of threads that reached it."""
    call = _caller(rig)
    call()
    return max((_rate(call, threads), threads) for threads in THREADS)


def _rate(call: Callable[[], object], threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        began = time.monotonic()
        for done in [pool.submit(call) for _ in range(CALLS)]:
            done.result()
        return CALLS / (time.monotonic() - began)


def _caller(rig: Rig) -> Callable[[], object]:
    """One call with what a grant sends: its policy, its tags, its seconds."""
    ((document,),) = rig.rows("SELECT snapshot FROM grants_grant LIMIT 1")
    snapshot: dict[str, Any] = json.loads(document)
    environment = rig.stack.environment("issue")
    keys = _keys(environment["AWS_SHARED_CREDENTIALS_FILE"], snapshot["issuer"]["profile"])
    client = boto3.client(
        "sts",
        region_name=snapshot["issuer"]["region"],
        endpoint_url=environment["AWS_ENDPOINT_URL_STS"],
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=max(THREADS)),
        **keys,
    )
    return lambda: client.get_federation_token(
        Name=f"dp-{snapshot['reference']}-1",
        Policy=snapshot["policy"],
        DurationSeconds=snapshot["seconds"],
        Tags=[{"Key": key, "Value": value} for key, value in snapshot["tags"]],
    )


def _keys(path: str, profile: str) -> dict[str, Any]:
    parser = ConfigParser()
    parser.read(path)
    return {name: parser[profile][name] for name in ("aws_access_key_id", "aws_secret_access_key")}
