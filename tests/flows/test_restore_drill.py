"""A restore drill with PostgreSQL's own tools: a dump, loaded beside the original, wakes up and is not believed."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from portal.embedded.postgres_files import binaries
from tests.factories import make_approved, make_issued, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Drill:
    """The restored database: its address, and a way to ask it something."""

    url: str

    def ask(self, query: str) -> object:
        with psycopg.connect(self.url, autocommit=True) as other:
            row = other.execute(query.encode()).fetchone()
        return row[0] if row else None


def superuser(database: str) -> str:
    url = urlsplit(os.environ["DAYPASS_SUPERUSER_URL"])
    return url._replace(path=f"/{database}").geturl()


def run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(binaries(None) / "bin" / program), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """What the database holds now, dumped and loaded under another name."""
    original, copy = connection.settings_dict["NAME"], connection.settings_dict["NAME"] + "_restored"
    world = make_world()
    make_issued(world)
    make_approved(world)
    with psycopg.connect(superuser("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} OWNER daypass_owner").format(sql.Identifier(copy)))
        try:
            run("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}", superuser(original))
            run("pg_restore", "--exit-on-error", f"--dbname={superuser(copy)}", str(tmp_path / "dump"))
            yield Drill(superuser(copy))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(copy)))


def test_the_copy_is_not_believed_and_the_original_is(drill: Drill) -> None:
    assert drill.ask("SELECT count(*) FROM grants_grant") == 2
    assert drill.ask("SELECT daypass_is_fenced()") is True
    assert Drill(superuser(connection.settings_dict["NAME"])).ask("SELECT daypass_is_fenced()") is False


def test_nothing_is_revealed_or_issued_from_the_copy(drill: Drill) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        drill.ask("UPDATE grants_pickuplink SET used_at = now() RETURNING 1")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        drill.ask("UPDATE grants_pickuplink SET tries = tries + 1 RETURNING 1")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        drill.ask(
            """INSERT INTO grants_issueattempt SELECT (jsonb_populate_record(a, jsonb_build_object(
            'id', gen_random_uuid(), 'number', 9, 'name', 'dp-x-9'))).* FROM grants_issueattempt a RETURNING 1"""
        )


def test_once_an_operator_has_spoken_it_is(drill: Drill) -> None:
    spoken = "UPDATE daypass_installation SET identity = daypass_identity(), fenced_at = NULL RETURNING 1"
    assert drill.ask(spoken) == 1
    assert drill.ask("SELECT daypass_is_fenced()") is False
    assert drill.ask("UPDATE grants_pickuplink SET used_at = now() RETURNING 1") == 1


def test_cluster_timeline_and_database_are_what_tells_them_apart(drill: Drill) -> None:
    cluster, timeline, number = str(drill.ask("SELECT daypass_identity()")).split("/")
    assert cluster == str(drill.ask("SELECT system_identifier FROM pg_control_system()"))
    assert int(timeline, 16) == drill.ask("SELECT timeline_id FROM pg_control_checkpoint()")
    assert int(number) == drill.ask("SELECT oid FROM pg_database WHERE datname = current_database()")
