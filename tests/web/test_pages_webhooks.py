"""The webhooks' pages: the secret once, the log, the test, the end."""

import pytest
from django.test import Client
from django.utils import timezone

from grants.flows.webhooks import gather_events
from grants.models import Webhook, WebhookDelivery
from tests.factories import World, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
FORM = {"name": "Chat", "url": "https://hooks.example/daypass", "group": "approvers"}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


def test_the_secret_is_shown_once(ada: Client) -> None:
    assert "No other system is told anything" in read(ada.get("/webhooks/")).words
    page = read(ada.post("/webhooks/new/", FORM))
    shown = page.soup.select_one("#secret")
    assert shown is not None
    secret = shown.get_text(strip=True)
    assert secret.startswith("whsec_")
    hook = Webhook.objects.get()
    for path in ("/webhooks/", f"/webhooks/{hook.pk}/"):
        assert secret not in str(read(ada.get(path)).soup)


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("url", "http://x.example"), ("url", ""), ("group", "x")])
def test_what_is_wrong_is_said_at_its_field(ada: Client, field: str, value: str) -> None:
    page = read(ada.post("/webhooks/new/", FORM | {field: value}), 422)
    assert f"id_{field}" in page.error_links
    assert not Webhook.objects.exists()


def test_the_log_says_what_became_of_each_message(world: World, ada: Client) -> None:
    ada.post("/webhooks/new/", FORM)
    hook = Webhook.objects.get()
    there = f"/webhooks/{hook.pk}/"
    assert "Nothing was sent yet" in read(ada.get(there)).words
    make_request(world)
    gather_events(now=timezone.now())
    WebhookDelivery.objects.update(tries=1, last_error="answered 503", answer=503)
    assert "A test is on its way" in read(ada.post(f"{there}test/", follow=True)).words
    words = read(ada.get(there)).words
    assert "grant.requested" in words
    assert "answered 503" in words
    assert "webhook.test" in words


def test_a_stopped_one_says_so_and_has_no_buttons(ada: Client) -> None:
    ada.post("/webhooks/new/", FORM)
    there = f"/webhooks/{Webhook.objects.get().pk}/"
    page = read(ada.post(f"{there}stop/", follow=True))
    assert "Chat is stopped" in page.words
    assert "Send a test" not in page.words
    assert not page.soup.select("main form")
    read(ada.post(f"{there}stop/"), 409)
