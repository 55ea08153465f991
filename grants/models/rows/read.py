"""Rows read by queries of our own, as instances of their models."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model

# What of a join belongs to which model: the attribute's name on the first one, the alias in the SQL, the fields.
Parts: TypeAlias = tuple[tuple[str, str, type[Model], tuple[str, ...]], ...]


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
