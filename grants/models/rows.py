"""Rows written, or one changed under a condition, by SQL that is put together once: what happens with every grant.

Django builds and compiles a statement each time; for these few that costs more than PostgreSQL's own work. No signals.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Any, Final, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, Field, Model

# What of a join belongs to which model: the attribute's name on the first one, the alias in the SQL, the fields.
Parts: TypeAlias = tuple[tuple[str, str, type[Model], tuple[str, ...]], ...]
IS: Final = {"": "=", "gt": ">", "lte": "<="}


def insert_rows(*rows: Model) -> None:
    """Save new rows in one statement, those of one model together: all that ``save(force_insert=True)`` writes.

    A key that the database counts up is not read back.
    """
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in _stored(type(row))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(tuple(type(row) for row in rows)), values)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def compare_and_set(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Set columns of the one row that is as ``where`` says; whether there was one: of two at once one gets True.

    ``where`` holds ``pk`` and, as in Django, names for equal (None for empty), ``__gt`` and ``__lte``.
    """
    asked = {name: value for name, value in where.items() if value is not None}
    empty = tuple(name for name, value in where.items() if value is None)
    with connection.cursor() as cursor:
        cursor.execute(
            _update_sql(model, tuple(values), tuple(asked), empty),
            [*_prepared(model, values), *_prepared(model, asked)],
        )
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


def _prepared(model: type[Model], values: Mapping[str, Any]) -> list[Any]:
    return [
        field_of(model, name.partition("__")[0]).get_db_prep_save(value, connection) for name, value in values.items()
    ]


@cache
def _stored(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(
        field for field in model._meta.concrete_fields if not (isinstance(field, AutoField) or field.generated)
    )


@cache
def _insert_sql(models: tuple[type[Model], ...]) -> str:
    """The last model's rows by the statement itself, those before it by what stands in front of that."""
    *before, last = [_values_sql(model, len(list(rows))) for model, rows in groupby(models)]
    ahead = ", ".join(f"part{number} AS ({sql})" for number, sql in enumerate(before))
    return f"WITH {ahead} {last}" if before else last


def _values_sql(model: type[Model], rows: int) -> str:
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
