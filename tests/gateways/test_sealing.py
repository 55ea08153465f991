"""Sealing: who can open what, and that nobody else can."""

import secrets
import uuid
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from grants.errors import SealError
from grants.gateways import sealing
from grants.gateways.sealing import SealingKeyMissingError
from grants.links import mint_token, public_key_of
from grants.values import SealedBox

SECRET = b"canary secret access key"
INFO = b"grant 1, attempt 1"
GRANT = uuid.UUID(int=1)


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> Settings:
    mail = X25519PrivateKey.generate()
    settings.SEALING_KEYS = {"k1": secrets.token_bytes(32)}
    settings.MAIL_SEALING_PUBLIC_KEY = ("m1", mail.public_key().public_bytes_raw())
    settings.MAIL_SEALING_KEYS = {"m1": mail.private_bytes_raw()}
    settings.PICKUP_CODE_KEY = secrets.token_bytes(32)
    return settings


def link_box(token: str, info: bytes = INFO) -> SealedBox:
    return sealing.seal_for_link(plaintext=SECRET, public_key=public_key_of(token), info=info)


def changed_at(sealed: bytes, place: int) -> bytes:
    return sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]


def does_not_open(box: SealedBox, token: str, info: bytes = INFO) -> bool:
    with pytest.raises(SealError) as refused:
        sealing.open_for_link(box=box, token=token, info=info)
    return refused.value.__cause__ is None and SECRET.decode() not in str(refused.value)


# --- to a link ------------------------------------------------------------------


def test_who_holds_the_link_reads_what_was_sealed_to_it() -> None:
    token = mint_token()
    box = link_box(token)
    assert sealing.open_for_link(box=box, token=token, info=INFO) == SECRET
    assert box.key_id == "k1"
    assert SECRET not in box.ciphertext


def test_sealing_twice_shows_nothing_in_common() -> None:
    token = mint_token()
    first, second = link_box(token).ciphertext, link_box(token).ciphertext
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]


def test_another_link_opens_nothing() -> None:
    assert does_not_open(link_box(mint_token()), mint_token())


def test_what_is_no_token_opens_nothing() -> None:
    assert does_not_open(link_box(mint_token()), "../../etc/passwd")


def test_two_swapped_ciphertexts_do_not_open() -> None:
    token = mint_token()  # one link even, so that only the binding tells them apart
    one, other = link_box(token, b"grant 1"), link_box(token, b"grant 2")
    assert does_not_open(other, token, b"grant 1")
    assert does_not_open(one, token, b"grant 2")


def test_any_byte_changed_and_it_does_not_open() -> None:
    token = mint_token()
    box = link_box(token)
    for place in range(len(box.ciphertext)):
        assert does_not_open(SealedBox("k1", changed_at(box.ciphertext, place)), token)


def test_a_shortened_ciphertext_does_not_open() -> None:
    token = mint_token()
    box = link_box(token)
    for length in (0, 5, 12, 28, len(box.ciphertext) - 1):
        assert does_not_open(SealedBox("k1", box.ciphertext[:length]), token)


def test_the_link_alone_opens_nothing_without_the_environment(keys: Settings) -> None:
    token = mint_token()
    box = link_box(token)
    keys.SEALING_KEYS = {"k1": secrets.token_bytes(32)}
    assert does_not_open(box, token)


def test_a_rotated_key_still_opens_and_the_new_one_seals(keys: Settings) -> None:
    token = mint_token()
    box = link_box(token)
    keys.SEALING_KEYS = {"k2": secrets.token_bytes(32)} | keys.SEALING_KEYS
    assert sealing.open_for_link(box=box, token=token, info=INFO) == SECRET
    assert link_box(token).key_id == "k2"


def test_a_key_rotated_out_too_early_is_named_and_can_come_back(keys: Settings) -> None:
    token = mint_token()
    box = link_box(token)
    before, keys.SEALING_KEYS = keys.SEALING_KEYS, {"k2": secrets.token_bytes(32)}
    with pytest.raises(SealingKeyMissingError, match="k1") as refused:
        sealing.open_for_link(box=box, token=token, info=INFO)
    assert refused.value.retryable
    keys.SEALING_KEYS |= before
    assert sealing.open_for_link(box=box, token=token, info=INFO) == SECRET


def test_the_same_key_under_another_id_does_not_open(keys: Settings) -> None:
    token = mint_token()
    box = link_box(token)
    keys.SEALING_KEYS |= {"k2": keys.SEALING_KEYS["k1"]}
    assert does_not_open(SealedBox("k2", box.ciphertext), token)


def test_a_byte_moved_from_the_binding_to_the_key_id_does_not_open(keys: Settings) -> None:
    token = mint_token()
    box = link_box(token, b"grant x")
    keys.SEALING_KEYS |= {"xk1": keys.SEALING_KEYS["k1"]}
    assert does_not_open(SealedBox("xk1", box.ciphertext), token, b"grant ")


@pytest.mark.parametrize(
    "public_key",
    [
        b"",  # none
        bytes(31),  # too short
        bytes(32),  # a point of low order, to which everybody could open
    ],
)
def test_nothing_is_sealed_to_an_unusable_key(public_key: bytes) -> None:
    with pytest.raises(SealError):
        sealing.seal_for_link(plaintext=SECRET, public_key=public_key, info=INFO)


# --- to the mail worker ------------------------------------------------------------


def test_the_mail_worker_reads_what_others_sealed_to_it(keys: Settings) -> None:
    box = sealing.seal_for_mail(plaintext=SECRET, info=INFO)
    assert sealing.open_for_mail(box=box, info=INFO) == SECRET
    keys.MAIL_SEALING_KEYS = {}  # every other process
    with pytest.raises(SealError):
        sealing.open_for_mail(box=box, info=INFO)


