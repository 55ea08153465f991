"""Test with STS by the real worker: a call on record, three sizes, no credentials anywhere, STS's own words."""

import pytest

from tests.browser import Browser
from tests.people import known_people, sign_in_staff
from tests.tasks.company import Company

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def ada(whole_company: Company) -> Browser:
    people = {person["email"]: person for person in known_people(whole_company.stack.state)}
    whole_company.forget_limits()
    return sign_in_staff(whole_company.base, people["ada@daypass.example"])


def draft(ada: Browser, name: str, **changes: str) -> str:
    """The page of a fresh draft."""
    page = ada.get("/templates/new/bucket/")
    fields = {"name": name, "buckets": "acme-drop", "prefix": "out/", "bundle": "read", "signers:approvers": "1"}
    ada.submit(page, button="Save as draft", **{**fields, **changes}).expect("The draft is saved")
    return "/templates/" + name.lower().replace(" ", "-") + "/"


def ask(company: Company, ada: Browser, path: str) -> dict[str, object]:
    """Press the button and wait until the worker has written what STS said."""
    ada.submit(ada.get(path), button="Test with STS")
    query = (
        "SELECT a.* FROM grants_templatetest t JOIN grants_issueattempt a ON a.id = t.attempt_id"
        " WHERE t.slug = %s AND a.outcome <> 'pending' ORDER BY t.asked_at DESC"
    )
    slug = path.strip("/").split("/")[-1]
    company.until(lambda: bool(company.rows(query, slug)), f"{slug} tested")
    return company.rows(query, slug)[0]


def test_the_sizes_are_kept_and_the_credentials_are_not(company: Company, ada: Browser) -> None:
    path = draft(ada, "Size shelf")
    attempt = ask(company, ada, path)
    assert str(attempt["name"]).startswith("dry-")
    assert (attempt["outcome"], attempt["purpose"], attempt["seconds"]) == ("discarded", "dry run", 900)
    assert attempt["packed_policy_size"]
    assert attempt["token_size"]
    assert attempt["token_utilization"]
    assert company.rows("SELECT 1 FROM grants_sealedcredential WHERE attempt_id = %s", attempt["id"]) == []
    calls = company.control.calls(operation="GetFederationToken")
    asked = [call["parameters"] for call in calls if call["parameters"]["Name"] == attempt["name"]]
    assert [int(parameters["DurationSeconds"]) for parameters in asked] == [900]
    ada.get(path).expect("STS takes this draft")


def test_the_call_is_on_record_before_and_after(company: Company, ada: Browser) -> None:
    attempt = ask(company, ada, draft(ada, "Record shelf"))
    kinds = company.rows("SELECT kind FROM grants_auditevent WHERE subject = 'record-shelf' ORDER BY seq")
    said = [row["kind"] for row in kinds]
    assert said == ["template.drafted", "template.test_asked", "template.test_began", "template.test_ended"]
    assert attempt["error_code"] == ""


def test_what_sts_refuses_is_said_in_its_own_words_and_not_published(company: Company, ada: Browser) -> None:
    company.control.add_fault("packed_policy_too_large", operation="GetFederationToken")
    path = draft(ada, "Too large shelf")
    attempt = ask(company, ada, path)
    assert (attempt["outcome"], attempt["error_code"]) == ("failed", "sts_policy_too_large")
    page = ada.get(path).expect("STS refused this draft.")
    page.expect("Packed policy consumes")
    ada.get(f"{path}publish/").expect("STS has not accepted exactly this draft")


def test_a_draft_that_passed_is_published_and_can_be_asked_for(company: Company, ada: Browser) -> None:
    path = draft(ada, "Whole way shelf", vendors="acme-robotics")
    ask(company, ada, path)
    ada.submit(ada.get(f"{path}publish/"), button="Publish version").expect("Version 1 is published.")
    company.carol.get("/requests/new/").expect("Whole way shelf")
    ada.get(path).expect("Version 1")
