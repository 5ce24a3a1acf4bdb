"""Values on their way into templates."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.emit.text import DocText, Json, Word


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


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_is_one_line_that_ends_no_block(value: object) -> None:
    line = Json(value).json()
    assert json.loads(line) == value
    assert line.isprintable()
    assert "`" not in line


SPECIAL = re.compile(r"[`*_\[\]<>|~$&]")


@given(st.text() | st.text("`ab_[]*|<&\\ -"))
def test_in_markdown_names_stay_code_and_nothing_else_is_read(text: str) -> None:
    shown = DocText(text).markdown()
    left = re.sub(r"\\[\\`*_\[\]<>|~$&#+=0-9-]", " ", shown)  # what is escaped is read as itself
    left = re.sub(r"`[A-Za-z0-9_.\[\]/-]+`", " ", left)
    assert SPECIAL.search(left) is None, shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The sum of `a_b[].c` is `d`.", "The sum of `a_b[].c` is `d`."),
        ("one ` alone, ``two``, `a b`", r"one \` alone, \`\`two\`\`, \`a b\`"),
        ("`<b>` and `a|b`", r"\`\<b\>\` and \`a\|b\`"),
        ("a_b*c", r"a\_b\*c"),
    ],
)
def test_markdown(text: str, shown: str) -> None:
    assert DocText(text).markdown() == shown
