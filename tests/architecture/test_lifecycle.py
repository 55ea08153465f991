"""The life of a grant is total: every state is reached, every state that is not the end has a way out."""

import re
from collections import Counter
from pathlib import Path

import pytest

from grants import lifecycle
from grants.lifecycle import FINAL, LIVE, MOVES, UNDECIDED, Owner, State, diagram, move_for, sources_of

OPEN = [state for state in State if state not in FINAL]
WORKERS = {Owner.CLOCK, Owner.ISSUE_WORKER}


def reached_from(start: State) -> set[State]:
    found, todo = {start}, [start]
    while todo:
        source = todo.pop()
        new = {move.target for move in MOVES if move.source == source} - found
        found |= new
        todo += new
    return found


def test_every_state_can_be_reached_from_a_request() -> None:
    assert reached_from(State.REQUESTED) == set(State)


def test_every_state_is_undecided_live_or_final_and_only_one_of_them() -> None:
    assert Counter([*UNDECIDED, *LIVE, *FINAL]) == Counter(State)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leaves_a_final_state(state: State) -> None:
    assert [move for move in MOVES if move.source == state] == []


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_come_to_an_end(state: State) -> None:
    assert reached_from(state) & FINAL


@pytest.mark.parametrize("state", OPEN)
def test_no_open_state_waits_for_people_alone(state: State) -> None:
    """Left alone by everybody, a grant still ends: some clock or worker moves it, and moves it on to an end."""
    seen, todo = {state}, [state]
    while todo:
        source = todo.pop()
        onward = {move.target for move in MOVES if move.source == source and move.owner in WORKERS}
        assert onward or source in FINAL, f"{source} waits for a person for ever"
        todo += onward - seen
        seen |= onward
    assert seen & FINAL


def test_an_event_leads_from_one_state_to_one_state() -> None:
    twice = [pair for pair, count in Counter((move.event, move.source) for move in MOVES).items() if count > 1]
    assert twice == []


def test_move_for_finds_every_move_and_nothing_else() -> None:
    events = {move.event for move in MOVES}
    found = [move_for(event, state) for event in events for state in State]
    assert sorted(map(str, filter(None, found))) == sorted(map(str, MOVES))


def test_sources_of_an_event_are_those_of_its_moves() -> None:
    assert set(sources_of("grant.issued")) == {State.ISSUING}
    assert sources_of("grant.invented") == ()


def test_what_was_issued_can_always_be_revoked() -> None:
    for state in LIVE:
        assert any(move.target is State.REVOKED for move in MOVES if move.source == state), state


def test_the_database_allows_the_same_moves() -> None:
    """The trigger is the last reviewer; a move that only one of the two knows is a hole or a dead end."""
    scripts = sorted((Path(lifecycle.__file__).parent / "migrations").glob("*.sql"))
    lists = re.findall(r"moves CONSTANT text\[\] := ARRAY\[(.*?)\]", "".join(map(Path.read_text, scripts)), re.DOTALL)
    assert set(re.findall(r"'([\w ]+>[\w ]+)'", lists[-1])) == {f"{move.source}>{move.target}" for move in MOVES}


def test_the_database_asks_each_move_for_the_same_event() -> None:
    scripts = sorted((Path(lifecycle.__file__).parent / "migrations").glob("*.sql"))
    lists = re.findall(r"said CONSTANT text\[\] := ARRAY\[(.*?)\]", "".join(map(Path.read_text, scripts)), re.DOTALL)
    assert set(re.findall(r"'(.+?)'", lists[-1])) == {f"{move.event}:{move.source}>{move.target}" for move in MOVES}


def test_the_diagram_draws_every_move() -> None:
    rows = diagram().splitlines()
    assert sum(" --> " in row for row in rows) == 1 + len(MOVES) + len(FINAL)
