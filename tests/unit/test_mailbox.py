"""Which addresses are one mailbox, and which domains are anybody's."""

import pytest

from grants.policy.mailbox import canonical_address, canonical_domain, domain_of, is_free_mail, mailbox_of


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Carol@ACME.example ", "carol@acme.example"),
        ("o'brien+s3@acme.example", "o'brien+s3@acme.example"),
        ("carol@acme", None),
        ("carol@acme.example.", None),
        ("carol@-acme.example", None),
        ("carol@@acme.example", None),
        ("carol acme@acme.example", None),
        ("carol@acme.example\nbcc: x@y.example", None),
        ("\u212aarol@acme.example", None),  # the Kelvin sign, whose small letter is an ASCII k
        ("carol@acme.ex\u0430mple", None),  # a Cyrillic a
        ("", None),
    ],
)
def test_an_address_is_plain_small_letters_or_none(typed: str, address: str | None) -> None:
    assert canonical_address(typed) == address


@pytest.mark.parametrize("address", ["carol+s3@acme.example", "carol+a+b@acme.example", "carol+@acme.example"])
def test_what_stands_behind_a_plus_is_the_same_mailbox(address: str) -> None:
    assert mailbox_of(address) == "carol@acme.example"


def test_a_name_that_is_only_a_tag_stays_what_it_is() -> None:
    assert mailbox_of("+tag@acme.example") == "+tag@acme.example"


@pytest.mark.parametrize(("domain", "is_free"), [("gmail.com", True), ("eu.gmail.com", True), ("notgmail.com", False)])
def test_a_free_mail_domain_and_what_is_below_it_is_anybodys(domain: str, is_free: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_free_mail(domain) == is_free


def test_a_domain_is_read_with_or_without_its_sign() -> None:
    assert canonical_domain(" @Acme.example ") == "acme.example"
    assert canonical_domain("acme") is None
    assert domain_of("carol@acme.example") == "acme.example"
