"""The Celery app: a doorbell, not a queue. PostgreSQL holds the work, so every setting prefers losing a message."""

import os
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging, task_prerun, worker_ready
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings
from django.db import close_old_connections

from portal import garbage, keys
from portal.logs import configure

WORKERS: Final = frozenset({"issue", "revoke", "mail"})
SWEEP_SECONDS: Final = 10.0
EXPIRE_SECONDS: Final = 20.0
READ_SECONDS: Final = 60.0  # looks for readings that are older than policies.READ_EVERY
FIRST_READ_SECONDS: Final = 15.0
REMIND_SECONDS: Final = 60.0
CHECK_SECONDS: Final = 3600.0
FIRST_CHECK_SECONDS: Final = 120.0

ROUTES: Final = {
    "grants.issue": {"queue": "issue"},
    "grants.sweep_issue": {"queue": "issue"},
    "grants.test_template": {"queue": "issue"},
    "grants.revoke": {"queue": "revoke"},
    "grants.sweep_revoke": {"queue": "revoke"},
    "grants.read_issuer": {"queue": "revoke"},
    "grants.sweep_readings": {"queue": "revoke"},
    "grants.expire": {"queue": "revoke"},
    "grants.check_invariants": {"queue": "revoke"},
    "grants.deliver": {"queue": "mail"},
    "grants.sweep_mail": {"queue": "mail"},
    "grants.remind": {"queue": "mail"},
    "grants.send": {"queue": "mail"},
    "grants.sweep_webhooks": {"queue": "mail"},
}


def _tick(task: str, seconds: float, *, first: float | None = None) -> dict[str, Any]:
    """One beat. A tick nobody took before the next one is worthless, so that a stopped worker gathers no backlog.

    ``first`` is how soon after the start it comes, if not a whole interval later: beat remembers nothing, and one that
    is restarted once an hour would never get to it.
    """
    before = datetime.now(UTC) - timedelta(seconds=seconds - (seconds if first is None else first))
    return {"task": task, "schedule": seconds, "options": {**ROUTES[task], "expires": seconds}, "last_run_at": before}


SCHEDULE: Final = {
    "issue what is due": _tick("grants.sweep_issue", SWEEP_SECONDS),
    "revoke what is due": _tick("grants.sweep_revoke", SWEEP_SECONDS),
    "read what IAM says of the issuers": _tick("grants.sweep_readings", READ_SECONDS, first=FIRST_READ_SECONDS),
    "mail what is due": _tick("grants.sweep_mail", SWEEP_SECONDS),
    "end what is over": _tick("grants.expire", EXPIRE_SECONDS),
    "tell other systems": _tick("grants.sweep_webhooks", SWEEP_SECONDS),
    "remind of what waits": _tick("grants.remind", REMIND_SECONDS),
    "check what must hold": _tick("grants.check_invariants", CHECK_SECONDS, first=FIRST_CHECK_SECONDS),
}


def transport_options(processes: frozenset[str]) -> dict[str, Any]:
    """How long to wait for Redis: a person waits for a publisher, nobody waits for a worker."""
    if processes & WORKERS:
        # A message is acknowledged in memory, not in Redis: a killed worker's would come back after an hour, and the
        # sweeper rings after ten seconds. Two round trips less a message; SIGTERM still gives back what was not begun.
        return {"socket_timeout": 5, "socket_connect_timeout": 5, "ack_emulation": False, "priority_steps": [0]}
    # Measured on a stalled Redis: 0.5 s with these, 6 s with timeouts of 2 s, past 45 s with the defaults.
    return {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "max_retries": 0, "priority_steps": [0]}


app = Celery("daypass")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=transport_options(settings.DAYPASS_PROCESSES),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker waits for Redis as long as it takes
    task_publish_retry=False,  # the sweeper is the retry; a view must answer
    # kill -9 of a forked child loses the task with either of these missing; with both it is run again: tasks are
    # idempotent. (Of a whole worker: see transport_options.)
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,  # a task waits on the broker, where another worker can take it
    # Threads: the work waits on the network. Threads ignore these limits, so the deadlines live in botocore and SMTP;
    # the limits are for whoever changes the pool.
    worker_pool="threads",
    task_soft_time_limit=45,
    task_time_limit=60,
    worker_soft_shutdown_timeout=50,  # a SIGTERM lets a call to STS finish
    # JSON and nothing else: whoever can write to Redis must not be able to run code here
    task_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    result_backend=None,  # results are rows; nothing of a grant rests in Redis
    task_ignore_result=True,
    worker_enable_remote_control=False,  # the same: no pool_shutdown, no rate_limit by message
    worker_send_task_events=False,
    # Each with an exchange of its own: left out, Celery binds all of them to the default one, and a task reaches all.
    task_queues=[Queue(name, Exchange(name, type="direct"), routing_key=name) for name in sorted(WORKERS)],
    task_create_missing_queues=False,
    task_default_queue="mail",  # what has no route goes to the worker without AWS keys
    task_routes=ROUTES,
    beat_schedule=SCHEDULE,
    beat_scheduler="celery.beat:Scheduler",  # in memory: the default writes a pickle into the working directory
    beat_max_loop_interval=SWEEP_SECONDS,
    timezone="UTC",
    enable_utc=True,
    worker_hijack_root_logger=False,  # logs go through portal.logs, with its redaction
    worker_redirect_stdouts=False,
)
# Celery closes a thread's database connection before and after every task, and a new one costs as much as half an
# issue. Django's own rules (CONN_MAX_AGE, a health check once a task) are applied below instead.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize // 2
app.set_default()  # gunicorn publishes from threads, and "current" is per thread
app.autodiscover_tasks(["grants"])


@setup_logging.connect(weak=False)
def _keep_our_logging(**_kwargs: object) -> None:
    """A connected receiver keeps Celery from configuring any logger itself."""
    configure(settings.LOGGING)


@celeryd_init.connect(weak=False)
def _check_worker(options: Mapping[str, Any], **_kwargs: object) -> None:
    """A worker is the process of each queue it takes from."""
    _check_entry(options.get("queues") or WORKERS)


@worker_ready.connect(weak=False)
def _leave_what_stays(**_kwargs: object) -> None:
    garbage.keep_what_is_here()


@beat_init.connect(weak=False)
def _check_beat(**_kwargs: object) -> None:
    _check_entry({"beat"})


def _check_entry(needed: Collection[str]) -> None:
    """Celery logs what a receiver raises and goes on, except this."""
    try:
        keys.check_entry(settings.DAYPASS_PROCESSES, needed)
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


@task_prerun.connect(weak=False)
def _renew_connections(**_kwargs: object) -> None:
    """What Django does before every request: drop a connection that is too old or broken."""
    close_old_connections()
