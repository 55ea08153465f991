"""A mail that cannot be written is kept with its reason, tried a few times and given up, not taken up for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants.flows.deliver import deliver_mail
from grants.flows.revoke import revoke_grant
from grants.models import AuditEvent, OutboxMail
from tests.factories import make_issued, make_world

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
        deliver_mail(mail_id=mail.pk, clock=lambda at=hours: timezone.now() + timedelta(hours=at))  # type: ignore[misc]  # mypy takes no default of a lambda's
    mail.refresh_from_db()
    assert mail.state == "rejected"
    assert AuditEvent.objects.filter(kind="mail.given_up").count() == 1


def test_a_link_that_opens_nothing_any_more_is_not_sent() -> None:
    """Revoked while the mail server was away: a dead link would only confuse. Its token is wiped, on record."""
    world = make_world()
    issued = make_issued(world)
    revoke_grant(reference=issued.grant.reference, by=world.bob, reason="Wrong person.", now=timezone.now())
    mail = OutboxMail.objects.get(event="link_ready")
    deliver_mail(mail_id=mail.pk, clock=timezone.now)
    mail.refresh_from_db()
    assert (mail.state, mail.sealed, mail.sent_at) == ("cancelled", None, None)
    assert '"grant":"revoked"' in AuditEvent.objects.get(kind="mail.cancelled").payload
