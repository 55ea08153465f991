"""The credentials page is rendered once; what is put into it later must read as if it had been rendered with it."""

import json
import subprocess
from dataclasses import fields
from datetime import timedelta
from typing import Final

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.gateways.sts_answers import _SECRET
from grants.presenters.credentials import CredentialsView, show_credentials
from grants.values import AwsCredentials
from grants.views.printed import printed_page
from tests.factories import DROP
from tests.web.pages import read

PAGE: Final = "grants/pickup/credentials.html"
NAMES: Final = tuple(field.name for field in fields(CredentialsView))
MORE: Final = ("console_link", "console_error", "console_way_on")
SOON: Final = timedelta(minutes=6)
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


@settings(max_examples=30)
@given(secret=st.from_regex(_SECRET, fullmatch=True).filter(lambda text: len(text) < 2000))
def test_whatever_the_gateway_takes_from_sts_a_shell_and_json_take_from_the_page(secret: str) -> None:
    words = dict.fromkeys(NAMES, "some-words") | {"session_token": secret}
    soup = read(printed_page(PAGE, words)).soup
    script = f'{text_of(soup, "bash")}; printf %s "$AWS_SESSION_TOKEN"'
    assert run_shell(script).stdout == secret
    assert json.loads(text_of(soup, "process"))["SessionToken"] == secret


@pytest.mark.parametrize(("left", "said"), [(timedelta(minutes=4), "near the end"), (SOON, "enough time left")])
def test_the_line_for_terminals_tells_whether_there_is_time(left: timedelta, said: str) -> None:
    credentials = AwsCredentials("ASIA", "secret", "token", timezone.now() + left)
    view = show_credentials(
        credentials=credentials, reference="R", sentence="S", scope=DROP, region="us-east-1", endpoint_url=""
    )
    done = run_shell(text_of(read(printed_page(PAGE, view.words())).soup, "near-posix"))
    assert (done.stdout.strip(), done.returncode == 0) == (said, said == "enough time left")


def text_of(soup: BeautifulSoup, name: str) -> str:
    """What is copied from a box."""
    box = soup.find(id=name)
    assert box
    return box.get_text()


def run_shell(line: str) -> "subprocess.CompletedProcess[str]":
    """Typed into a terminal."""
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)
