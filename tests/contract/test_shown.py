"""What a server said, as it is shown: without the key in any form, and without what moves a terminal."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.shown import Mask, visible

ASCII = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
KEYS = st.text(ASCII, min_size=8, max_size=40)
TOKENS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="%&\\"), min_size=8, max_size=40
)  # what begins an escape is in no key that there is
SHOWN = (
    str, str.upper, html.escape, quote,
    lambda character: "".join(f"%{byte:02X}" for byte in character.encode()),
    lambda character: f"\\u{ord(character):04X}",
    lambda character: f"\\\\u{ord(character):04x}",
    lambda character: f"&#{ord(character)};",
    lambda character: json.dumps(character)[1:-1].replace("/", "\\/"),
)  # fmt: skip


@given(TOKENS, st.data())
def test_a_key_is_masked_however_its_characters_are_shown_and_however_it_is_cut(key: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(key) - 8))
    part = key[first : data.draw(st.integers(first + 8, len(key)))]
    for shown in SHOWN:
        assert Mask("other-key", key)(f"«{''.join(map(shown, part))}»") in ("«***»", "«******»")
    mixed = "".join(data.draw(st.sampled_from(SHOWN))(character) for character in part)
    assert Mask(key)(f"«{mixed}»") == "«***»"


@given(KEYS, st.text(), st.text())
def test_a_key_is_masked_amid_any_text(key: str, before: str, after: str) -> None:
    assert key not in Mask(key)(f"{before}{key}{after}").replace("***", "\0")


@pytest.mark.parametrize("after", [r"\n", r"\" x", r"\\", "%20", "&amp;"])
def test_an_escape_behind_a_key_stays_what_it_was(after: str) -> None:
    assert Mask("a-key-key-key")(f"an a-key-KEY-key{after}") == f"an ***{after}"


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
