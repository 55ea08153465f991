"""The doorbell: whether it answers, and whether it would rather forget than refuse."""

from collections.abc import Iterator
from typing import Final

import redis
from django.conf import settings

from grants.flows.doctor import failed, ok, warned
from grants.values import Finding
from portal import health

SECONDS: Final = 2.0


def examine_broker() -> Iterator[Finding]:
    """Its loss costs seconds only, but a wrong address or password would cost them for ever."""
    if health.broker_state() != health.OK:
        yield failed(
            "broker: does not answer, or refuses the password",
            "Check CELERY_BROKER_URL, and that Valkey or Redis runs. Until then no worker is rung.",
        )
        return
    yield ok("broker: answers")
    policy = _eviction()
    if policy not in {None, "noeviction"}:
        yield warned(f"broker: throws messages away when it is full ({policy})", "Set maxmemory-policy noeviction.")


def _eviction() -> str | None:
    """None where a managed service does not let anybody ask."""
    url = settings.CELERY_BROKER_URL
    broker = redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None)
    try:
        with broker:
            return str(broker.config_get("maxmemory-policy").get("maxmemory-policy"))
    except (redis.RedisError, OSError):
        return None
