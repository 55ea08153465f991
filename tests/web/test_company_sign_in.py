"""The company's own sign-in: whom it lets in, whom it does not, and what it takes to make it do so."""

import json
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from grants.flows.people import Wanted, change_at_once
from grants.models import AuditEvent, CompanyLink, User
from grants.models.person_change import ChangeKind
from portal.embedded.openid import Company
from tests.factories import World, make_world
from tests.web.company import SIGN_IN, choose, come_in, company_of, employee, set_out
from tests.web.signing_in import enrol_totp, totp_code

pytestmark = pytest.mark.django_db
BOB, ELSE = "employee-bob@daypass.example", "somebody-else"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def company(world: World) -> Iterator[Company]:
    people = [employee(user.email) for user in (world.bob, world.bea, world.carol)]
    people += [employee("nobody@daypass.example"), employee(world.bob.email, subject=ELSE)]
    people += [employee(world.bob.email, subject="unverified", is_email_verified=False)]
    with company_of(*people) as running:
        yield running


@pytest.fixture
def bob(world: World, company: Company) -> str:
    """Bob, who has linked his account; the answer is the secret of his authenticator."""
    CompanyLink.objects.create(user=world.bob, issuer=company.issuer, subject=BOB, linked_at=timezone.now())
    return enrol_totp(world.bob)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def facts_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(AuditEvent.objects.filter(kind=kind).latest("seq").payload)["facts"]
    return found


# --- signing in -------------------------------------------------------------------------------------------------------


def test_linked_staff_sign_in_at_the_company_and_show_the_second_factor_here(
    client: Client, world: World, company: Company, bob: str
) -> None:
    answer = come_in(client, company, BOB, next="/approvals/")
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    done = client.post("/accounts/2fa/authenticate/", {"code": totp_code(bob)})
    assert done["Location"] == "/approvals/"
    assert client.session["_auth_user_id"] == str(world.bob.pk)
    assert facts_of("company.vouched")["issuer"] == company.issuer


@pytest.mark.usefixtures("bob")
def test_the_second_factor_is_not_the_companys_to_show(client: Client, company: Company) -> None:
    come_in(client, company, BOB)
    assert client.get("/approvals/").status_code == HTTPStatus.FOUND
    assert not is_in(client)


@pytest.mark.usefixtures("bob")
def test_an_address_in_capitals_is_the_same_mailbox(client: Client, company: Company) -> None:
    company.twist.claims = {"email": "Bob@Daypass.Example"}
    assert come_in(client, company, BOB).status_code == HTTPStatus.FOUND


def other_issuer(_: Company) -> dict[str, Any]:
    return {"iss": "https://login.evil.example"}


def other_audience(_: Company) -> dict[str, Any]:
    return {"aud": "another-client"}


def two_audiences(_: Company) -> dict[str, Any]:
    return {"aud": ["daypass", "another-client"]}


def other_party(_: Company) -> dict[str, Any]:
    return {"azp": "another-client"}


def expired(_: Company) -> dict[str, Any]:
    return {"exp": int(time.time()) - 60}


def without_end(_: Company) -> dict[str, Any]:
    return {"exp": None}


def from_the_future(_: Company) -> dict[str, Any]:
    return {"iat": int(time.time()) + 600}


def other_nonce(_: Company) -> dict[str, Any]:
    return {"nonce": "A" * 43}


def without_nonce(_: Company) -> dict[str, Any]:
    return {"nonce": None}


def foreign_key(company: Company) -> dict[str, Any]:
    company.twist.has_foreign_key = True
    return {}


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(
    "wrong",
    [
        other_issuer,
        other_audience,
        two_audiences,
        other_party,
        expired,
        without_end,
        from_the_future,
        other_nonce,
        without_nonce,
        foreign_key,
    ],
)
def test_a_token_that_does_not_hold_signs_nobody_in_and_is_on_record(
    client: Client, company: Company, wrong: Callable[[Company], dict[str, Any]]
) -> None:
    company.twist.claims = wrong(company)
    answer = come_in(client, company, BOB)
    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    assert b"company_answer" in answer.content
    assert b"Back to sign in" in answer.content
    assert not is_in(client)
    assert facts_of("company.refused")["code"] == "company_answer"


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_company_has_not_verified_opens_nothing(
    client: Client, company: Company, verified: object
) -> None:
    company.twist.claims = {"email_verified": verified}
    answer = come_in(client, company, BOB)
    assert (answer.status_code, b"company_mail_unverified" in answer.content) == (HTTPStatus.FORBIDDEN, True)
    assert not is_in(client)


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        ("employee-nobody@daypass.example", {}),  # no account
        ("employee-carol@acme-robotics.example", {}),  # a contractor's
        ("employee-bea@daypass.example", {}),  # staff, not linked
        (ELSE, {}),  # bob's address, but not the person who linked: the company gave it to somebody else
        (BOB, {"email": "robert@daypass.example"}),  # the person, but no longer the address
        (BOB, {"email": "b\u00f6b@daypass.example"}),
        (BOB, {"email": None}),
    ],
)
def test_whoever_is_not_linked_gets_one_and_the_same_answer(
    client: Client, company: Company, subject: str, claims: dict[str, Any]
) -> None:
    company.twist.claims, known = claims, User.objects.count()
    answer = come_in(client, company, subject)
    assert User.objects.count() == known
    assert (answer.status_code, b"company_not_linked" in answer.content) == (HTTPStatus.FORBIDDEN, True)
    assert not is_in(client)
    assert facts_of("company.refused")["code"] == "company_not_linked"


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_closed_account_and_one_that_is_no_longer_staff_look_like_none(
    client: Client, world: World, company: Company, change: dict[str, bool]
) -> None:
    User.objects.filter(pk=world.bob.pk).update(**change)
    assert b"company_not_linked" in come_in(client, company, BOB).content
    assert not is_in(client)


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("kind", [ChangeKind.LEAVE, ChangeKind.RESET])
def test_leaving_and_a_reset_undo_the_link(world: World, kind: ChangeKind) -> None:
    change_at_once(wanted=Wanted(kind, world.bob.email), reason="They left.", now=timezone.now())
    assert not CompanyLink.objects.exists()


