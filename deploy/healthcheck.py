"""Whether this container does its work: ``healthcheck.py web`` or ``healthcheck.py queue``; exit status 0 is yes.

The workers take no remote commands (whoever can write to the broker must not command them), so a ping by message is no
way to ask. Instead: a worker asks its queue every few seconds, and beat publishes every ten, so their connections to
the broker are never idle for long.
"""

import os
import sys
import urllib.request
from pathlib import Path

import redis

IDLE_SECONDS = 90  # longer than the longest call to STS, IAM or a mail server with every thread busy


def is_web_alive() -> bool:
    """The web process answers on loopback."""
    with urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=3) as answer:
        return bool(answer.status == 200)  # noqa: PLR2004 - OK


def is_queue_alive() -> bool:
    """Another connection from this container's own address is in use at the broker."""
    address = os.environ.get("CELERY_BROKER_URL") or Path(os.environ["CELERY_BROKER_URL_FILE"]).read_text().strip()
    broker = redis.Redis.from_url(address, socket_timeout=3, socket_connect_timeout=3)
    me = broker.client_info()
    host = str(me["addr"]).rpartition(":")[0]
    others = [row for row in broker.client_list() if row["id"] != str(me["id"])]
    return any(row["addr"].rpartition(":")[0] == host and int(row["idle"]) < IDLE_SECONDS for row in others)


if __name__ == "__main__":
    sys.exit(not {"web": is_web_alive, "queue": is_queue_alive}[sys.argv[1]]())
