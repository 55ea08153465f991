"""What every model must be, whoever adds the next one."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Expression, F, Q

MODELS = list(apps.get_app_config("grants").get_models())
EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def names_in(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, tuple):
            yield child[0].split("__")[0]
        elif isinstance(child, Q):
            yield from names_in(child)
        elif isinstance(child, Expression):
            parts: Iterator[object] = child.flatten()
            yield from (part.name for part in parts if isinstance(part, F))


def checked_together(model: type[models.Model]) -> list[set[str]]:
    checks = [row for row in model._meta.constraints if isinstance(row, CheckConstraint)]
    return [set(names_in(check.condition)) for check in checks if isinstance(check.condition, Q)]


@EVERY_MODEL
def test_deleting_a_row_never_deletes_another(model: type[models.Model]) -> None:
    """A cascade would take evidence along with what it is evidence of."""
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey):
            assert field.remote_field.on_delete in {models.PROTECT, models.RESTRICT}, field


@EVERY_MODEL
def test_who_and_when_travel_in_pairs(model: type[models.Model]) -> None:
    """An optional ``*_by`` beside its ``*_at`` is held to it by a CHECK."""
    fields = {field.name: field for field in model._meta.fields}
    for name, field in fields.items():
        when = name.removesuffix("_by") + "_at"
        if name.endswith("_by") and when in fields and field.null:
            assert any({name, when} <= together for together in checked_together(model)), name


@pytest.mark.parametrize("name", ["AuditEvent", "AuditPersonal", "AuditHead"])
def test_evidence_hangs_on_nothing_that_can_change(name: str) -> None:
    fields = apps.get_model("grants", name)._meta.get_fields()
    assert not [field for field in fields if field.is_relation]


@EVERY_MODEL
def test_every_model_says_what_it_is(model: type[models.Model]) -> None:
    assert model.__doc__ is not None
    assert not model.__doc__.startswith(f"{model.__name__}(")
