"""A mail that cannot be written is kept with its reason, tried a few times and given up, not taken up for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants.flows.deliver import deliver_mail
from grants.models import AuditEvent, OutboxMail

pytestmark = pytest.mark.django_db


def make_mail(event: str) -> OutboxMail:
    now = timezone.now()
    return OutboxMail.objects.create(
        event=event, to_address="carol@acme.example", context={}, created_at=now, due_at=now
    )


def test_it_says_why_and_is_tried_later() -> None:
    mail = make_mail("no_such_event")
    deliver_mail(mail_id=mail.pk, clock=timezone.now)
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("queued", "cannot be written: TemplateDoesNotExist")
    assert mail.due_at > timezone.now()


def test_it_is_given_up_in_the_end_and_on_record() -> None:
    mail = make_mail("no_such_event")
    for hours in (0, 1, 20, 37):
        deliver_mail(mail_id=mail.pk, clock=lambda at=hours: timezone.now() + timedelta(hours=at))  # type: ignore[misc]
    mail.refresh_from_db()
    assert mail.state == "rejected"
    assert AuditEvent.objects.filter(kind="mail.given_up").count() == 1
