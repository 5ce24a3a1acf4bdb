"""What a client gets of the runtime, and how its tables are printed."""

from __future__ import annotations

import ast
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codegen.emit import copies, project
from codegen.emit.text import WIDTH, Table, tree
from specs.media import FORMATS
from specs.rules.limits import KEYWORDS
from specs.rules.python import HELPERS

MODULE = '''"""A module."""

import re
from typing import Any, cast

LIMIT = 3
"""How many."""
OTHER = 4
"""Nobody asks."""


class Shape:
    """A shape."""

    @classmethod
    def read(cls, text: str) -> "Shape":
        """Read it."""
        return cast("Shape", _parsed(text))

    def size(self) -> int:
        return LIMIT


def _parsed(text: str) -> Any:
    """Parse."""
    return re.match(text, text)


def draw(shape: Shape) -> int:
    return shape.size()
'''


def test_what_is_reached_stays_and_nothing_else() -> None:
    whole = copies.reached(MODULE, {"draw", "Shape"})
    assert whole == MODULE.replace('OTHER = 4\n"""Nobody asks."""\n', "")
    found = copies.reached(MODULE, {"draw"}, ("Shape.read",))
    for gone in ("OTHER", "Nobody", "_parsed", "classmethod", "cast", "Any"):
        assert gone not in found
    for kept in ("LIMIT", "How many", "def size", "def draw", '"""A shape."""'):
        assert kept in found
    assert ast.parse(found)


def test_comments_and_private_docstrings_stay_with_their_makers() -> None:
    text = (
        '# why\nX = 1  # beside\n# fmt: off\ntext = "# no comment"\n\n\n'
        'def _f():\n    """Ours."""\n    return "# no"\n\n\n'
        'def g():\n    """Theirs."""\n\n\nclass _E(Exception):\n    """The only statement."""\n'
    )
    assert copies.dense(text) == text.replace("# why\n", "").replace('    """Ours."""\n', "")


def test_a_client_whose_rules_call_less_gets_less() -> None:
    some = project.runtime(frozenset(), frozenset(), frozenset(("png",)))
    all_ = project.runtime(frozenset(HELPERS), frozenset(KEYWORDS), frozenset((*FORMATS, "maxWidth")))
    assert some.keys() == all_.keys()
    assert "multipleOf" in all_["checks.py"]
    assert "multipleOf" not in some["checks.py"]
    assert "def _multiple(" not in some["checks.py"]
    assert "def _webp_size(" in all_["media.py"]
    assert "def _webp_size(" not in some["media.py"]
    assert "def _png_size(" in some["media.py"]
    assert "def mentioned(" in all_["checks.py"]
    assert "def mentioned(" not in some["checks.py"]
    assert "def from_json(" not in all_["media.py"]


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
data = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.tuples(st.text()), inner)
    ),
    max_leaves=40,
)


@given(value=data)
def test_a_table_reads_back(value: Any) -> None:
    assert ast.literal_eval(Table(tree(value)).python()) == value


@given(value=st.lists(st.dictionaries(st.text("ab", max_size=20), st.integers(0, 99) | st.text("cd", max_size=30))))
def test_a_table_fits_the_page(value: Any) -> None:
    text = Table(tree(value), 4).python()
    assert all(len(line) <= WIDTH for line in text.split("\n"))
