"""Rows read by queries of our own, as instances of their models."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model
from django.db.models.base import ModelState

# What of a join belongs to which model: as what (``grant.vendor``), the alias in the SQL, the model, the fields.
Part: TypeAlias = tuple[str, str, type[Model], tuple[str, ...]]


def some_fields(model: type[Model], *names: str) -> tuple[str, ...]:
    """These fields (without names: all) in the model's own order."""
    return tuple(field.name for field in model._meta.concrete_fields if not names or field.name in names)


class Reading:
    """An instance of which a query of our own reads the fields ``names``; the others are read when asked for.

    It is what ``Model.from_db`` makes, without its look at every field of the model, and without signals.
    """

    def __init__(self, model: type[Model], names: tuple[str, ...]) -> None:
        """The key is among ``names``: an outer join that found nothing leaves it empty."""
        fields = [field_of(model, name) for name in names]
        self._model, self._key = model, fields.index(field_of(model, "pk"))
        self._attributes = [field.attname for field in fields]
        # Whose column holds something else (JSON), and what makes a value of it.
        self._readers = [(field.attname, field.from_db_value) for field in fields if hasattr(field, "from_db_value")]

    def instance_of(self, values: Sequence[Any]) -> Any:  # noqa: ANN401 - of the model
        """The instance, or None of an outer join that found nothing."""
        if values[self._key] is None:
            return None
        instance = self._model.__new__(self._model)
        state = instance._state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        held = instance.__dict__
        held.update(zip(self._attributes, values, strict=True))
        for attribute, read in self._readers:
            held[attribute] = read(held[attribute], None, connection)
        return instance


class Join:
    """What of a joined row belongs to which model. ``columns`` are to be SELECTed first, in front of anything else."""

    def __init__(self, *parts: Part) -> None:
        """Behind the first part, whose name is empty, each belongs to one in front of it."""
        self.columns = ", ".join(columns_of(model, names, alias=alias) for _, alias, model, names in parts)
        self._steps = [(len(names), Reading(model, names)) for _, _, model, names in parts]
        self._ties = [_tie(parts, number) for number in range(1, len(parts))]

    def read(self, row: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The first part's instance with the others set on it by name (an outer join's may be None), and the rest."""
        at, made = 0, []
        for size, reading in self._steps:
            made.append(reading.instance_of(row[at : at + size]))
            at += size
        for owner, number, name, is_key in self._ties:
            if is_key:
                set_behind_key(made[owner], name, made[number])
            else:
                setattr(made[owner], name, made[number])
        return made[0], row[at:]


def set_behind_key(instance: Any, name: str, related: Any) -> None:  # noqa: ANN401 - instances of any two models
    """Have ``instance``, which holds the key of ``related``, know it; ``setattr`` would ask the router each time."""
    instance._state.fields_cache[name] = related


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


def _tie(parts: tuple[Part, ...], number: int) -> tuple[int, int, str, bool]:
    """On which part another is set, by what name, and whether by a foreign key that was read."""
    path, _, _, _ = parts[number]
    owner, _, name = path.rpartition(".")
    at = next(at for at, part in enumerate(parts) if part[0] == owner)
    _, _, model, names = parts[at]
    return at, number, name, name in names and bool(field_of(model, name).many_to_one)
