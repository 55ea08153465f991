"""What the vendor register, freezing, reminders and webhooks do, done with the rights of the process that does it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from grants.flows.choose_notices import choose_notices
from grants.flows.people import freeze_person, revoke_held
from grants.flows.remind import remind_due
from grants.flows.revoke_many import deny_tag
from grants.flows.set_rule import set_rule
from grants.flows.vendors import VendorFields, accept_terms, close_vendor, edit_vendor, register_vendor, reopen_vendor
from grants.flows.webhooks import gather_events, make_webhook, send_delivery, stop_webhook, try_webhook
from grants.models import Grant, User, VendorTerms, WebhookDelivery
from tests.factories import World, make_contractor, make_request, make_revealed, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


@contextmanager
def signed_in_as(role: str) -> Iterator[None]:
    """The same database, as one of its other roles."""
    url, known = urlsplit(os.environ[f"{role.upper()}_URL"]), dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(USER=url.username, PASSWORD=url.password)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(USER=known["USER"], PASSWORD=known["PASSWORD"])


def test_the_web_role_keeps_the_register_closes_a_vendor_and_has_its_sessions_denied(world: World) -> None:
    make_revealed(world)
    now = timezone.now()
    fields = VendorFields(
        "Beta", now + timedelta(days=9), sponsors=[world.alice.email], month_hours=9, terms="Be kind."
    )
    with signed_in_as("daypass_web"):
        beta = register_vendor(fields=fields, by=world.ada, now=now)
        edit_vendor(slug=beta.slug, fields=fields, by=world.ada, now=now)
        dora = make_contractor("dora", beta)
        accept_terms(by=dora, digest=VendorTerms.objects.get().digest, now=now)
        close_vendor(slug=world.vendor.slug, by=world.ada, reason="Over.", now=now)
        for _ in range(2):
            deny_tag(kind="vendor", slug=world.vendor.slug, by=world.ada, reason="Over.", now=now)
        reopen_vendor(slug=world.vendor.slug, by=world.ada, reason="Again.", now=now)
    assert Grant.objects.get().state == "revoked"


def test_the_web_role_sets_limits_asks_under_their_locks_and_freezes(world: World) -> None:
    now = timezone.now()
    with signed_in_as("daypass_web"):
        for template in (None, world.template.pk):
            set_rule(template_id=template, live_max=5, daily_max=5, escalate_to="", by=world.ada, now=now)
        choose_notices(by=world.bob, choices={"decided": True}, now=now)
        make_request(world)
    held = make_revealed(world)
    with signed_in_as("daypass_web"):
        freeze_person(user_id=world.carol.pk, by=world.bob, reason="Stolen.", now=now)
        revoke_held(user_id=world.carol.pk, references=[held.reference], by=world.bob, reason="Stolen.", now=now)
    assert not User.objects.get(pk=world.carol.pk).is_active


def test_the_worker_role_reminds_escalates_and_tells(world: World) -> None:
    now = timezone.now()
    make_request(world, now=now - timedelta(days=2))
    make_revealed(world)
    with signed_in_as("daypass_worker"):
        assert remind_due(now=now) == 3


def test_a_webhook_is_made_by_the_web_role_and_fed_by_the_worker_role(world: World) -> None:
    now = timezone.now()
    with signed_in_as("daypass_web"):
        made = make_webhook(by=world.ada, name="Chat", url="https://localhost/", group="", now=now)
        try_webhook(webhook_id=made.webhook.pk, by=world.ada, now=now)
        make_request(world)
    with signed_in_as("daypass_worker"):
        assert gather_events(now=now) == 1
        for row in WebhookDelivery.objects.all():
            send_delivery(delivery_id=row.pk, clock=timezone.now)
    assert set(WebhookDelivery.objects.values_list("tries", "last_error")) == {(1, "the host's address is not public")}
    with signed_in_as("daypass_web"):
        stop_webhook(webhook_id=made.webhook.pk, by=world.ada, now=now)
