"""Issuing by real workers: whatever happens on the way, one grant is one session, and nothing is lost."""

import os
import signal

import pytest

from portal.embedded.mail_faults import MailFault, MailTrouble
from tests.people import sign_in_contractor
from tests.smoke.s3 import Bucket, keys_of
from tests.tasks.company import Company

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(240)]


def test_what_was_approved_while_the_broker_was_down_is_issued_once_when_it_is_back(company: Company) -> None:
    company.stack.valkey.stop()
    try:
        references = [company.approved().reference for _ in range(20)]
        assert {company.grant(reference)["state"] for reference in references} == {"approved"}
    finally:
        company.stack.valkey.start()
    for reference in references:
        company.until_state(reference, "issued")
        assert [call["outcome"] for call in company.calls_for(reference)] == ["ok"]
        assert [attempt["outcome"] for attempt in company.attempts(reference)] == ["minted"]


def test_a_grant_that_aws_refuses_says_why_and_an_approver_can_let_it_be_tried_again(company: Company) -> None:
    company.control.add_fault("malformed_policy", operation="GetFederationToken")
    reference = company.approved().reference
    company.until_state(reference, "failed")
    assert "sts_malformed_policy" in company.status(reference).expect("Could not be issued").words
    company.bob.submit(company.bob.get("/grants/"), action=f"{reference}/retry")
    company.until_state(reference, "issued")
    names = [call["parameters"]["Name"] for call in company.calls_for(reference)]
    assert names == [f"dp-{reference}-1", f"dp-{reference}-2"]


def test_while_aws_refuses_the_issuer_its_grants_wait_and_then_go_on_by_themselves(company: Company) -> None:
    company.control.add_fault("access_denied", operation="GetFederationToken", times=None)
    reference = company.approved().reference
    company.until(lambda: len(company.attempts(reference)) == 1, f"{reference} tried")
    company.until_state(reference, "approved")
    company.status(reference).expect("AWS does not let us issue anything at the moment")
    company.heal()
    company.rows("UPDATE grants_issuercircuit SET probe_at = now() WHERE opened_at IS NOT NULL RETURNING 1")
    company.until_state(reference, "issued")
    assert [attempt["outcome"] for attempt in company.attempts(reference)] == ["failed", "minted"]


def test_a_throttled_grant_is_put_off_and_issued_under_a_new_name(company: Company) -> None:
    company.control.add_fault("throttle", operation="GetFederationToken", times=2)
    reference = company.approved().reference
    company.until(lambda: len(company.attempts(reference)) == 1, f"{reference} tried")
    company.until_state(reference, "approved")
    company.hurry()
    company.until(lambda: len(company.attempts(reference)) == 2, f"{reference} tried again")
    company.until_state(reference, "approved")
    company.hurry()
    company.until_state(reference, "issued")
    assert [attempt["error_code"] for attempt in company.attempts(reference)] == ["sts_throttled", "sts_throttled", ""]
    assert [call["parameters"]["Name"][-1] for call in company.calls_for(reference)] == ["1", "2", "3"]


def test_fifty_doorbells_are_one_session(company: Company) -> None:
    worker = company.stack.children["issue"].pid
    os.kill(worker, signal.SIGSTOP)
    try:
        reference = company.approved().reference
        for _ in range(50):
            company.ring("grants.issue", str(company.grant(reference)["id"]))
        assert company.waiting("issue") >= 50
    finally:
        os.kill(worker, signal.SIGCONT)
    company.link_of(reference)
    company.until(lambda: company.waiting("issue") == 0, "all taken")
    assert len(company.calls_for(reference)) == len(company.attempts(reference)) == 1
    assert len(company.mails_with_link(reference)) == 1


def test_a_mail_put_off_by_the_mail_server_comes_later_with_the_link_that_was_sealed(company: Company) -> None:
    company.trouble_mail(MailTrouble(fault=MailFault.LATER))
    asked = company.approved()
    company.until(lambda: company.link_mail(asked.reference)["last_error"] == "451 4.3.0", "put off")
    company.status(asked.reference).expect("We keep trying; the link stays the same")
    sealed = company.link_mail(asked.reference)["sealed"]
    assert company.mails_with_link(asked.reference) == []
    company.heal()
    assert company.link_mail(asked.reference)["sealed"] == sealed
    company.hurry()
    company.reveal(asked).expect("credentials")
    assert company.link_mail(asked.reference)["sealed"] is None


