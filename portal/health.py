"""The probes: /healthz says that the process answers, /readyz says whether it can do its work."""

from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

BROKER_SECONDS: Final = 0.5
OK: Final = "ok"
FAILED: Final = "failed"
DEGRADED: Final = "degraded"


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Touches nothing outside the process: a database outage must not make an orchestrator restart it."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """503 without the database or with migrations missing. Redis rings doorbells only, so its loss is no failure."""
    parts = {"database": database_state(), "broker": broker_state()}
    return JsonResponse(parts, status=503 if parts["database"] == FAILED else 200)


def database_state() -> str:
    """Whether PostgreSQL answers and holds the schema this code was written for."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError:
        return FAILED
    return FAILED if executor.migration_plan(executor.loader.graph.leaf_nodes()) else OK


def broker_state() -> str:
    """Whether Redis answers within half a second."""
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS, retry=None
    )
    try:
        with broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return DEGRADED
    return OK
