"""Rows written, or one changed under a condition, by SQL that is put together once. No signals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models
from django.db.models import AutoField, Model

from grants.models.rows.ask import first_row
from grants.models.rows.read import field_of

IS: Final = {"": "=", "gt": ">", "lte": "<="}
# Of these types a field's value is sent as it is: what Django does before is for values that are not yet of the type.
AS_THEY_ARE: Final = frozenset({
    models.BigIntegerField, models.BinaryField, models.BooleanField, models.CharField, models.DateTimeField,
    models.ForeignKey, models.GenericIPAddressField, models.IntegerField, models.PositiveIntegerField,
    models.PositiveSmallIntegerField, models.TextField, models.UUIDField,
})  # fmt: skip
STALE: Final = "DP001"  # what the database's daypass_found raises
FENCED: Final = "55000"  # what daypass_refuse_when_fenced raises


@dataclass(frozen=True, slots=True)
class Change:
    """Columns to be set on the one row that is as ``where`` says.

    ``where`` holds ``pk`` and, as in Django, names for equal (None for empty), ``__gt`` and ``__lte``.
    """

    model: type[Model]
    where: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class New:
    """A new row of which these columns are given; the others are the database's to fill."""

    model: type[Model]
    values: Mapping[str, Any]


Part: TypeAlias = Change | New | Model


class StaleRowError(Exception):
    """A row is not as it was read; nothing of the statement was written, and its transaction is over."""

    def __init__(self, table: str) -> None:
        """``table`` is the row's, as the database names it."""
        super().__init__(table)
        self.table = table

    def is_of(self, model: type[Model]) -> bool:
        """Whether it was a row of ``model``."""
        return self.table == model._meta.db_table


class FencedError(Exception):
    """The database was restored or moved, and refuses what would be issued or revealed; nothing was written."""


class NeedsLockError(Exception):
    """More than the rows that one statement writes has to stand still: the same again, under the lock."""


def write_all(*parts: Part, is_lazy: bool = False) -> None:
    """Make every change and write every new row, in this order, by one statement: all of it or, StaleRowError, nothing.

    FencedError where the database was restored and an attempt, a reveal or a try at a link is among them.

    An instance is saved as by ``save(force_insert=True)``, but a key that the database counts up is not read back.
    ``is_lazy``: the commit is not to wait for the disk.
    """
    shapes, values = [], []
    for part in parts:
        shape, sent = _taken_apart(part)
        shapes.append(shape)
        values += sent
    sql = _write_sql(tuple(shapes), is_lazy=is_lazy)
    try:
        first_row(sql, values)
    except DatabaseError as error:
        said = error.__cause__
        if not isinstance(said, psycopg.Error):
            raise
        if said.sqlstate == STALE:
            raise StaleRowError(said.diag.table_name or "") from error
        if said.sqlstate == FENCED:
            raise FencedError from error
        raise
    for part in parts:
        if isinstance(part, Model):
            part._state.adding, part._state.db = False, DEFAULT_DB_ALIAS


def compare_and_set(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Make one Change; whether its row was as it says: of two at once one gets True."""
    shape, sent = _taken_apart(Change(model, where, values))
    with connection.cursor() as cursor:
        cursor.execute(_sql_of(shape, 1), sent)
        return bool(cursor.rowcount == 1)


class _Insert(NamedTuple):
    model: type[Model]
    names: tuple[str, ...]


class _Update(NamedTuple):
    model: type[Model]
    names: tuple[str, ...]
    asked: tuple[str, ...]
    empty: tuple[str, ...]


Shape: TypeAlias = _Insert | _Update


def _taken_apart(part: Part) -> tuple[Shape, list[Any]]:
    """What a part's SQL depends on, and the values that are sent with it, in its order."""
    shape: Shape
    if isinstance(part, Change):
        asked = [name for name, value in part.where.items() if value is not None]
        empty = tuple(name for name, value in part.where.items() if value is None)
        shape = _Update(part.model, tuple(part.values), tuple(asked), empty)
        values = [*part.values.values(), *(part.where[name] for name in asked)]
    elif isinstance(part, New):
        shape, values = _Insert(part.model, tuple(part.values)), list(part.values.values())
    else:
        names, values_of = _stored(type(part))
        shape, values = _Insert(type(part), names), list(values_of(part))
    for at, prepare in _preparers(shape):
        values[at] = prepare(values[at], connection)
    return shape, values


@cache
def _preparers(shape: Shape) -> list[tuple[int, Callable[..., Any]]]:
    """Which of a shape's values are not sent as they are, and what makes of one what is sent."""
    names = shape.names if isinstance(shape, _Insert) else (*shape.names, *shape.asked)
    fields = enumerate(field_of(shape.model, name.partition("__")[0]) for name in names)
    return [(at, field.get_db_prep_save) for at, field in fields if type(field) not in AS_THEY_ARE]


@cache
def _stored(model: type[Model]) -> tuple[tuple[str, ...], Callable[[Model], tuple[Any, ...]]]:
    """The fields of an instance that are saved, and what reads their values off it."""
    fields = [field for field in model._meta.concrete_fields if not (isinstance(field, AutoField) or field.generated)]
    return tuple(field.name for field in fields), attrgetter(*(field.attname for field in fields))


@cache
def _write_sql(shapes: tuple[Shape, ...], *, is_lazy: bool) -> str:
    """Every part by a name, and asked for in order: PostgreSQL writes a part when it is asked for."""
    numbered = list(enumerate(_together(shapes)))
    parts = [f"part{number} AS ({_sql_of(shape, rows)} RETURNING 1)" for number, (shape, rows) in numbered]
    asked = []
    for kind, run in groupby(numbered, key=lambda each: type(each[1][0])):
        found = [(f"part{number}", shape.model._meta.db_table) for number, (shape, _) in run]
        asked += [_found(found)] if kind is _Update else [f"(SELECT count(*) FROM {part})" for part, _ in found]
    lazy = ["set_config('synchronous_commit', 'off', true)"] * is_lazy
    return f"WITH {', '.join(parts)} SELECT {', '.join(asked + lazy)}"


def _found(changes: list[tuple[str, str]]) -> str:
    """Raises StaleRowError unless each of these changes found its row."""
    tables = ", ".join(f"'{table}'" for _, table in changes)
    rows = ", ".join(f"(SELECT 1 FROM {part})" for part, _ in changes)
    return f"daypass_found(ARRAY[{rows}], ARRAY[{tables}])"


def _together(shapes: tuple[Shape, ...]) -> list[tuple[Shape, int]]:
    """New rows of one shape that follow each other are written together, a change by itself."""
    found: list[tuple[Shape, int]] = []
    for shape in shapes:
        if isinstance(shape, _Insert) and found and found[-1][0] == shape:
            found[-1] = (shape, found[-1][1] + 1)
        else:
            found.append((shape, 1))
    return found


@cache
def _sql_of(shape: Shape, rows: int) -> str:
    columns = [f'"{field_of(shape.model, name).column}"' for name in shape.names]
    table = shape.model._meta.db_table
    if isinstance(shape, _Insert):
        row = f"({', '.join('%s' for _ in columns)})"
        return f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES {", ".join([row] * rows)}'
    conditions = [f'"{field_of(shape.model, name).column}" IS NULL' for name in shape.empty]
    for name, _, how in (each.partition("__") for each in shape.asked):
        conditions.append(f'"{field_of(shape.model, name).column}" {IS[how]} %s')
    return f'UPDATE "{table}" SET {", ".join(f"{column} = %s" for column in columns)} WHERE {" AND ".join(conditions)}'
