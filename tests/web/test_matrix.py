"""Every role at every address by GET and POST gets what the matrix says, and no address is missing from it."""

import copy
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from tests.web.crowd import ROLES, browser_of, every_pattern, make_crowd, make_objects, models_in_admin
from tests.web.matrix import MATRIX
from tests.web.matrix_rows import ANSWERS, Row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("absent_company")]


def test_every_address_has_a_row_in_the_matrix() -> None:
    assert sorted(every_pattern()) == sorted(row.pattern for row in MATRIX)


def test_every_row_has_a_letter_for_every_role() -> None:
    wrong = [row.pattern for row in MATRIX for cells in (row.get, row.post) if len(letters(cells)) != len(ROLES)]
    assert not wrong
    assert {letter for row in MATRIX for letter in letters(row.get + row.post)} <= set(ANSWERS)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_at_every_address_what_the_matrix_says(role: str) -> None:
    world, crowd = make_crowd()
    objects, browser = make_objects(world), browser_of(role, crowd[role])
    wrong = []
    for row in MATRIX:
        for known in objects_of(row, objects, role):
            for method, cells in (("GET", row.get), ("POST", row.post)):
                letter = letters(cells)[ROLES.index(role)]
                status, place = ANSWERS[letter]
                wanted = (status, row.to if letter == ">" else place)
                if (answer := ask(browser, method, row, known, wanted[1])) != wanted:
                    wrong.append(f"{method} {row.address.format(**known)}: {answer}, should be {wanted}")
    assert not wrong, "\n".join(wrong)


def letters(cells: str) -> str:
    return cells.replace(" ", "")


def objects_of(row: Row, objects: dict[str, str], role: str) -> Iterator[dict[str, str]]:
    """What stands in the address. A row about models stands for all, or for one if nobody special asks."""
    if "{model}" not in row.path:
        yield objects
        return
    for start, instance in list(models_in_admin())[: None if role == "root" else 1]:
        if instance is not None or "{row}" not in row.path:
            yield {**objects, "model": start, "row": str(instance and instance.pk)}


def ask(browser: Client, method: str, row: Row, known: dict[str, str], place: str) -> tuple[int, str]:
    """Status, and ``place`` where the answer leads to it; whatever it did is undone, so that rows do not meet."""
    data = {name: value.format(**known) for name, value in row.data.items()} if method == "POST" else None
    visitor = Client()
    visitor.cookies = copy.deepcopy(browser.cookies)
    with transaction.atomic():
        answer = getattr(visitor, method.lower())(row.address.format(**known), data)
        transaction.set_rollback(True)
    target = urlsplit(answer.headers.get("Location", "")).path
    return answer.status_code, place if place and target.startswith(place) else target
