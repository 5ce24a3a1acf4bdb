from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from mockserver.media.stills import printable, still


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


def test_sixteen_bits_of_grey_are_drawn_as_eight():
    grey = Image.linear_gradient("L")
    deep = Image.frombytes("I;16", grey.size, b"".join(bytes([value, value]) for value in grey.tobytes()))
    files = []
    for image in (grey, deep):
        file = io.BytesIO()
        image.save(file, "PNG")
        files.append(file.getvalue())
    with Image.open(io.BytesIO(files[1])) as read:
        assert read.mode.startswith("I")
    drawn = [still(file, grey.size, "first frame", "").tobytes() for file in files]
    assert drawn[0] == drawn[1]


@given(st.text(max_size=20))
def test_no_box_is_ever_drawn(text):
    font = ImageFont.load_default(12)
    box = bytes(font.getmask("\U0010fffe"))
    assert [letter for letter in printable(text) if bytes(font.getmask(letter)) == box] == []
