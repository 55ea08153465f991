"""A page of which nothing but a few words changes: rendered once, and from then on only the words are put in."""

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Final

from django.http import HttpResponse
from django.template.loader import render_to_string

MARK: Final = "\0"  # stands in no template


def printed_page(template: str, words: Mapping[str, str]) -> HttpResponse:
    """``template`` with ``words``, which it calls ``said.NAME``, each escaped; an empty one is not there at all.

    The template sees neither the request nor what a word says: only whether it is there.
    """
    said = {name: escape(word) for name, word in words.items() if word}
    pieces = _print(template, tuple(said))
    return HttpResponse("".join([said[piece] if at % 2 else piece for at, piece in enumerate(pieces)]))


@cache
def _print(template: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """What stands between the words and, every second one, the name of a word."""
    marked = {name: f"{MARK}{name}{MARK}" for name in names}
    return tuple(render_to_string(template, {"said": marked}).split(MARK))
