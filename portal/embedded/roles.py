"""The database, its three roles and their timeouts, as statements that may be run again."""

from typing import Final

import psycopg
from psycopg import sql

DATABASE: Final = "daypass"
OWNER: Final = "daypass_owner"
WEB: Final = "daypass_web"
WORKER: Final = "daypass_worker"
ROLES: Final = (OWNER, WEB, WORKER)

# Per role and not per connection: a pooler in between drops what is set when connecting.
TIMEOUTS: Final = {
    OWNER: {},  # migrations may take their time
    WEB: {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s"},
    WORKER: {"statement_timeout": "60s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s"},
}


def create_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """Create or correct the roles: they sign in, and are nothing more; the owner may create test databases."""
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in ROLES:
        verb = sql.SQL("ALTER" if role in known else "CREATE")
        more = sql.SQL("CREATEDB" if role == OWNER else "NOCREATEDB")
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS {} PASSWORD {}").format(
                verb, sql.Identifier(role), more, sql.Literal(passwords[role])
            )
        )
        for setting, value in TIMEOUTS[role].items():
            statement = sql.SQL("ALTER ROLE {} SET {} = {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)))


def create_database(connection: psycopg.Connection) -> None:
    """Create the database, owned by the owner, open to our roles only."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    name = sql.Identifier(DATABASE)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    grantees = sql.SQL(", ").join(sql.Identifier(role) for role in (WEB, WORKER))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, grantees))
