"""Rows of what happens with every grant: asked for, read and written past Django's ORM, in three small files.

Django builds and compiles a statement each time; for these few that costs more than PostgreSQL's own work.
"""

from grants.models.rows.ask import first_row, is_held, unless_held, wait_for_disk, without_transaction
from grants.models.rows.read import Join, Reading, columns_of, field_of, set_behind_key, some_fields
from grants.models.rows.write import (
    Change,
    FencedError,
    NeedsLockError,
    New,
    Part,
    StaleRowError,
    compare_and_set,
    write_all,
)

__all__ = [
    "Change",
    "FencedError",
    "Join",
    "NeedsLockError",
    "New",
    "Part",
    "Reading",
    "StaleRowError",
    "columns_of",
    "compare_and_set",
    "field_of",
    "first_row",
    "is_held",
    "set_behind_key",
    "some_fields",
    "unless_held",
    "wait_for_disk",
    "without_transaction",
    "write_all",
]
