"""One template of each kind in the demo, issued by the real worker: each works on the stand-in."""

import pytest

from portal.embedded.documents import DOCUMENTS
from tests.tasks.company import REASON, Company

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(240)]
OPERATIONS = {
    "acme-drop-collect-results",
    "northwinds-shared-data",
    "acme-drop-one-report",
    "acme-results-for-analysts",
}


def test_every_kind_is_there() -> None:
    assert {document["kind"] for document in DOCUMENTS} == {"bucket", "shared", "managed", "session", "custom"}


def ask(company: Company, slug: str) -> str:
    path = f"/requests/new/{slug}/"
    page = company.carol.submit(company.carol.get(path), action="check", hours="1", reason=REASON, ticket="OPS-42")
    found = company.carol.submit(page, action="send").expect("pickup code").soup.find(class_="ref")
    assert found
    reference = found.get_text(strip=True)
    company.approve(reference)
    return reference


@pytest.mark.parametrize("slug", sorted(OPERATIONS))
def test_a_template_of_the_demo_is_asked_for_signed_and_issued(company: Company, slug: str) -> None:
    reference = ask(company, slug)
    company.until_state(reference, "issued")
    assert [call["outcome"] for call in company.calls_for(reference)] == ["ok"]


def test_the_session_waits_for_the_code_of_its_device(company: Company) -> None:
    reference = ask(company, "shared-data-as-its-own-user")
    company.until_state(reference, "awaiting MFA code")