def test_two_swapped_mails_do_not_open() -> None:
    box = sealing.seal_for_mail(plaintext=SECRET, info=b"mail 1")
    with pytest.raises(SealError):
        sealing.open_for_mail(box=box, info=b"mail 2")


def test_any_byte_of_a_mail_changed_and_it_does_not_open() -> None:
    box = sealing.seal_for_mail(plaintext=SECRET, info=INFO)
    for place in range(len(box.ciphertext)):
        with pytest.raises(SealError):
            sealing.open_for_mail(box=SealedBox("m1", changed_at(box.ciphertext, place)), info=INFO)


def test_a_rotated_mail_key_still_opens(keys: Settings) -> None:
    box = sealing.seal_for_mail(plaintext=SECRET, info=INFO)
    after = X25519PrivateKey.generate()
    keys.MAIL_SEALING_KEYS = {"m2": after.private_bytes_raw()} | keys.MAIL_SEALING_KEYS
    keys.MAIL_SEALING_PUBLIC_KEY = ("m2", after.public_key().public_bytes_raw())
    assert sealing.open_for_mail(box=box, info=INFO) == SECRET
    assert sealing.seal_for_mail(plaintext=SECRET, info=INFO).key_id == "m2"


# --- at rest --------------------------------------------------------------------------


def rest(purpose: str = "session", aad: bytes = b"row 1") -> bytes:
    return sealing.seal_at_rest(plaintext=SECRET, purpose=purpose, aad=aad)


def test_what_rests_opens_for_its_purpose_and_row_alone() -> None:
    sealed = rest()
    assert sealing.open_at_rest(sealed=sealed, purpose="session", aad=b"row 1") == SECRET
    assert SECRET not in sealed
    for purpose, aad in (("totp", b"row 1"), ("session", b"row 2"), ("sessionr", b"ow 1")):
        with pytest.raises(SealError):
            sealing.open_at_rest(sealed=sealed, purpose=purpose, aad=aad)


def test_any_byte_at_rest_changed_and_it_does_not_open() -> None:
    sealed = rest()
    for place in range(len(sealed)):
        with pytest.raises(SealError):
            sealing.open_at_rest(sealed=changed_at(sealed, place), purpose="session", aad=b"row 1")


def test_what_rests_survives_a_rotation(keys: Settings) -> None:
    sealed = rest()
    keys.SEALING_KEYS = {"k2": secrets.token_bytes(32)} | keys.SEALING_KEYS
    assert sealing.open_at_rest(sealed=sealed, purpose="session", aad=b"row 1") == SECRET
    assert rest()[:4] == b"\x01\x02k2"


@pytest.mark.parametrize(
    "sealed",
    [
        b"",  # nothing
        b"\x01",  # the version alone
        b"\x02\x02k1" + bytes(40),  # another version
        b"\x01\xff",  # longer than it is
        b"\x01\x02\xff\xfe" + bytes(40),  # an id that is no text
        b"\x01\x00" + bytes(40),  # no id
        b"\x01\x02k1",  # an id and nothing else
    ],
)
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealError):
        sealing.open_at_rest(sealed=sealed, purpose="session", aad=b"row 1")


@run_with(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plaintext=st.binary(), purpose=st.text(st.characters(codec="utf-8")), aad=st.binary())
def test_whatever_is_sealed_opens_as_itself(plaintext: bytes, purpose: str, aad: bytes) -> None:
    sealed = sealing.seal_at_rest(plaintext=plaintext, purpose=purpose, aad=aad)
    assert sealing.open_at_rest(sealed=sealed, purpose=purpose, aad=aad) == plaintext


# --- codes and missing keys --------------------------------------------------------------


def test_a_code_has_one_digest_however_it_is_typed() -> None:
    digest = sealing.code_digest(code="AB10-CD10", grant_id=GRANT)
    assert len(digest) == 32
    assert sealing.code_digest(code=" abio cdlo ", grant_id=GRANT) == digest


def test_another_code_another_grant_or_another_key_is_another_digest(keys: Settings) -> None:
    digest = sealing.code_digest(code="ABCD1234", grant_id=GRANT)
    assert sealing.code_digest(code="ABCD1235", grant_id=GRANT) != digest
    assert sealing.code_digest(code="ABCD1234", grant_id=uuid.UUID(int=2)) != digest
    keys.PICKUP_CODE_KEY = secrets.token_bytes(32)
    assert sealing.code_digest(code="ABCD1234", grant_id=GRANT) != digest


def test_no_typing_breaks_the_digest() -> None:
    for typed in ("", "\udc80", "\0", "é" * 10_000):
        assert len(sealing.code_digest(code=typed, grant_id=GRANT)) == 32


WITHOUT = [
    ("SEALING_KEYS", {}, lambda: link_box(mint_token())),  # no key at all
    ("SEALING_KEYS", {"k1": b"short"}, rest),  # too weak
    ("SEALING_KEYS", {"k1": b""}, rest),  # empty
    ("MAIL_SEALING_PUBLIC_KEY", ("", b""), lambda: sealing.seal_for_mail(plaintext=SECRET, info=INFO)),  # not set
    ("PICKUP_CODE_KEY", b"", lambda: sealing.code_digest(code="ABCD1234", grant_id=GRANT)),  # not this process's
]


@pytest.mark.parametrize(("setting", "value", "use"), WITHOUT)
def test_without_a_key_nothing_is_sealed(
    keys: Settings, setting: str, value: object, use: Callable[[], object]
) -> None:
    setattr(keys, setting, value)
    with pytest.raises(SealingKeyMissingError):
        use()
