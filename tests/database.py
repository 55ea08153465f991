"""The test database as its other roles see it."""

import os
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connection


def connect_as(role: str) -> "psycopg.Connection[Any]":
    """A connection of its own to the test database, signed in as ``role``."""
    url = urlsplit(os.environ[f"{role.upper()}_URL"])
    return psycopg.connect(
        host=url.hostname,
        port=url.port,
        user=role,
        password=url.password,
        dbname=connection.settings_dict["NAME"],
        autocommit=True,
        options="-c lock_timeout=3000",
    )
