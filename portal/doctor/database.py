"""PostgreSQL: reachable, migrated, under the right role, and closed to what that role must not do."""

from collections.abc import Generator, Iterator
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from grants.flows.doctor import failed, ok, warned
from grants.values import Finding
from portal import health
from portal.privileges import PRIVILEGES, WEB, WORKER

OWNER: Final = "daypass_owner"
VERSION_MIN: Final = 160_000
MIGRATE: Final = "Run manage.py migrate as daypass_owner; it sets the privileges as well."
VERBS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")


def examine_database() -> Generator[Finding, None, bool]:
    """The return value says whether the rest may ask it anything."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield failed(
            f"database: cannot be reached or refuses this role ({type(error).__name__})",
            "Check DATABASE_URL: host, port, role, password; and that PostgreSQL runs.",
        )
        return False
    yield _version()
    yield _role()
    if health.database_state() != health.OK:
        yield failed("database: migrations are missing, or it is of a newer Daypass", MIGRATE)
        return False
    yield ok("database: every migration is applied")
    yield from _privileges()
    yield from _timeouts()
    return True


def role_of_process() -> str:
    """Which role DATABASE_URL should name here."""
    if "web" in settings.DAYPASS_PROCESSES:
        return WEB
    return OWNER if "manage" in settings.DAYPASS_PROCESSES else WORKER


def _ask(query: str, *values: list[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows


def _version() -> Finding:
    number = connection.cursor().connection.info.server_version
    if number < VERSION_MIN:
        return failed(f"database: PostgreSQL {number // 10_000} is too old", "Daypass needs PostgreSQL 16 or newer.")
    return ok(f"database: reachable, PostgreSQL {number // 10_000}")


def _role() -> Finding:
    (role, is_super), *_ = _ask("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = session_user")
    wanted, process = role_of_process(), settings.DAYPASS_PROCESS
    if is_super:
        return failed(
            f"database: {role} is a superuser, for whom no privilege and no append-only table holds",
            f"Give the {process} process the role {wanted}; deploy/postgres-roles.sql makes it.",
        )
    if role != wanted:
        say = failed if wanted != OWNER else warned
        return say(
            f"database: the {process} process signs in as {role} instead of {wanted}",
            f"Put {wanted} and its password into DATABASE_URL.",
        )
    return ok(f"database: the {process} process signs in as {role}")


def _privileges() -> Iterator[Finding]:
    """What each role may do to each table, against portal/privileges.py."""
    rows = _ask(
        "SELECT r, t.tablename, p, has_table_privilege(r, format('public.%%I', t.tablename), p)::text"
        " FROM pg_tables t, unnest(%s::text[]) r, unnest(%s::text[]) p"
        " WHERE t.schemaname = 'public' AND EXISTS (SELECT FROM pg_roles WHERE rolname = r)",
        [WEB, WORKER],
        list(VERBS),
    )
    held = {(role, table, verb) for role, table, verb, may in rows if may == "true"}
    tables = {table for _, table, _, _ in rows}
    wanted = {
        (role, table, verb)
        for table, both in PRIVILEGES.items()
        for role, words in zip((WEB, WORKER), both, strict=True)
        for verb in VERBS
        if table in tables and verb in {word.strip() for word in words.split(",")}
    }
    if wrong := sorted(f"{role} on {table}: {verb}" for role, table, verb in held ^ wanted):
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""  # noqa: PLR2004 - enough to see the pattern
        yield failed(f"database: privileges are not as Daypass sets them ({'; '.join(wrong[:3])}{more})", MIGRATE)
    else:
        yield ok("database: each role may do to each table what it needs, and no more")


def _timeouts() -> Iterator[Finding]:
    if role_of_process() == OWNER:
        return
    ((seconds,), *_) = _ask("SELECT current_setting('statement_timeout')")
    if seconds == "0":
        yield warned(
            "database: statements of this role may take for ever",
            "Run deploy/postgres-roles.sql again: it sets the roles' timeouts.",
        )
