"""Two approvers over one request: whoever comes second is told what happened meanwhile."""

from tests.e2e.acts import approve, ask
from tests.e2e.conftest import Open


def test_a_denial_of_what_somebody_else_has_approved_says_who_and_keeps_the_grant(visit: Open) -> None:
    carol, bob, bea = visit("carol"), visit("bob"), visit("bea")
    reference = ask(carol).reference
    bob.go(f"/approvals/{reference}/")
    approve(bea, reference, "bea")
    bob.write("Reason for denying", "One hour is enough.")
    bob.press("Deny")
    bob.expect("This request has moved on in the meantime")
    bob.expect("What happened since it was asked for: Approved")
    bob.expect("by Bea Brandt")
    assert bob.page.get_by_role("button", name="Deny").count() == 0


def test_a_signature_under_a_withdrawn_request_says_so(visit: Open) -> None:
    carol, bob = visit("carol"), visit("bob")
    reference = ask(carol).reference
    bob.go(f"/approvals/{reference}/")
    carol.go(f"/requests/{reference}/")
    carol.press("Withdraw this request")
    bob.page.get_by_text("This has changed since you opened the page.").wait_for(timeout=25_000)
    bob.expect("Withdrawn by the requester")
    bob.press("Approve")
    bob.expect("What happened since it was asked for: Withdrawn by the requester")


def test_an_approver_asks_the_requester_answers_and_the_open_card_says_so(visit: Open) -> None:
    carol, bob, bea = visit("carol"), visit("bob"), visit("bea")
    reference = ask(carol).reference
    bea.go(f"/approvals/{reference}/")
    bob.go(f"/approvals/{reference}/")
    bob.write("Your question", "Why do you need to write?")
    bob.press("Send the question")
    bob.expect("waits for an answer")
    carol.go("/requests/")
    carol.expect("a question for you")
    carol.go(f"/requests/{reference}/")
    carol.write("Your answer", "To put a marker beside each file.")
    carol.press("Send the answer")
    carol.expect("Answered by")
    bea.page.get_by_text("This has changed since you opened the page.").wait_for(timeout=25_000)
    bea.follow("Read it as it is now")
    bea.expect("To put a marker beside each file.")
