"""A link's token: what it is, what it is not, and what it yields."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.errors import PickupError
from grants.links import is_same, mint_token, private_key_of, public_key_of, token_digest

TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"  # the bytes 0 to 31

NO_TOKENS = [
    "",  # nothing
    TOKEN[:-1],  # cut by a mail client
    TOKEN + "A",  # a character too many
    TOKEN + "=",  # padded
    TOKEN[:-1] + "9",  # another spelling of the same bytes: the unused bits are set
    TOKEN[:-1] + "+",  # base64, but not base64url
    TOKEN[:-1] + "/",  # the same
    TOKEN[:-1] + "é",  # Latin
    TOKEN[:-1] + "\u0660",  # an Arabic digit
    TOKEN[:-1] + "\udc80",  # half a surrogate pair
    TOKEN[:-1] + "\n",  # a line break where a character belongs
    TOKEN + "\n",  # a line break after it
    " " + TOKEN[1:],  # a space
    "\0" * 43,  # NUL
    "A" * 100_000,  # somebody's novel
]


def test_a_token_is_43_characters_of_base64url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", mint_token())


def test_no_two_tokens_are_alike() -> None:
    assert len({mint_token() for _ in range(1_000)}) == 1_000


def test_the_digest_is_the_sha256_of_the_token() -> None:
    assert token_digest(TOKEN) == hashlib.sha256(TOKEN.encode()).digest()


def test_a_token_is_recognised_by_its_digest_and_no_other_is() -> None:
    digest = token_digest(TOKEN)
    assert is_same(digest=digest, token=TOKEN)
    assert not is_same(digest=digest, token=mint_token())
    assert not is_same(digest=b"", token=TOKEN)


def test_the_key_pair_belongs_together_and_is_the_same_every_time() -> None:
    assert private_key_of(TOKEN).public_key().public_bytes_raw() == public_key_of(TOKEN)
    # Fixed for ever: links that are on their way must open after an upgrade.
    assert public_key_of(TOKEN).hex() == "4faa67613e93602d4766036fea467bfe921579494457d3eaec80ab6de5971a5e"


def test_every_token_has_its_own_key() -> None:
    assert len({public_key_of(mint_token()) for _ in range(50)}) == 50


def test_the_private_key_is_not_the_token_itself() -> None:
    assert private_key_of(TOKEN).private_bytes_raw() != bytes(range(32))


@pytest.mark.parametrize("text", NO_TOKENS)
def test_what_is_no_token_is_a_pickup_error_and_nobodys(text: str) -> None:
    for ask in (token_digest, public_key_of, private_key_of):
        with pytest.raises(PickupError) as refused:
            ask(text)
        assert refused.value.code == "link_unknown"
        assert not text or text not in str(refused.value)
    assert not is_same(digest=token_digest(TOKEN), token=text)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert is_same(digest=token_digest(TOKEN), token=text) is (text == TOKEN)
