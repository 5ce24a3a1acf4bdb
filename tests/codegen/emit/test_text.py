"""Values on their way into templates."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.emit.text import Word


@given(st.text())
def test_a_text_is_one_word_of_a_command(text: str) -> None:
    assert shlex.split(Word(text).shell()) == ["".join(c if c.isprintable() else " " for c in text)]


@pytest.mark.parametrize("text", ["$(id)", "`id`", "${HOME}", "it's", '"; id; "', "!!", "~", "*", "a\\", "", "a b"])
def test_a_shell_expands_nothing_in_it(text: str) -> None:
    command = ["sh", "-c", f"printf %s {Word(text).shell()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    assert done.stdout == text


@pytest.mark.parametrize(("value", "word"), [(True, "true"), (5, "5"), (0.5, "0.5")])
def test_other_values_are_written_as_json(value: object, word: str) -> None:
    assert Word(value).shell() == word