def test_a_mail_refused_for_good_is_flagged_and_its_link_wiped(company: Company) -> None:
    company.trouble_mail(MailTrouble(fault=MailFault.REFUSE))
    reference = company.approved().reference
    for tries in (1, 2, 3):
        company.until(lambda t=tries: company.link_mail(reference)["tries"] == t, f"try {tries}")  # type: ignore[misc]  # mypy takes no default of a lambda's
        company.until(lambda: bool(company.link_mail(reference)["last_error"]), "refused")
        company.hurry()
    company.until(lambda: company.link_mail(reference)["state"] == "rejected", "given up")
    assert company.link_mail(reference)["sealed"] is None
    company.status(reference).expect("refused the mail with the link for good")


def test_a_mail_whose_answer_was_lost_comes_twice_with_one_link(company: Company) -> None:
    company.trouble_mail(MailTrouble(fault=MailFault.DROP))
    reference = company.approved().reference
    company.until(lambda: bool(company.link_mail(reference)["last_error"]), "not known to have arrived")
    company.heal()
    company.hurry()
    company.until(lambda: company.link_mail(reference)["state"] == "sent", "sent")
    first, second = company.mails_with_link(reference)
    assert first == second


def test_whoever_comes_too_late_with_the_code_is_refused_and_on_record(company: Company) -> None:
    asked = company.approved()
    first, second = company.browser(), company.browser()
    pages = [browser.get(company.link_of(asked.reference)) for browser in (first, second)]
    answers = [b.submit(p, code=asked.code) for b, p in zip((first, second), pages, strict=True)]
    assert [answer.status for answer in answers] == [200, 410]
    query = "SELECT 1 FROM grants_auditevent WHERE subject = %s AND kind = 'link.refused'"
    assert len(company.rows(query, asked.reference)) == 1


def test_a_revoked_session_is_denied_by_the_revoke_worker_and_read_back(company: Company) -> None:
    asked = company.approved()
    keys = keys_of(company.reveal(asked).expect("credentials"))
    bucket = Bucket(str(company.stack.aws and company.stack.aws.recipient_endpoint_url), keys)
    assert bucket.get("in/readme.txt") == "read"
    start = company.control.last_sequence()
    page = company.bob.get(f"/grants/{asked.reference}/revoke/")
    company.bob.submit(page, action="revoke", reason="The work is done.")
    query = "SELECT 1 FROM grants_denial WHERE userid LIKE %s AND confirmed_at IS NOT NULL"
    company.until(lambda: bool(company.rows(query, f"%:dp-{asked.reference}-1")), "the Deny read back")
    operations = [call["operation"] for call in company.control.calls(since=start)]
    assert operations.count("PutUserPolicy") == 1
    assert "GetUserPolicy" in operations[operations.index("PutUserPolicy") :]
    assert bucket.get("in/readme.txt") == "AccessDenied"


def test_a_contractor_signs_in_with_a_mailed_code(company: Company) -> None:
    company.forget_limits()
    browser, code = sign_in_contractor(company.base, company.carol_email, company.inbox)
    assert browser.get("/requests/").status == 200
    browser._client.close()
    query = "SELECT context::text AS context, sealed FROM grants_outboxmail WHERE grant_id IS NULL AND state = 'sent'"
    assert all(code not in row["context"] and row["sealed"] is None for row in company.rows(query))


def test_what_nobody_has_picked_up_is_wiped_within_a_minute_of_its_links_end(company: Company) -> None:
    reference = company.approved().reference
    company.link_of(reference)
    grant = company.grant(reference)["id"]
    sealed = "SELECT ciphertext FROM grants_sealedcredential WHERE grant_id = %s"
    assert company.rows(sealed, grant)[0]["ciphertext"]
    company.rows("UPDATE grants_pickuplink SET expires_at = now() WHERE grant_id = %s RETURNING 1", grant)
    company.until(lambda: company.rows(sealed, grant)[0]["ciphertext"] is None, "wiped by the clock")
    company.until_state(reference, "expired")
