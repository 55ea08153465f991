"""The shape that flows, gateways, tasks and errors share, read from their source."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import grants
from grants.errors import FieldError, GrantError

GRANTS = Path(grants.__file__).parent
TASK_LINES = 8


def public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def everywhere(folder: str) -> dict[str, ast.FunctionDef]:
    paths = sorted((GRANTS / folder).glob("*.py"))
    return {f"{path.stem}.{function.name}": function for path in paths for function in public_functions(path)}


VERBS = everywhere("flows") | everywhere("gateways")


def classes_below(base: type[GrantError]) -> list[type[GrantError]]:
    return [base, *(found for child in base.__subclasses__() for found in classes_below(child))]


@pytest.mark.parametrize("name", VERBS)
def test_flows_and_gateways_take_their_arguments_by_name(name: str) -> None:
    """A value in the wrong place is the bug that grants the wrong thing; a single one cannot be swapped."""
    assert len(VERBS[name].args.args) <= 1


def test_every_flow_file_has_a_verb() -> None:
    for path in (GRANTS / "flows").glob("[a-z]*.py"):
        assert list(public_functions(path)), path.name


def test_tasks_are_doorbells() -> None:
    """At most one argument, an id, and at most eight lines: what is decided is decided in a flow."""
    for function in public_functions(GRANTS / "tasks.py"):
        body = [node for node in function.body if not isinstance(getattr(node, "value", None), ast.Constant)]
        assert len(function.args.args + function.args.kwonlyargs) <= 1, function.name
        assert (body[-1].end_lineno or 0) - body[0].lineno < TASK_LINES, function.name


def test_an_error_is_known_by_its_code() -> None:
    codes = Counter(error.code for error in classes_below(GrantError))
    assert [code for code, count in codes.items() if count > 1] == []


def test_every_refusal_says_what_happened_and_what_to_do() -> None:
    for error in set(classes_below(GrantError)) - {GrantError, FieldError}:
        assert error.sentence.endswith("."), error
        assert error.way_on.endswith("."), error
        assert 400 <= error.status < 600, error
