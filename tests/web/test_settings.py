"""Settings refuse what is weak, missing or in the wrong process, and say how to do better."""

import base64
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery.beat import ScheduleEntry
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from kombu.exceptions import OperationalError

from portal import celery, keys

GOOD = base64.urlsafe_b64encode(bytes(range(100, 132))).decode()
OTHER = base64.urlsafe_b64encode(bytes(range(140, 172))).decode()


def in_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("not base64 at all!", "is not base64url"),
        (in_base64(bytes(range(100, 131))), "31 bytes instead of 32"),
        (in_base64(b"\0" * 32), "repeats the same few bytes"),  # what an empty disk or a zeroed secret gives
        (in_base64(b"\x01\x02" * 16), "repeats the same few bytes"),
        (in_base64(b"correct horse battery staple 123"), "readable text"),  # a pass phrase in base64
    ],
)
def test_a_weak_key_is_refused_by_name_with_the_way_to_a_good_one_and_without_its_value(value: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        keys.parse_key("PICKUP_CODE_KEY", value)
    sentence = str(refusal.value)
    assert sentence.startswith("PICKUP_CODE_KEY ")
    assert says in sentence
    assert "token_bytes(32)" in sentence
    assert value not in sentence


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (GOOD, "not written as id:key"),
        (f"bad id:{GOOD}", "not written as id:key"),
        (f"k1:{GOOD},k1:{OTHER}", "uses the id 'k1' twice"),
        (f"k1:{GOOD},k2:{GOOD}", "one key under two ids"),
    ],
)
def test_a_malformed_key_ring_is_refused(value: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        keys.parse_ring("SEALING_KEYS", value)


def test_a_key_ring_keeps_its_order_because_the_first_key_is_the_current_one() -> None:
    ring = keys.parse_ring("SEALING_KEYS", f" new:{GOOD},old:{OTHER.rstrip('=')} ")
    assert list(ring) == ["new", "old"]
    assert all(len(key) == keys.KEY_BYTES for key in ring.values())


@pytest.mark.parametrize("value", ["short", "a" * 60, "django-insecure-" + "x7Kq9" * 12, "changeme" + "x7Kq9" * 12])
def test_a_weak_secret_key_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY .*token_urlsafe"):
        keys.parse_secret_key(value)


def test_one_key_for_two_purposes_is_refused() -> None:
    key = bytes(range(100, 132))
    with pytest.raises(ImproperlyConfigured, match="PICKUP_CODE_KEY holds the same key as SEALING_KEYS"):
        keys.check_apart({"SEALING_KEYS": [key], "PICKUP_CODE_KEY": [key]})


WEB = {"SEALING_KEYS", "PICKUP_CODE_KEY", "MAIL_SEALING_PUBLIC_KEY"}
MAIL = {"MAIL_SEALING_PUBLIC_KEY", "MAIL_SEALING_KEYS", "EMAIL_URL"}


@pytest.mark.parametrize(
    ("process", "present", "says"),
    [
        ("web", WEB - {"PICKUP_CODE_KEY"}, "web process needs PICKUP_CODE_KEY"),
        ("web", WEB | {"MAIL_SEALING_KEYS"}, "must not hold MAIL_SEALING_KEYS"),  # could read every link it mails
        ("web", WEB | {"AWS_SHARED_CREDENTIALS_FILE"}, "must not hold AWS_SHARED_CREDENTIALS_FILE"),
        ("web", WEB | {"AWS_CONFIG_FILE"}, "must not hold AWS_CONFIG_FILE"),  # may name any credential_process
        ("web", WEB | {"AWS_PROFILE"}, "must not hold AWS_PROFILE"),
        ("web", WEB | {"AWS_WEB_IDENTITY_TOKEN_FILE"}, "must not hold AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("mail", MAIL | {"AWS_CONTAINER_CREDENTIALS_FULL_URI"}, "must not hold AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        ("issue", {"SEALING_KEYS"}, "issue process needs MAIL_SEALING_PUBLIC_KEY"),
        ("issue", {"SEALING_KEYS", "MAIL_SEALING_PUBLIC_KEY", "MAIL_SEALING_KEYS"}, "must not hold MAIL_SEALING_KEYS"),
        ("revoke", {"MAIL_SEALING_PUBLIC_KEY", "SEALING_KEYS"}, "must not hold SEALING_KEYS"),
        ("mail", MAIL - {"EMAIL_URL"}, "mail process needs EMAIL_URL"),
        ("mail", MAIL | {"SEALING_KEYS"}, "must not hold SEALING_KEYS"),  # link token and ciphertext in one place
        ("revoke", {"MAIL_SEALING_PUBLIC_KEY", "OIDC_CLIENT_SECRET"}, "must not hold OIDC_CLIENT_SECRET"),
        ("beat", {"AWS_SECRET_ACCESS_KEY"}, "must not hold AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_a_process_without_its_keys_or_with_another_ones_does_not_start(
    process: str, present: set[str], says: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        keys.check_custody(keys.parse_processes(process), present)


@pytest.mark.parametrize(
    ("process", "present"),
    [
        ("web", WEB),
        ("web", WEB | {"OIDC_CLIENT_SECRET"}),
        ("issue", {"SEALING_KEYS", "MAIL_SEALING_PUBLIC_KEY", "AWS_SHARED_CREDENTIALS_FILE"}),
        ("revoke", {"MAIL_SEALING_PUBLIC_KEY", "AWS_SHARED_CREDENTIALS_FILE"}),
        ("mail", MAIL),
        ("beat", {"MAIL_SEALING_PUBLIC_KEY"}),
        ("manage", set()),  # migrate and createcachetable need no key
        ("issue,revoke,mail", MAIL | {"SEALING_KEYS", "AWS_SHARED_CREDENTIALS_FILE"}),  # a small install
    ],
)
def test_a_process_with_exactly_its_keys_starts(process: str, present: set[str]) -> None:
    keys.check_custody(keys.parse_processes(process), present)


def test_an_unknown_process_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="must be one of web, issue, revoke, mail, beat, manage"):
        keys.parse_processes("webb")


@pytest.mark.parametrize("raw", ["web,mail", "issue,web", "web,manage", "manage,mail"])
def test_web_and_manage_stand_alone(raw: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="stands alone"):
        keys.parse_processes(raw)


@pytest.mark.parametrize(
    ("process", "start"),
    [
        ("", ["-c", "import portal.wsgi"]),  # forgotten: it would serve pages with every key it was given, or none
        ("revoke", ["-c", "import portal.wsgi"]),
        ("", ["-m", "celery", "-A", "portal.celery", "worker", "-Q", "issue", "--pool", "threads"]),
        ("beat", ["-m", "celery", "-A", "portal.celery", "worker", "--pool", "threads"]),
        ("", ["-m", "celery", "-A", "portal.celery", "beat"]),
    ],
)
def test_pages_tasks_and_ticks_are_refused_to_a_process_of_another_name(process: str, start: list[str]) -> None:
    foreign = keys.GUARDED if process else set()
    environment = {name: value for name, value in os.environ.items() if name not in {*foreign, "DAYPASS_PROCESS"}}
    environment |= {"DAYPASS_PROCESS": process} if process else {}
    answer = subprocess.run(
        [sys.executable, *start], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode != 0
    assert f"as the {process or 'manage'} process, but does the work of" in answer.stderr + answer.stdout


def import_settings(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value}
    command = [sys.executable, "-c", "import portal.settings as s; print(s.PICKUP_CODE_KEY.hex(), s.ALLOWED_HOSTS)"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY has 0 characters"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///daypass.db"}, "must begin with postgres://"),
        ({"CELERY_BROKER_URL": ""}, "CELERY_BROKER_URL is not set"),
        ({"PUBLIC_URL": "http://daypass.example.org"}, "PUBLIC_URL must be https"),  # links would travel in the clear
        ({"PUBLIC_URL": "daypass.example.org"}, "must look like https://"),
        ({"DAYPASS_PROCESS": "web", "EMAIL_URL": ""}, "web process must not hold MAIL_SEALING_KEYS"),
    ],
)
def test_wrong_settings_stop_the_process_with_a_sentence(changes: dict[str, str], says: str) -> None:
    answer = import_settings(**changes)
    assert answer.returncode != 0
    assert says in answer.stderr.splitlines()[-1]


def test_every_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "pickup"
    file.write_text(f"{GOOD}\n")
    answer = import_settings(PICKUP_CODE_KEY="", PICKUP_CODE_KEY_FILE=str(file))
    assert bytes(range(100, 132)).hex() in answer.stdout
    assert "['127.0.0.1', 'localhost']" in answer.stdout


def test_only_publishers_give_up_on_redis_after_half_a_second() -> None:
    assert celery.transport_options(frozenset({"web"}))["socket_timeout"] == 0.5
    assert celery.transport_options(frozenset({"beat"}))["max_retries"] == 0
    assert celery.transport_options(frozenset({"issue"})) == {
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "ack_emulation": False,
        "priority_steps": [0],
    }


def test_a_stalled_redis_costs_the_publisher_less_than_two_seconds(silent_server: str) -> None:
    options = celery.transport_options(frozenset({"web"}))
    begin = time.monotonic()
    with Connection(silent_server, transport_options=options) as stalled, pytest.raises(OperationalError):
        celery.app.send_task("grants.issue", args=[str(uuid4())], connection=stalled)
    assert time.monotonic() - begin < 2


def test_the_broker_may_carry_json_only_and_nothing_is_kept_there() -> None:
    conf: Any = celery.app.conf
    assert conf.accept_content == conf.result_accept_content == ["json"]
    assert conf.task_serializer == "json"
    assert conf.result_backend is None
    assert conf.task_ignore_result
    assert not conf.worker_enable_remote_control


def test_every_task_has_a_queue_and_every_sweep_is_worthless_after_its_interval() -> None:
    queues = {queue.name for queue in celery.app.conf.task_queues}
    assert {route["queue"] for route in celery.ROUTES.values()} == queues == {"issue", "revoke", "mail"}
    for tick in celery.SCHEDULE.values():
        assert tick["options"]["expires"] == tick["schedule"]
        assert tick["options"]["queue"] == celery.ROUTES[tick["task"]]["queue"]


def test_what_must_hold_is_checked_soon_after_a_start_and_then_every_hour() -> None:
    tick = celery._tick("grants.check_invariants", celery.CHECK_SECONDS, first=celery.FIRST_CHECK_SECONDS)
    entry = ScheduleEntry(name="check", app=celery.app, **tick)
    is_due, seconds = entry.is_due()
    assert not is_due
    assert seconds <= 300
    is_due, seconds = next(entry).is_due()
    assert not is_due
    assert 3590 <= seconds <= 3600
    assert celery.SCHEDULE["check what must hold"]["task"] == "grants.check_invariants"


def test_a_task_reaches_one_queue_and_not_its_neighbours() -> None:
    bindings = [(queue.name, queue.exchange.name, queue.routing_key) for queue in celery.app.conf.task_queues]
    assert bindings == [(name, name, name) for name in ("issue", "mail", "revoke")]


def test_passwords_cost_nineteen_mebibytes() -> None:
    assert make_password("a long enough password").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert settings.PASSWORD_HASHERS == ["portal.hashers.Argon2Hasher"]
