from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from mockserver.media.stills import printable


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("A fox, 5 s", "A fox, 5 s"),
        ("狐狸 runs", "HuLi runs"),
        ("лиса бежит", "lisa bezhit"),
        ("🦊 runs", ":fox: runs"),
        ("a\nb\x00c\ud800", "a b c "),
        ("\u0627", "U+0627 "),
    ],
)
def test_what_the_font_lacks_is_spelt_out(given, drawn):
    assert printable(given) == drawn


@given(st.text(max_size=20))
def test_no_box_is_ever_drawn(text):
    font = ImageFont.load_default(12)
    box = bytes(font.getmask("\U0010fffe"))
    assert [letter for letter in printable(text) if bytes(font.getmask(letter)) == box] == []
