"""The probes tell an orchestrator what it can act on."""

import json
import time
from http import HTTPStatus

import pytest
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from portal import health


@pytest.mark.django_db
def test_healthz_touches_no_database(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (HTTPStatus.OK, b"ok\n")


@pytest.mark.django_db
def test_ready_without_redis_is_ready_and_degraded_within_a_second(
    client: Client, settings: Settings, silent_server: str
) -> None:
    settings.CELERY_BROKER_URL = silent_server
    begin = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - begin < 1.5
    assert answer.status_code == HTTPStatus.OK
    assert json.loads(answer.content) == {"database": "ok", "broker": "degraded"}


@pytest.mark.django_db
def test_not_ready_while_migrations_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("grants.0009", False)])
    answer = client.get("/readyz")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert json.loads(answer.content)["database"] == "failed"


def test_not_ready_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_connection: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(health, "MigrationExecutor", refuse)
    assert health.database_state() == "failed"


@pytest.mark.django_db
def test_the_probes_address_is_for_probes_alone(client: Client) -> None:
    by_address = {"host": "127.0.0.1:8000"}
    assert client.get("/healthz", headers=by_address).status_code == HTTPStatus.OK
    assert client.get("/readyz", headers=by_address).status_code == HTTPStatus.OK
    for path in ("/", "/accounts/login/", "/accounts/password/reset/", "/no-such-page/"):
        assert client.get(path, headers=by_address).status_code == HTTPStatus.BAD_REQUEST
