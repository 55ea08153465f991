"""Rows written, or one changed under a condition, by SQL that is put together once: what happens with every grant.

Django builds and compiles a statement each time; for these few that costs more than PostgreSQL's own work. No signals.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final, TypeAlias

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, models, transaction
from django.db.models import AutoField, Field, Model

# What of a join belongs to which model: the attribute's name on the first one, the alias in the SQL, the fields.
Parts: TypeAlias = tuple[tuple[str, str, type[Model], tuple[str, ...]], ...]
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


def first_row(sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row that one statement answers, if any, by a cursor that is kept as long as its connection.

    Making Django's cursor, and psycopg's below it, costs nearly as much as sending the statement.
    """
    if connection.queries_logged or connection.execute_wrappers:  # somebody looks on
        with connection.cursor() as seen:
            seen.execute(sql, values)
            return seen.fetchone()  # type: ignore[no-any-return]  # Django's types say Any
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return _cursor_on(connection.connection).execute(sql, values).fetchone()


class _Kept(threading.local):
    """One cursor a thread, as Django has one connection a thread."""

    cursor: "psycopg.Cursor[Any] | None" = None


_kept: Final = _Kept()


def _cursor_on(raw: "psycopg.Connection[Any]") -> "psycopg.Cursor[Any]":
    cursor = _kept.cursor
    if cursor is None or cursor.connection is not raw:
        cursor = _kept.cursor = raw.cursor()
    return cursor


def is_held(error: DatabaseError) -> bool:
    """Whether the database refused only because somebody held a row, or a lock, for longer than this role waits."""
    return isinstance(error.__cause__, psycopg.errors.LockNotAvailable)


def wait_for_disk() -> None:
    """Return when all that is committed by now is on disk, also what did not wait for it."""
    first_row("SELECT pg_logical_emit_message(true, 'daypass', '')")  # the least whose commit waits


@contextmanager
def unless_held() -> Iterator[None]:
    """Around what can be done another time as well: it ends where somebody holds a row for longer than one waits."""
    try:
        yield
    except OperationalError as error:
        if not is_held(error):
            raise


@contextmanager
def without_transaction() -> Iterator[None]:
    """Around one ``write_all``, which needs none; inside of one, as in tests, StaleRowError must not be its end."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield


def compare_and_set(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Make one Change; whether its row was as it says: of two at once one gets True."""
    change = Change(model, where, values)
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(*_shape_of(change)), _values_of(change))
        return bool(cursor.rowcount == 1)


def some_fields(model: type[Model], *names: str) -> tuple[str, ...]:
    """These fields (without names: all) in the model's own order, in which ``read_row`` takes them."""
    return tuple(field.name for field in model._meta.concrete_fields if not names or field.name in names)


def read_row(model: type[Model], names: tuple[str, ...], values: Iterable[Any]) -> Any:  # noqa: ANN401 - of ``model``
    """An instance of which a query of our own read the columns ``names``; the others are read when asked for."""
    attributes, readers = _reading(model, names)
    pairs = zip(readers, values, strict=True)
    return model.from_db(DEFAULT_DB_ALIAS, attributes, [read(value) if read else value for read, value in pairs])


def read_joined(parts: Parts, row: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The first part's instance with the others set on it by name (an outer join's may be None), and what is left."""
    at, whole = 0, None
    for name, _alias, model, names in parts:
        values = row[at : at + len(names)]
        instance = None if all(value is None for value in values) else read_row(model, names, values)
        at += len(names)
        if whole is None:
            whole = instance
        else:
            setattr(whole, name, instance)
    return whole, row[at:]


def columns_of_parts(parts: Parts) -> str:
    """The columns that ``read_joined`` takes."""
    return ", ".join(columns_of(model, names, alias=alias) for _, alias, model, names in parts)


def columns_of(model: type[Model], names: Iterable[str], *, alias: str) -> str:
    """The columns of the fields ``names``, as a SELECT lists them."""
    return ", ".join(f'{alias}."{field_of(model, name).column}"' for name in names)


@cache
def field_of(model: type[Model], name: str) -> "Field[Any, Any]":
    """A model's field by name, or ``pk``."""
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column")
    return field


@cache
def _reading(model: type[Model], names: tuple[str, ...]) -> tuple[list[str], list[Any]]:
    """Attributes, and for those whose column holds something else (JSON) what makes a value of it."""
    fields = [field_of(model, name) for name in names]
    readers = [getattr(field, "from_db_value", None) for field in fields]
    return [field.attname for field in fields], [
        (lambda value, read=read: read(value, None, connection)) if read else None for read in readers
    ]


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
