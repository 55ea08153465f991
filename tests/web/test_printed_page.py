"""The credentials page is rendered once; what is put into it later must read as if it had been rendered with it."""

from dataclasses import fields
from typing import Final

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from grants.presenters.credentials import CredentialsView
from grants.views.printed import printed_page
from tests.web.pages import read

PAGE: Final = "grants/pickup/credentials.html"
NAMES: Final = tuple(field.name for field in fields(CredentialsView))
MORE: Final = ("console_link", "console_error", "console_way_on")
HOSTILE: Final = """</pre><script>alert("1")</script>'&amp;{{ said.bash }}\0bash\0"""


def plain(html: str) -> str:
    """Django and Python write one of the quotes differently."""
    return html.replace("&#x27;", "&#39;")


@given(words=st.dictionaries(st.sampled_from([*NAMES, *MORE]), st.text()))
def test_a_printed_page_reads_as_if_it_had_been_rendered(words: dict[str, str]) -> None:
    rendered = render_to_string(PAGE, {"said": words})
    assert plain(printed_page(PAGE, words).content.decode()) == plain(rendered)


@pytest.mark.parametrize("name", [*NAMES, "console_link"])
def test_every_word_stands_on_the_page_and_none_is_more_than_text(name: str) -> None:
    words = dict.fromkeys(NAMES, "some words") | {name: HOSTILE}
    page = read(printed_page(PAGE, words))
    assert HOSTILE in page.soup.get_text() or any(HOSTILE in tag.attrs.values() for tag in page.soup.find_all())
    assert not [script for script in page.soup.find_all("script") if not script.has_attr("src")]


def test_what_is_empty_is_not_there() -> None:
    words = dict.fromkeys(NAMES, "some words")
    assert read(printed_page(PAGE, words)).soup.find(id="aws-endpoint-url")
    page = read(printed_page(PAGE, words | {"endpoint_url": ""}))
    assert not page.soup.find(id="aws-endpoint-url")
    assert "Open the AWS console" not in page.words
