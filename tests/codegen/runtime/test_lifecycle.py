"""The table's promises, proved on the table."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.emit.docs import DOCS, pages
from codegen.runtime.lifecycle import TRANSITIONS, Event, State, advance, said

ENDS = {State.SUCCEEDED, State.FAILED, State.CANCELED, State.REFUSED, State.UNCERTAIN}


def test_only_proof_leads_back_to_a_request_that_may_be_sent() -> None:
    back = [(state, event) for state, events in TRANSITIONS.items() for event, to in events.items() if to is State.NEW]
    assert back == [(State.SENT, Event.NOT_TAKEN)]
    sends = [state for state, events in TRANSITIONS.items() if Event.SEND in events]
    assert sends == [State.NEW]


def test_what_was_accepted_can_be_polled_until_it_ends() -> None:
    says = {event for event in Event if event.value.startswith("says")}
    for state in (State.QUEUED, State.RUNNING):
        assert set(TRANSITIONS[state]) == says
        assert set(TRANSITIONS[state].values()) <= {State.QUEUED, State.RUNNING} | ENDS - {
            State.REFUSED,
            State.UNCERTAIN,
        }
    assert {state for state in State if state.ended} == ENDS


@given(st.lists(st.sampled_from(list(Event)), max_size=30))
def test_between_two_sends_there_is_a_proof(events: list[Event]) -> None:
    state, history = State.NEW, []
    for event in events:
        if event not in TRANSITIONS[state]:
            with pytest.raises(RuntimeError, match="cannot be told"):
                advance(state, event)
            continue
        state = advance(state, event)
        history.append(event)
    for earlier, later in pairwise(history):
        if later is Event.SEND:
            assert earlier is Event.NOT_TAKEN


@given(st.text(max_size=20))
def test_an_unknown_word_means_still_running(word: str) -> None:
    assert advance(State.QUEUED, said(word, {"done": "succeeded"})) in (State.RUNNING, State.SUCCEEDED)


def test_the_pages_are_drawn_from_the_tables() -> None:
    for name, text in pages().items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, "run `python -m codegen.emit.docs`"
