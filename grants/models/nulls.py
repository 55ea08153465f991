"""How many of some columns are empty: a CHECK that PostgreSQL reads anew with every statement is short."""

from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import Exact, LessThanOrEqual


def count_empty(*names: str) -> Func:
    """How many of the columns are NULL."""
    return Func(*names, function="num_nulls", output_field=models.IntegerField())


def together(*names: str) -> Q:
    """Of two columns both are empty or neither."""
    return ~Q(Exact(count_empty(*names), 1))


def either(*names: str) -> Q:
    """Of two columns one is empty and one is not."""
    return Q(Exact(count_empty(*names), 1))


def at_most_one(*names: str) -> Q:
    """All columns but one are empty, or all."""
    return Q(LessThanOrEqual(Func(*names, function="num_nonnulls", output_field=models.IntegerField()), 1))
