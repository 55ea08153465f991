"""Picking up: once, with link and code, and nothing for anybody else."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants.errors import (
    CannotOpenError,
    LinkExpiredError,
    LinkLockedError,
    LinkRevokedError,
    LinkUsedError,
    NotEligibleError,
    PickupError,
    WrongCodeError,
)
from grants.flows.open_link import open_link
from grants.flows.reveal import Revealed, find_link, reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.models import (
    AuditEvent,
    Denial,
    Grant,
    OutboxMail,
    PickupLink,
    SealedCredential,
    User,
    Vendor,
    VendorTerms,
)
from grants.values import Origin, Shown
from tests.factories import SECRET, SESSION, Issued, World, make_issued, make_world

pytestmark = pytest.mark.django_db
HERE = Origin("192.0.2.7", "curl/8")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def issued(world: World) -> Issued:
    return make_issued(world)


def reveal(issued: Issued, **changes: object) -> Revealed:
    values = {
        "link_id": issued.link.pk,
        "token": issued.token,
        "shown": Shown(code=issued.code),
        "origin": HERE,
        "now": timezone.now(),
    }
    shown = reveal_credentials(**{**values, **changes})  # type: ignore[arg-type]  # one dict of several types
    assert isinstance(shown, Revealed)
    return shown


def test_link_and_code_show_the_credentials_and_wipe_them(issued: Issued) -> None:
    credentials = reveal(issued).credentials
    assert (credentials.secret_access_key, credentials.session_token) == (SECRET, SESSION)
    sealed = SealedCredential.objects.get()
    assert sealed.ciphertext is None
    assert sealed.wiped_at
    assert Grant.objects.get().state == "revealed"


def test_the_link_that_is_spent_is_looked_up_without_reading_every_link_that_lives(issued: Issued) -> None:
    with CaptureQueriesContext(connection) as asked:
        reveal(issued)
    (spent,) = [query["sql"] for query in asked if 'UPDATE "grants_pickuplink"' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {spent}")
        plan = str(cursor.fetchall())
    assert "using grants_pickuplink_pkey" in plan
    assert "link_one_live_per_grant" not in plan


def test_the_code_may_be_typed_as_people_type_it(issued: Issued) -> None:
    typed = f" {issued.code[:4].lower()}-{issued.code[4:].lower()} ".replace("0", "o")
    assert reveal(issued, shown=Shown(code=typed)).grant.state == "revealed"


def test_a_second_reveal_is_refused_and_says_so(issued: Issued) -> None:
    reveal(issued)
    with pytest.raises(LinkUsedError):
        reveal(issued)
    assert AuditEvent.objects.filter(kind="link.refused").count() == 1


def test_a_wrong_token_and_an_unknown_link_get_the_same_answer(issued: Issued) -> None:
    for changes in ({"token": "x" * 43}, {"token": None}, {"token": "é"}, {"link_id": uuid4()}):
        with pytest.raises(PickupError) as refused:
            reveal(issued, **changes)
        assert type(refused.value) is PickupError
    assert Grant.objects.get().state == "issued"


def test_five_wrong_codes_lock_the_link_and_the_right_one_comes_too_late(issued: Issued) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCodeError) as wrong:
            reveal(issued, shown=Shown(code="WRONGC0D"))
        assert wrong.value.left == left
    with pytest.raises(LinkLockedError):
        reveal(issued, shown=Shown(code="WRONGC0D"))
    with pytest.raises(LinkLockedError):
        reveal(issued)
    assert SealedCredential.objects.get().ciphertext is None
    assert Grant.objects.get().state == "revoked"
    warned = set(OutboxMail.objects.filter(event="link_locked").values_list("to_address", flat=True))
    assert warned == {"carol@acme-robotics.example", "bob@daypass.example"}


def test_a_link_that_is_too_old_shows_nothing(issued: Issued) -> None:
    with pytest.raises(LinkExpiredError):
        reveal(issued, now=issued.link.expires_at)


def test_a_revoked_grant_shows_nothing(issued: Issued, world: World) -> None:
    revoke_grant(reference=issued.grant.reference, by=world.bob, reason="Wrong person.", now=timezone.now())
    with pytest.raises(LinkRevokedError):
        reveal(issued)


@pytest.mark.parametrize("why", ["account", "vendor", "contract", "terms"])
def test_whoever_may_not_receive_it_gets_nothing_at_the_door_and_nothing_is_used_up(
    issued: Issued, world: World, why: str
) -> None:
    ends_at, vendors = world.vendor.contract_ends_at, Vendor.objects.filter(pk=world.vendor.pk)
    digest = hashlib.sha256(b"Be kind.").hexdigest()
    terms = VendorTerms.objects.create(vendor=world.vendor, text="Be kind.", digest=digest, written_at=timezone.now())
    spoil = {
        "account": lambda: User.objects.filter(pk=world.carol.pk).update(is_active=False),
        "vendor": lambda: vendors.update(is_active=False),
        "contract": lambda: vendors.update(contract_ends_at=timezone.now()),
        "terms": lambda: vendors.update(terms=terms),
    }
    spoil[why]()
    for _ in range(6):
        with pytest.raises(NotEligibleError) as refused:
            reveal(issued)
        assert refused.value.why == why
    assert AuditEvent.objects.filter(kind="link.refused", payload__contains="not_eligible").count() == 6
    vendors.update(is_active=True, contract_ends_at=ends_at, terms=None)
    User.objects.filter(pk=world.carol.pk).update(is_active=True)
    assert reveal(issued).grant.state == "revealed"


def test_a_key_that_is_missing_uses_nothing_up(issued: Issued, settings: object) -> None:
    keys = settings.SEALING_KEYS  # type: ignore[attr-defined]  # only there at run time
    settings.SEALING_KEYS = {"other": bytes(range(32))}  # type: ignore[attr-defined]  # only there at run time
    with pytest.raises(CannotOpenError):
        reveal(issued)
    assert PickupLink.objects.get().used_at is None
    settings.SEALING_KEYS = keys  # type: ignore[attr-defined]  # only there at run time
    assert reveal(issued).grant.state == "revealed"


def test_two_swapped_ciphertexts_do_not_open(world: World) -> None:
    first, second = make_issued(world), make_issued(world)
    ours, theirs = (SealedCredential.objects.get(grant=each.grant) for each in (first, second))
    with connection.cursor() as cursor:  # the owner alone can do it
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE grants_sealedcredential DISABLE TRIGGER sealed_is_wiped_once")
        SealedCredential.objects.filter(pk=ours.pk).update(ciphertext=theirs.ciphertext)
        cursor.execute("ALTER TABLE grants_sealedcredential ENABLE TRIGGER sealed_is_wiped_once")
    with pytest.raises(CannotOpenError):
        reveal(first)
    assert Grant.objects.get(pk=first.grant.pk).state == "issued"


def test_opening_a_link_is_an_audit_fact_and_nothing_else(issued: Issued) -> None:
    before = list(PickupLink.objects.values())
    for _ in range(20):
        assert open_link(token=issued.token, origin=HERE, now=timezone.now()).pk == issued.link.pk
    assert list(PickupLink.objects.values()) == before
    assert AuditEvent.objects.filter(kind="link.opened").count() == 1


def test_the_page_says_who_and_until_when_but_not_what(issued: Issued) -> None:
    view = find_link(link_id=issued.link.pk, token=issued.token, now=timezone.now())
    assert view.vendor_name == "Acme Robotics"
    assert "acme-drop" not in repr(view)


def test_revoking_after_the_reveal_wants_a_deny_for_its_name(issued: Issued, world: World) -> None:
    reveal(issued)
    revoke_grant(
        reference=issued.grant.reference, by=world.bob, reason="Laptop lost.", now=timezone.now() + timedelta(seconds=1)
    )
    assert Denial.objects.get().userid == f"111122223333:dp-{issued.grant.reference}-1"
    assert Grant.objects.get().state == "revoked"
