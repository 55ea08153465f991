"""Somebody leaves while somebody else decides on what they asked for: both finish, neither waits for the other."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grants import audit, ledger
from grants.errors import WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.people.leave import close_account
from grants.models import Grant
from tests.factories import World, make_request, make_world

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20


def leave_slowly(world: World, moved: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carol leaves, and after her first grant has moved there is time for everybody else."""
    move = ledger.move_grant

    def move_slowly(**what: object) -> None:
        move(**what)  # type: ignore[arg-type]  # one dict of several types
        if what["event"] == "grant.withdrawn" and not moved.is_set():
            moved.set()
            threading.Event().wait(1)

    monkeypatch.setattr(ledger, "move_grant", move_slowly)
    with transaction.atomic():
        close_account(user=world.carol, actor=audit.OPERATOR, now=timezone.now())


def test_an_approval_in_the_middle_of_leaving_deadlocks_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world, moved, said = make_world(), threading.Event(), []
    grants = [make_request(world).grant for _ in range(4)]

    def approve(grant: Grant) -> None:
        moved.wait(SECONDS)
        try:
            approve_grant(
                reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now()
            )
        except Exception as error:  # noqa: BLE001 - the database's own word is what this is about
            said.append(type(error))
        finally:
            connection.close()

    approvers = [threading.Thread(target=approve, args=(grant,)) for grant in grants]
    for each in approvers:
        each.start()
    leave_slowly(world, moved, monkeypatch)
    for each in approvers:
        each.join(SECONDS)
    assert said == [WrongStateError] * 4
    assert set(Grant.objects.values_list("state", flat=True)) == {"withdrawn"}
