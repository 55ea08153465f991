"""Rows written, or one changed under a condition, by SQL that is put together once. No signals."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final, TypeAlias

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models
from django.db.models import AutoField, Field, Model

from grants.models.rows.ask import first_row
from grants.models.rows.read import field_of

IS: Final = {"": "=", "gt": ">", "lte": "<="}
# Of these types a field's value is sent as it is: what Django does before is for values that are not yet of the type.
AS_THEY_ARE: Final = frozenset({
    models.BigIntegerField, models.BooleanField, models.CharField, models.DateTimeField, models.ForeignKey,
    models.IntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField, models.TextField,
    models.UUIDField,
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


Part: TypeAlias = Change | Model
# A change with the names it sets, asks for, and wants empty; or how many new rows of a model.
Shape: TypeAlias = tuple[type[Model], tuple[str, ...], tuple[str, ...], tuple[str, ...]] | tuple[type[Model], int]


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
    """Make every change and save every new row, in this order, by one statement: all of it or, StaleRowError, nothing.

    FencedError where the database was restored and an attempt, a reveal or a try at a link is among them.

    New rows are saved as by ``save(force_insert=True)``, but a key that the database counts up is not read back.
    ``is_lazy``: the commit is not to wait for the disk.
    """
    groups = [list(group) for _, group in groupby(parts, key=_kind)]
    values = [value for part in parts for value in _values_of(part)]
    sql = _write_sql(tuple(_shape(group) for group in groups), is_lazy=is_lazy)
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
        if not isinstance(part, Change):
            part._state.adding, part._state.db = False, DEFAULT_DB_ALIAS


def compare_and_set(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Make one Change; whether its row was as it says: of two at once one gets True."""
    change = Change(model, where, values)
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(*_shape_of(change)), _values_of(change))
        return bool(cursor.rowcount == 1)


def _values_of(part: Part) -> list[Any]:
    if isinstance(part, Change):
        asked = {name: value for name, value in part.where.items() if value is not None}
        return [*_prepared(part.model, part.values), *_prepared(part.model, asked)]
    return [
        prepare(getattr(part, name), connection) if prepare else getattr(part, name)
        for name, prepare in _preparing(type(part))
    ]


def _prepared(model: type[Model], values: Mapping[str, Any]) -> Iterator[Any]:
    for name, value in values.items():
        prepare = _preparer(model, name.partition("__")[0])
        yield prepare(value, connection) if prepare else value


@cache
def _preparing(model: type[Model]) -> list[tuple[str, Callable[..., Any] | None]]:
    return [(field.attname, _preparer(model, field.name)) for field in _stored(model)]


@cache
def _preparer(model: type[Model], name: str) -> Callable[..., Any] | None:
    """What makes of a field's value what is sent; None where psycopg takes the value as it is."""
    field = field_of(model, name)
    return None if type(field) in AS_THEY_ARE else field.get_db_prep_save


@cache
def _stored(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(
        field for field in model._meta.concrete_fields if not (isinstance(field, AutoField) or field.generated)
    )


def _kind(part: Part) -> object:
    """New rows of one model are written together, a change by itself."""
    return id(part) if isinstance(part, Change) else type(part)


def _shape(group: list[Part]) -> Shape:
    first = group[0]
    return _shape_of(first) if isinstance(first, Change) else (type(first), len(group))


def _shape_of(change: Change) -> tuple[type[Model], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    asked = tuple(name for name, value in change.where.items() if value is not None)
    empty = tuple(name for name, value in change.where.items() if value is None)
    return change.model, tuple(change.values), asked, empty


@cache
def _write_sql(shapes: tuple[Shape, ...], *, is_lazy: bool) -> str:
    """Every part by a name, and counted in order: PostgreSQL writes a part when it is counted."""
    parts, counts = [], []
    for number, shape in enumerate(shapes):
        sql = _insert_sql(*shape) if len(shape) == 2 else _update_sql(*shape)  # noqa: PLR2004 - a model and a number
        parts.append(f"part{number} AS ({sql} RETURNING 1)")
        counted = f"(SELECT count(*) FROM part{number})"
        table = shape[0]._meta.db_table
        counts.append(counted if len(shape) == 2 else f"daypass_found({counted}, '{table}')")  # noqa: PLR2004 - as above
    lazy = ["set_config('synchronous_commit', 'off', true)"] * is_lazy
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts + lazy)}"


def _insert_sql(model: type[Model], rows: int) -> str:
    columns = ", ".join(f'"{field.column}"' for field in _stored(model))
    row = f"({', '.join('%s' for _ in _stored(model))})"
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join([row] * rows)}'


@cache
def _update_sql(model: type[Model], values: tuple[str, ...], asked: tuple[str, ...], empty: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{field_of(model, name).column}" = %s' for name in values)
    conditions = [f'"{field_of(model, name).column}" IS NULL' for name in empty]
    for name, _, how in (each.partition("__") for each in asked):
        conditions.append(f'"{field_of(model, name).column}" {IS[how]} %s')
    return f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {" AND ".join(conditions)}'
