"""Form fields that a template's document needs beside Django's own: lists, pairs and numbers of persons."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

MONO: Final = {"class": "font-monospace", "spellcheck": "false"}
SIGNERS_SHOWN: Final = 2
DIGITS_READ: Final = 2  # of how many sign: nine at most do, and every number makes a row of the list


class LinesField(forms.CharField):
    """One value a line, as a list."""

    widget = forms.Textarea(attrs={"rows": 2, **MONO})

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The lines that hold something."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A list as lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


class TagsField(forms.CharField):
    """Session tags, one ``key=value`` a line."""

    widget = forms.Textarea(attrs={"rows": 3, **MONO})

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A dictionary; keys that differ only by case are one key to AWS."""
        tags: dict[str, str] = {}
        named: set[str] = set()
        for number, line in enumerate((value or "").splitlines(), start=1):
            key, equals, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals or not key:
                raise forms.ValidationError(f"Line {number} is not of the form key=value.")
            if key.lower() in named:
                raise forms.ValidationError(f"Line {number} names “{key}” again. AWS does not tell keys apart by case.")
            named.add(key.lower())
            tags[key] = text
        return tags

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """A dictionary as lines."""
        return "\n".join(f"{key}={text}" for key, text in value.items()) if isinstance(value, Mapping) else value


class SignersWidget(forms.Widget):
    """A number for each group, named ``signers:GROUP``; a list of numbers needs no typing and takes no nonsense."""

    template_name = "components/signers.html"

    def __init__(self, groups: tuple[str, ...]) -> None:
        """``groups`` are those that may sign."""
        super().__init__()
        self.groups = groups

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> dict[str, str]:
        """Group → what was chosen."""
        del files
        return {group: str(data.get(f"{name}:{group}", "")) for group in self.groups}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        """A row for each group, with its numbers."""
        chosen = {str(group): str(count) for group, count in (value or {}).items()}
        most = max([SIGNERS_SHOWN, *map(_number, chosen.values())])
        rows = [
            {
                "group": group,
                "name": f"{name}:{group}",
                "id": f"id_{name}" + (f"_{number}" if number else ""),
                "options": [
                    (str(count), _persons(count), _number(chosen.get(group, "0")) == count) for count in range(most + 1)
                ],
            }
            for number, group in enumerate(self.groups)
        ]
        context = super().get_context(name, value, attrs)
        return {**context, "widget": {**context["widget"], "rows": rows}}

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        """The first group's list."""
        del index
        return id_ or ""


def _number(typed: str) -> int:
    """What more digits say is too many as well."""
    return int(typed[:DIGITS_READ]) if typed.isdecimal() else 0


def _persons(count: int) -> str:
    return "nobody" if not count else "1 person" if count == 1 else f"{count} persons"


class SignersField(forms.Field):
    """Group → how many persons of it must sign."""

    def to_python(self, value: Any) -> dict[str, int]:  # noqa: ANN401 - Django's signature
        """Groups of which somebody signs."""
        return {group: number for group, count in (value or {}).items() if (number := _number(count))}
