"""The pages of a used link: who opened it, hand it back, raise the alarm."""

from http import HTTPStatus

import pytest
from django.test import Client

from grants.models import Denial, Grant
from tests.factories import Issued, make_issued, make_world
from tests.web.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(client: Client) -> Issued:
    issued = make_issued(make_world())
    path = client.get(f"/pickup/open/{issued.token}/").headers["Location"]
    client.post(path, {"code": issued.code})
    return issued


def end_path(issued: Issued) -> str:
    return f"/pickup/{issued.link.pk}/end/"


def test_the_used_page_says_when_and_from_where_and_leads_to_the_way_out(client: Client, used: Issued) -> None:
    page = read(client.get(f"/pickup/{used.link.pk}/"), HTTPStatus.GONE)
    assert "127.0.0.1" in page.words
    assert page.soup.select_one(f'a[href="{end_path(used)}"]')


def test_looking_ends_nothing(client: Client, used: Issued) -> None:
    read(client.get(end_path(used)))
    assert Grant.objects.get().state == "revealed"


@pytest.mark.parametrize(("what", "words"), [("done", "handed back"), ("disowned", "alarm is raised")])
def test_either_button_with_the_code_has_aws_refuse_the_session(
    client: Client, used: Issued, what: str, words: str
) -> None:
    assert words in read(client.post(end_path(used), {"code": used.code, "what": what})).words
    assert Denial.objects.count() == 1
    assert "over already" in read(client.get(end_path(used))).words


@pytest.mark.parametrize("typed", [{}, {"code": "WRONGC0D"}, {"what": ""}], ids=["no code", "wrong", "no button"])
def test_without_code_or_button_nothing_ends(client: Client, used: Issued, typed: dict[str, str]) -> None:
    data = {"what": "disowned", **typed} if "what" not in typed else {"code": used.code, **typed}
    read(client.post(end_path(used), data), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert Grant.objects.get().state == "revealed"


def test_ending_it_twice_says_that_it_is_over(client: Client, used: Issued) -> None:
    client.post(end_path(used), {"code": used.code, "what": "done"})
    assert client.post(end_path(used), {"code": used.code, "what": "done"}).status_code == HTTPStatus.CONFLICT


def test_without_the_link_there_is_no_such_page(used: Issued) -> None:
    read(Client().get(end_path(used)), HTTPStatus.NOT_FOUND)
    read(Client().post(end_path(used), {"code": used.code, "what": "done"}), HTTPStatus.NOT_FOUND)


def test_a_link_that_nobody_used_has_no_such_page(client: Client) -> None:
    issued = make_issued(make_world())
    client.get(f"/pickup/open/{issued.token}/")
    read(client.get(end_path(issued)), HTTPStatus.NOT_FOUND)
