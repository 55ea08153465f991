"""A document, be it a file's, a form's or a draft's, as a Template; and back, in the one canonical shape; pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields as dataclass_fields
from typing import Any, Final

from grants.errors import FieldError, FieldErrorsError
from grants.policy.template.fields import BY_FIELD, Field, fields_of
from grants.policy.template.value import KINDS, Template

_NAMES: Final = frozenset(each.name for each in dataclass_fields(Template))


def read_template(document: object) -> Template:
    """The one reading of a template. Raises FieldErrorsError with every wrong field, and never anything else."""
    if not isinstance(document, Mapping) or not all(isinstance(key, str) for key in document):
        raise FieldErrorsError([FieldError("", "A template is written as pairs of field and value.")])
    kind = document.get("kind")
    if kind not in KINDS:
        raise FieldErrorsError([FieldError("kind", f"Choose the template's kind. There are: {', '.join(KINDS)}.")])
    values: dict[str, Any] = {}
    errors = list(_unknown(document, str(kind)))
    for field in fields_of(str(kind)):
        try:
            values[field.name] = field.read(document.get(field.name, field.default))
        except FieldError as error:
            errors.append(FieldError(field.name, error.field_sentence))
    errors += _out_of_order(values)
    if errors:
        raise FieldErrorsError(errors)
    return Template(**values)


def document_of(template: Template) -> dict[str, Any]:
    """The canonical document: every field of the kind, as JSON and YAML hold it."""
    return {field.name: _bare(getattr(template, field.name)) for field in fields_of(template.kind)}


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over a canonical document as JSON with sorted keys."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _unknown(document: Mapping[str, Any], kind: str) -> Iterator[FieldError]:
    known = {field.name for field in fields_of(kind)}
    for name in sorted(set(document) - known):
        if name in BY_FIELD:
            yield FieldError(name, f"“{name}” does not belong to a template of the kind “{kind}”.")
        else:
            yield FieldError("", f"There is no field “{_shown(name)}”.")


def _shown(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name[:60])


def _out_of_order(values: Mapping[str, Any]) -> Iterator[FieldError]:
    most: float | None = values.get("max_hours")
    hours = [values[name] for name in ("min_hours", "default_hours", "max_hours") if name in values]
    if hours != sorted(hours):
        yield FieldError("default_hours", "The usual time lies between the shortest and the longest.")
    in_a_row = values.get("consecutive_hours")
    if in_a_row and most and in_a_row < most:
        yield FieldError("consecutive_hours", "The longest time in a row is no shorter than the longest time at once.")


def _bare(value: Any) -> Any:  # noqa: ANN401 - any field's value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return int(value) if value == int(value) else value
    return dict(value) if isinstance(value, Mapping) else value


__all__ = ["Field", "digest_of", "document_of", "read_template"]
