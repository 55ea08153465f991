"""Webhooks: from the audit log to a receiver, each message once, tried again for a day, stopped at once."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import FieldError, NotAllowedError, WrongStateError
from grants.flows.webhooks import Made, gather_events, make_webhook, send_delivery, stop_webhook, try_webhook
from grants.models import AuditEvent, AuditPersonal, Webhook, WebhookDelivery
from tests.database import connect_as
from tests.factories import REASON, World, make_approved, make_request, make_revealed, make_world
from tests.gateways.receiver import Receiver, running_receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with running_receiver(tmp_path) as running:
        yield running


def make(world: World, url: str = "https://hooks.example/", **changes: Any) -> Made:
    given = {"name": "Chat", "group": "", "by": world.ada, "now": timezone.now(), **changes}
    return make_webhook(url=url, **given)


def send_all(receiver: Receiver, now: datetime | None = None) -> None:
    for pk in WebhookDelivery.objects.filter(state="queued").order_by("seq").values_list("pk", flat=True):
        send_delivery(delivery_id=pk, clock=lambda: now or timezone.now(), door=receiver.door)


def test_the_audit_log_names_the_host_of_a_webhook_and_not_the_address_which_may_be_a_secret(world: World) -> None:
    make(world, "https://hooks.slack.example/services/T0/B0/of-this-test")
    event = AuditEvent.objects.get(kind="webhook.made")
    kept = AuditPersonal.objects.filter(event=event.pk).values_list("value", flat=True)
    assert "hooks.slack.example" in str(list(kept))
    assert "of-this-test" not in str(list(kept)) + event.payload


def test_what_happens_to_a_grant_reaches_the_receiver_signed_and_without_a_person(
    world: World, receiver: Receiver
) -> None:
    made = make(world, receiver.url)
    grant = make_approved(world)
    gather_events(now=timezone.now())
    send_all(receiver)
    told = [json.loads(got["body"]) for got in receiver.got]
    assert [(each["event"], each["state"]) for each in told] == [
        ("grant.requested", "approved"),
        ("grant.approved", "approved"),
    ]
    assert {each["grant"] for each in told} == {grant.reference}
    assert not [word for word in (world.carol.email, "Carol", REASON, world.bob.email) if word in str(receiver.got)]
    got = receiver.got[1]
    at, event_id = got["headers"]["Daypass-Timestamp"], got["headers"]["Daypass-Event-Id"]
    signed = f"{at}.{event_id}.".encode() + got["body"]
    wanted = hmac.new(made.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert got["headers"]["Daypass-Signature"] == f"v1={wanted}"
    assert set(WebhookDelivery.objects.values_list("state", "answer")) == {("sent", 200)}


def test_each_event_is_told_once_however_often_one_looks(world: World) -> None:
    make(world)
    make_approved(world)
    assert [gather_events(now=timezone.now()) for _ in range(3)] == [2, 0, 0]
    row = WebhookDelivery.objects.latest("seq")
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(
            webhook=row.webhook, seq=row.seq, event="grant.x", body="{}", created_at=row.created_at, due_at=row.due_at
        )


def test_what_happened_before_it_was_made_is_not_told(world: World) -> None:
    make_revealed(world)
    make(world)
    assert gather_events(now=timezone.now()) == 0


def test_a_group_hears_of_what_it_signs_for(world: World) -> None:
    make(world, group="approvers")
    make(world, name="Auditors", group="auditors")
    make_request(world)
    gather_events(now=timezone.now())
    assert list(WebhookDelivery.objects.values_list("webhook__name", flat=True)) == ["Chat"]


def test_a_receiver_that_is_down_gets_the_same_message_later_with_a_new_time(world: World, receiver: Receiver) -> None:
    make(world, receiver.url)
    make_request(world)
    now = timezone.now()
    gather_events(now=now)
    receiver.status = 503
    send_all(receiver, now)
    send_all(receiver, now)  # too early: nothing is sent
    row = WebhookDelivery.objects.get()
    assert (row.state, row.tries, row.last_error, row.due_at) == (
        "queued",
        1,
        "answered 503",
        now + timedelta(minutes=1),
    )
    receiver.status = 204
    send_all(receiver, now + timedelta(minutes=1))
    first, second = (got["headers"] for got in receiver.got)
    assert first["Daypass-Event-Id"] == second["Daypass-Event-Id"] == str(row.pk)
    assert int(second["Daypass-Timestamp"]) - int(first["Daypass-Timestamp"]) == 60
    assert WebhookDelivery.objects.get().state == "sent"


def test_after_a_day_it_is_given_up_and_on_record(world: World, receiver: Receiver) -> None:
    make(world, receiver.url)
    make_request(world)
    receiver.status = 500
    now = timezone.now()
    gather_events(now=now)
    send_all(receiver, now + timedelta(hours=25))
    assert WebhookDelivery.objects.get().state == "given_up"
    assert AuditEvent.objects.filter(kind="webhook.given_up").exists()


def test_a_test_is_sent_at_once_and_logged(world: World, receiver: Receiver) -> None:
    made = make(world, receiver.url)
    delivery = try_webhook(webhook_id=made.webhook.pk, by=world.ada, now=timezone.now())
    send_all(receiver)
    told = json.loads(receiver.got[0]["body"])
    assert (told["id"], told["event"], told["text"]) == (str(delivery.pk), "webhook.test", "This is a test.")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.answer) == ("sent", 200)


def test_a_stopped_webhook_hears_nothing_and_what_waited_is_given_up(world: World, receiver: Receiver) -> None:
    made = make(world, receiver.url)
    make_request(world)
    gather_events(now=timezone.now())
    stop_webhook(webhook_id=made.webhook.pk, by=world.ada, now=timezone.now())
    make_request(world)
    assert gather_events(now=timezone.now()) == 0
    send_all(receiver)
    assert receiver.got == []
    assert WebhookDelivery.objects.get().last_error == "the webhook was stopped"
    with pytest.raises(WrongStateError):
        try_webhook(webhook_id=made.webhook.pk, by=world.ada, now=timezone.now())


def test_the_secret_rests_sealed_to_the_mail_worker(world: World) -> None:
    made = make(world)
    hook = Webhook.objects.get()
    assert made.secret.encode() not in bytes(hook.sealed)
    assert made.secret not in repr(made)
    assert made.secret not in " ".join(AuditEvent.objects.values_list("payload", flat=True))


@pytest.mark.parametrize("who", ["bob", "otto", "alice", "carol"])
def test_only_a_template_admin_makes_one(world: World, who: str) -> None:
    with pytest.raises(NotAllowedError):
        make(world, by=getattr(world, who))


@pytest.mark.parametrize(
    ("field", "changes"),
    [("url", {"url": "http://hooks.example/"}), ("name", {"name": " "}), ("group", {"group": "nobody"})],
)
def test_what_is_wrong_is_said_at_its_field(world: World, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as error:
        make(world, **changes)
    assert error.value.field == field


def test_two_of_one_name_cannot_stand_and_the_database_wants_https(world: World) -> None:
    make(world)
    with pytest.raises(FieldError):
        make(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.update(url="http://hooks.example/")


QUEUE = """INSERT INTO grants_webhookdelivery (id, webhook_id, event, seq, body, state, tries, created_at, due_at,
    last_error)
SELECT gen_random_uuid(), w.id, %s, %s, %s, 'queued', 0, now(), now(), '' FROM grants_webhook w"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("event", "seq", "body"),
    [
        ("grant.approved", 4711, '{"event": "grant.approved"}'),
        ("grant.approved", None, '{"event": "grant.approved"}'),
        ("webhook.test", None, '{"event": "grant.approved"}'),
        ("webhook.test", 4711, ""),
    ],
)
def test_a_web_process_that_was_taken_over_has_nothing_signed_but_a_test(
    world: World, event: str, seq: int | None, body: str
) -> None:
    make(world)
    with connect_as("daypass_web") as web:
        with pytest.raises(Exception, match=r"worker.s to write|delivery_tells_of"):
            web.execute(QUEUE, [event, seq, body])
        web.execute(QUEUE, ["webhook.test", None, ""])
    assert WebhookDelivery.objects.get().event == "webhook.test"
