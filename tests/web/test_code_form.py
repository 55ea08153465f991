"""A code is read without making its form; what comes of it must be what the form would have made of it."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from grants.forms.pickup import RevealForm, read_try

CODES: Final = st.one_of(st.text(), st.text(min_size=38, max_size=44), st.sampled_from(["", " ", "7KQ2-M9XD", "a\0b"]))
TICKED: Final = st.sampled_from(["on", "", "0", "False", "true"])


@given(
    sent=st.fixed_dictionaries({}, optional={"code": CODES, "console": TICKED, "do": st.sampled_from(["afresh", ""])})
)
def test_what_was_sent_is_read_as_the_form_reads_it(sent: dict[str, str]) -> None:
    form = RevealForm(sent, check="")
    assert read_try(sent) == (form.tried if form.is_valid() else None)


def test_the_code_that_was_typed_is_in_no_repr() -> None:
    tried = read_try({"code": "7KQ2-M9XD"})
    assert tried
    assert (tried.code, "7KQ2" in repr(tried)) == ("7KQ2-M9XD", False)
