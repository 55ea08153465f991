"""Linking an account with the company's own sign-in: who may, what it takes, and what it never does."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from grants.models import AuditEvent, CompanyLink, OutboxMail, User
from portal.embedded.openid import Company
from tests.factories import World, make_world
from tests.web.company import LINK, choose, company_of, employee, way_in
from tests.web.signing_in import enrol_totp, sign_in_contractor, sign_in_staff

pytestmark = pytest.mark.django_db
BOB = "employee-bob@daypass.example"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def company(world: World) -> Iterator[Company]:
    people = [employee(user.email) for user in (world.bob, world.bea)]
    with company_of(*people, employee(world.bob.email, subject="unverified", is_email_verified=False)) as running:
        yield running


def begin_link(client: Client, user: User) -> dict[str, str]:
    """Signed in with the second factor, which is shown once more."""
    secret = enrol_totp(user)
    sign_in_staff(client, user, secret)
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**records[-1], "reauthenticated": True}]
    session.save()
    return way_in(client.post(LINK, {"do": "link"}).content.decode())


def test_staff_link_their_account_once_and_hear_of_it(client: Client, world: World, company: Company) -> None:
    answer = client.get(choose(company, begin_link(client, world.bob), BOB), follow=True)
    assert b"Linked. From now on" in answer.content
    row = CompanyLink.objects.get()
    assert (row.user, row.issuer, row.subject) == (world.bob, company.issuer, BOB)
    assert OutboxMail.objects.get(event="account_changed").context["what"] == "company_sign-in_linked"
    assert '"mfa":"totp"' in AuditEvent.objects.get(kind="company.linked").payload
    client.post(LINK, {"do": "unlink"})
    assert not CompanyLink.objects.exists()
    assert AuditEvent.objects.filter(kind="company.unlinked").exists()


def test_linking_asks_for_the_second_factor_again(client: Client, world: World, company: Company) -> None:
    del company
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    for answer in (client.get(LINK), client.post(LINK, {"do": "link"})):
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_somebody_elses_sign_in_cannot_be_linked(client: Client, world: World, company: Company) -> None:
    answer = client.get(choose(company, begin_link(client, world.bob), "employee-bea@daypass.example"))
    assert b"company_other_address" in answer.content
    assert not CompanyLink.objects.exists()


def test_an_unverified_address_cannot_be_linked(client: Client, world: World, company: Company) -> None:
    answer = client.get(choose(company, begin_link(client, world.bob), "unverified"))
    assert b"company_mail_unverified" in answer.content
    assert not CompanyLink.objects.exists()


def test_one_person_of_the_company_has_one_account(client: Client, world: World, company: Company) -> None:
    CompanyLink.objects.create(user=world.bea, issuer=company.issuer, subject=BOB, linked_at=timezone.now())
    answer = client.get(choose(company, begin_link(client, world.bob), BOB))
    assert b"company_taken" in answer.content
    assert CompanyLink.objects.get().user == world.bea


def test_the_answer_links_the_account_that_set_out_and_no_other(client: Client, world: World, company: Company) -> None:
    back = choose(company, begin_link(client, world.bob), BOB)
    client.post("/accounts/logout/")
    assert b"company_too_old" in client.get(back).content
    assert not CompanyLink.objects.exists()


def test_a_contractor_has_no_such_page_and_no_such_button(client: Client, world: World, company: Company) -> None:
    del company
    sign_in_contractor(client, world.carol)
    assert client.get(LINK).status_code == HTTPStatus.NOT_FOUND
    assert b"company-title" not in client.get("/accounts/2fa/").content


def test_the_database_links_staff_only_and_changes_no_link(world: World) -> None:
    row = {"issuer": "https://login.example", "subject": "one", "linked_at": timezone.now()}
    with pytest.raises(IntegrityError, match="active staff"), transaction.atomic():
        CompanyLink.objects.create(user=world.carol, **row)
    CompanyLink.objects.create(user=world.bob, **row)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        CompanyLink.objects.update(subject="two")