# --- the way there and back -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bob")
def test_an_answer_is_taken_once(client: Client, company: Company) -> None:
    back = choose(company, set_out(client), BOB)
    assert client.get(back).status_code == HTTPStatus.FOUND
    again = client.get(back)
    assert (again.status_code, b"company_too_old" in again.content) == (HTTPStatus.CONFLICT, True)


@pytest.mark.usefixtures("bob")
def test_an_answer_is_worth_nothing_in_another_browser(client: Client, company: Company) -> None:
    back = choose(company, set_out(client), BOB)
    other = Client()
    assert b"company_too_old" in other.get(back).content
    assert not is_in(other)


@pytest.mark.usefixtures("bob")
def test_a_code_that_belongs_to_another_way_out_is_refused_by_its_challenge(client: Client, company: Company) -> None:
    theirs = choose(company, set_out(Client()), BOB)
    ours = set_out(client)
    code = theirs.partition("code=")[2].partition("&")[0]
    answer = client.get(f"/accounts/company/callback/?code={code}&state={ours['state']}")
    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    assert not is_in(client)


@pytest.mark.usefixtures("bob")
def test_an_answer_that_names_another_issuer_is_not_taken_to_ours(client: Client, company: Company) -> None:
    back = choose(company, set_out(client), BOB).partition("&iss=")[0]
    assert b"company_declined" in client.get(f"{back}&iss=https://login.evil.example").content


@pytest.mark.usefixtures("bob")
def test_looking_at_the_way_back_with_head_uses_nothing_up(client: Client, company: Company) -> None:
    back = choose(company, set_out(client), BOB)
    assert client.head(back).status_code == HTTPStatus.OK
    assert client.get(back).status_code == HTTPStatus.FOUND


def test_whoever_says_no_at_the_company_reads_so(client: Client, company: Company) -> None:
    answer = come_in(client, company, "")
    assert (answer.status_code, b"company_declined" in answer.content) == (HTTPStatus.FORBIDDEN, True)


def test_the_way_out_has_state_nonce_and_a_challenge_and_comes_back_to_the_public_address(
    client: Client, company: Company
) -> None:
    del company
    first, second = set_out(client), set_out(client)
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 43
        assert first[name] != second[name]
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{settings.PUBLIC_URL}/accounts/company/callback/"


@pytest.mark.usefixtures("company")
def test_opening_the_way_out_begins_nothing(client: Client) -> None:
    assert client.get(SIGN_IN).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "company_errands" not in client.session


@pytest.mark.usefixtures("company")
def test_a_foreign_page_cannot_begin_it() -> None:
    assert Client(enforce_csrf_checks=True).post(SIGN_IN).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("bob")
def test_the_way_back_leads_nowhere_else(client: Client, company: Company) -> None:
    come_in(client, company, BOB, next="https://evil.example/")
    assert not client.session["account_login"].get("redirect_url")


def test_a_provider_that_names_another_issuer_in_its_description_is_not_asked(client: Client, company: Company) -> None:
    company.twist.discovery = {"issuer": "https://login.evil.example"}
    assert b"company_answer" in client.post(SIGN_IN).content


def test_an_endpoint_without_tls_is_not_asked(client: Client, company: Company) -> None:
    company.twist.discovery = {"authorization_endpoint": "http://login.evil.example/authorize"}
    assert b"company_answer" in client.post(SIGN_IN).content


def test_a_company_that_cannot_be_reached_is_said_to_be_so(client: Client) -> None:
    with company_of():
        gone = settings.OPENID_PROVIDER
    with override_settings(OPENID_PROVIDER=gone):
        answer = client.post(SIGN_IN)
    assert (answer.status_code, b"company_unreachable" in answer.content) == (HTTPStatus.SERVICE_UNAVAILABLE, True)


@pytest.mark.usefixtures("company")
def test_a_flood_is_stopped(client: Client) -> None:
    answers = [client.get("/accounts/company/callback/?state=x") for _ in range(41)]
    assert answers[-2].status_code == HTTPStatus.CONFLICT
    assert answers[-1].status_code == HTTPStatus.TOO_MANY_REQUESTS


# --- configured or not ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_nothing_of_it_is_there_unless_it_is_configured(client: Client) -> None:
    assert b"accounts/company" not in client.get("/accounts/login/").content
    assert client.post(SIGN_IN).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/accounts/company/callback/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("company")
def test_the_sign_in_page_has_the_button_with_the_companys_name(client: Client) -> None:
    page = client.get("/accounts/login/?next=/approvals/").content.decode()
    assert "Sign in with Example Corp" in page
    assert page.count('value="/approvals/"') == 2
