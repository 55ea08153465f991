"""The recipient ends their own access, or says that it was somebody else; nobody without the code can."""

import pytest
from django.utils import timezone

from grants.errors import EndLockedError, PickupError, WrongCodeError, WrongStateError
from grants.flows.hand_back import find_used_link, hand_back_grant
from grants.flows.reveal import reveal_credentials
from grants.models import AuditEvent, Denial, Grant, OutboxMail, PickupLink
from grants.values import Origin, Shown
from tests.factories import Issued, make_issued, make_world

pytestmark = pytest.mark.django_db
HERE = Origin("192.0.2.7", "curl/8")


@pytest.fixture
def used() -> Issued:
    issued = make_issued(make_world())
    reveal_credentials(
        link_id=issued.link.pk, token=issued.token, shown=Shown(code=issued.code), origin=HERE, now=timezone.now()
    )
    return issued


def hand_back(issued: Issued, *, code: str = "", disowned: bool = False, token: str = "") -> Grant:
    return hand_back_grant(
        link_id=issued.link.pk,
        token=token or issued.token,
        shown=Shown(code=code or issued.code),
        disowned=disowned,
        origin=HERE,
        now=timezone.now(),
    )


def test_handing_back_has_aws_refuse_the_session(used: Issued) -> None:
    assert hand_back(used).state == "revoked"
    assert Denial.objects.get().userid.endswith(f"dp-{used.grant.reference}-1")
    assert AuditEvent.objects.filter(kind="grant.handed_back").count() == 1


def test_disowning_tells_both_sides(used: Issued) -> None:
    hand_back(used, disowned=True)
    warned = set(OutboxMail.objects.filter(event="grant_disowned").values_list("to_address", flat=True))
    assert warned == {"carol@acme-robotics.example", "bob@daypass.example"}
    assert AuditEvent.objects.filter(kind="grant.disowned").count() == 1


def test_whoever_has_only_the_mail_ends_nothing(used: Issued) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCodeError) as wrong:
            hand_back(used, code="WRONGC0D", disowned=True)
        assert wrong.value.left == left
    with pytest.raises(EndLockedError):
        hand_back(used, code="WRONGC0D", disowned=True)
    with pytest.raises(EndLockedError):
        hand_back(used)
    assert Grant.objects.get().state == "revealed"
    assert AuditEvent.objects.filter(kind="link.refused").count() == 5
    warned = set(OutboxMail.objects.filter(event="end_locked").values_list("to_address", flat=True))
    assert warned == {"carol@acme-robotics.example", "bob@daypass.example"}


def test_wrong_codes_before_the_reveal_do_not_silence_the_alarm() -> None:
    issued = make_issued(make_world())
    PickupLink.objects.update(tries=4)
    reveal_credentials(
        link_id=issued.link.pk, token=issued.token, shown=Shown(code=issued.code), origin=HERE, now=timezone.now()
    )
    PickupLink.objects.update(tries=5)
    assert hand_back(issued, disowned=True).state == "revoked"


def test_a_foreign_token_looks_like_none(used: Issued) -> None:
    with pytest.raises(PickupError):
        hand_back(used, token="x" * 43)


def test_what_is_over_is_not_ended_again(used: Issued) -> None:
    hand_back(used)
    with pytest.raises(WrongStateError):
        hand_back(used)
    assert find_used_link(link_id=used.link.pk, token=used.token).is_over


def test_a_link_that_was_not_used_has_nothing_to_hand_back() -> None:
    issued = make_issued(make_world())
    with pytest.raises(PickupError):
        find_used_link(link_id=issued.link.pk, token=issued.token)
    with pytest.raises(WrongStateError):
        hand_back(issued)


def test_the_page_says_when_and_from_where_it_was_opened(used: Issued) -> None:
    link = find_used_link(link_id=used.link.pk, token=used.token)
    assert link.used_from == "192.0.2.7"
    assert link.used_at <= timezone.now()
