"""How often what happens with every grant asks the database: each statement is a journey there and back.

Of a burst and of a reveal the statements are the larger part of the cost, so that one more has to be meant. The number
holds the first and the last of a transaction, which a test has as a savepoint.
"""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants.errors import PickupError
from grants.flows.deliver import deliver_mail
from grants.flows.issue.begin import Begun, begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.reveal import reveal_credentials
from grants.models import Grant, OutboxMail
from grants.values import Origin, Shown
from tests.factories import make_approved, make_issued, make_minted, make_world

pytestmark = pytest.mark.django_db


def statements_of(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [" ".join(query["sql"].split())[:60] for query in captured]


def outcome_of(act: Callable[[], object]) -> object:
    try:
        return act()
    except PickupError as refusal:
        return refusal


def begin(grant: Grant) -> Begun:
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    return begun


def finish(begun: Begun) -> None:
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(seconds=begun.seconds))
    finish_minted(begun=begun, minted=minted, now=timezone.now())


def test_beginning_an_attempt_takes_three() -> None:
    """All that decides it, all that is written, and the wait for the disk; in a test, around the first, a savepoint."""
    grant = make_approved(make_world())
    found = statements_of(lambda: begin(grant))
    assert len(found) == 3 + 2, found


def test_finishing_one_takes_one() -> None:
    """All that is written, on the condition that nothing has happened meanwhile; in a test, around it, a savepoint."""
    begun = begin(make_approved(make_world()))
    found = statements_of(lambda: finish(begun))
    assert len(found) == 1 + 2, found


def test_delivering_a_mail_takes_two() -> None:
    """The claim, and that it was sent; each commits by itself. In a test, around the second, a savepoint."""
    make_issued(make_world())
    mail = OutboxMail.objects.get(event="link_ready")
    found = statements_of(lambda: deliver_mail(mail_id=mail.pk, clock=timezone.now))
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("sent", "")
    assert len(found) == 2 + 2, found


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
def test_a_code_at_a_link_takes_two(*, is_right: bool) -> None:
    """All that decides it with what is sealed, and all that is written; in a test, around them, a savepoint."""
    issued = make_issued(make_world())
    shown, here = Shown(code=issued.code if is_right else "WRONGC0D"), Origin(None, "")

    def try_code() -> object:
        return reveal_credentials(
            link_id=issued.link.pk, token=issued.token, shown=shown, origin=here, now=timezone.now()
        )

    found = statements_of(lambda: outcome_of(try_code))
    assert len(found) == 2 + 2, found


def test_the_page_of_a_reveal_asks_nothing_more(client: Client) -> None:
    issued = make_issued(make_world())
    client.get(f"/pickup/open/{issued.token}/")
    path = f"/pickup/{issued.link.pk}/"
    answers = []
    found = statements_of(lambda: answers.append(client.post(path, {"code": issued.code})))
    assert answers[0].status_code == HTTPStatus.OK
    assert len(found) == 2 + 2, found
