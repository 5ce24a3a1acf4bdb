"""What a server said, as it is shown: without the key in any form, and without what moves a terminal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from contract.shown import Mask, visible

KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)


@given(KEYS, st.text(), st.text())
def test_a_key_is_masked_as_it_is_and_escaped_and_cut(key: str, before: str, after: str) -> None:
    masked = Mask(key)
    for form in (key, json.dumps(key)[1:-1], json.dumps(key)[1:-1].replace("/", "\\/"), key[:8]):
        assert form not in masked(f"{before}{form}{after}").replace("***", "\0")


@given(st.binary())
def test_bytes_without_the_key_stay_as_they_are(body: bytes) -> None:
    assert Mask("sk-0123456789").data(body) == body or b"sk-01234" in body
    assert Mask("").data(body) == body


def test_a_stand_in_is_masked_only_where_it_is_a_word() -> None:
    assert Mask("a")('{"task_id": "a task", "key": "Bearer a"}') == '{"task_id": "*** task", "key": "Bearer ***"}'


@given(st.text())
def test_everything_that_is_shown_is_printable(text: str) -> None:
    assert visible(text).isprintable()
    if text.isprintable():
        assert visible(text) == text


def test_escapes_of_a_terminal_are_spelled_out() -> None:
    assert visible("\x1b]0;gone\x07\u202eé🎬\x9b2J\n") == "\\x1b]0;gone\\x07\\u202eé🎬\\x9b2J\\n"
