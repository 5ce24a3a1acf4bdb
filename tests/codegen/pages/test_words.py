"""Types, values, names and the cells of tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.facts import MISSING
from codegen.pages import columns
from codegen.pages.names import below
from codegen.pages.types import TypeReading, read_type
from codegen.pages.values import literal, typed


@pytest.mark.parametrize(
    ("text", "kind", "schema", "array"),
    [
        ("string", "string", {}, False),
        ("String", "string", {}, False),
        ("int", "integer", {}, False),
        ("float", "number", {}, False),
        ("bool", "boolean", {}, False),
        ("整数", "integer", {}, False),
        ("string[]", "array", {"items": {"type": "string"}}, True),
        ("[]string", "array", {"items": {"type": "string"}}, True),
        ("[object]", "array", {"items": {"type": "object"}}, True),
        ("object[]", "array", {"items": {"type": "object"}}, True),
        ("array of strings", "array", {"items": {"type": "string"}}, True),
        ("list<integer>", "array", {"items": {"type": "integer"}}, True),
        ("List[Document]", "array", {}, True),
        ("array<array<number>>", "array", {"items": {"type": "array", "items": {"type": "number"}}}, True),
        ("enum<string>", "string", {}, False),
        ("string<uri>", "string", {"format": "uri"}, False),
        ("number(float)", "number", {}, False),
        ("Record<string, any>", "object", {}, False),
        ("map(string)", "object", {}, False),
        ("string | null", ("string", "null"), {}, False),
        ("string \\| null".replace("\\", ""), ("string", "null"), {}, False),
        ("string|number", ("string", "number"), {}, False),
        ("string | undefined", "string", {}, False),
        ("string or integer", ("string", "integer"), {}, False),
        ("string | object[]", ("string", "array"), {}, True),
        ('"fast" | "slow"', "string", {"enum": ["fast", "slow"]}, False),
        ("0 | 1", "integer", {"enum": [0, 1]}, False),
        ("true", "boolean", {"enum": [True]}, False),
        ("ImageSize | Enum", None, {}, False),
        ("Date", None, {}, False),
        ("jpeg/png", None, {}, False),
        ("", None, {}, False),
        (None, None, {}, False),
    ],
)
def test_types(text: str | None, kind: Any, schema: dict[str, Any], array: bool) -> None:
    assert read_type(text) == TypeReading(kind, schema, array)


@given(st.text(max_size=60) | st.text(alphabet="<>[]()|,strinumbeof ", max_size=60))
def test_any_text_is_a_type_or_none(text: str) -> None:
    read_type(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", "integer", 5),
        ('"5"', "integer", 5),
        ("5", "string", "5"),
        ("0.5", "number", 0.5),
        ("1", "number", 1),
        ("true", "boolean", True),
        ("true", "string", "true"),
        ("[]", "array", []),
        ('["a"]', "array", ["a"]),
        ('"16:9"', "string", "16:9"),
        ("null", ("string", "null"), None),
        ("null", "integer", None),
        ("fast", "integer", MISSING),
        ("[1", "array", MISSING),
        ("7", None, 7),
    ],
)
def test_values_keep_the_type_of_their_field(text: str, kind: Any, value: Any) -> None:
    found = typed(text, kind)
    assert found == value
    assert type(found) is type(value)


def test_literals() -> None:
    assert literal(" [1, 2] ") == [1, 2]
    assert literal("'a'") == "a"
    assert literal("NaN") == "NaN"
    assert literal("x => 1") == "x => 1"


@pytest.mark.parametrize(
    ("parent", "name", "in_array", "pointer"),
    [
        ("", "a", False, "/a"),
        ("", "a.b", False, "/a/b"),
        ("", "a[].b", False, "/a/*/b"),
        ("", "a[0].b", False, "/a/*/b"),
        ("", "a[]", False, "/a"),
        ("/a", "b", True, "/a/*/b"),
        ("/a", "b~/c", False, "/a/b~0~1c"),
    ],
)
def test_names_are_paths(parent: str, name: str, in_array: bool, pointer: str) -> None:
    assert below(parent, name, in_array=in_array) == pointer


@pytest.mark.parametrize(
    ("cell", "required"),
    [("是", True), ("**Yes**", True), ("必填", True), ("否", False), ("No", False), ("可选", False),
     ("条件必填", None), ("One of three", None), ("", None)],
)  # fmt: skip
def test_required_cells(cell: str, required: bool | None) -> None:
    assert columns.required_of(cell) is required


@pytest.mark.parametrize(
    ("cell", "kind", "default"),
    [("`5`", "integer", 5), ("-", "integer", MISSING), ("—", "string", MISSING), ("无", "string", MISSING),
     ('"720p"', "string", "720p"), ("`false`", "boolean", False), ("model default", "string", MISSING),
     ("随机生成", "integer", MISSING), ("fast", "string", "fast")],
)  # fmt: skip
def test_default_cells(cell: str, kind: str, default: Any) -> None:
    found = columns.default_of(cell, read_type(kind))
    assert found == default
    assert type(found) is type(default)


@pytest.mark.parametrize(
    ("cell", "kind", "keywords"),
    [
        ("[0.5, 2]", "number", {"minimum": 0.5, "maximum": 2}),
        ("`(0, 10]`", "number", {"exclusiveMinimum": 0, "maximum": 10}),
        ("1 ~ 4", "integer", {"minimum": 1, "maximum": 4}),
        ("1 <= x <= 5", "integer", {"minimum": 1, "maximum": 5}),
        ("`mp3`, `wav`", "string", {"enum": ["mp3", "wav"]}),
        ("8000, 16000, 32000", "number", {"enum": [8000, 16000, 32000]}),
        ('`["calm", "wild"]`', "string", {"enum": ["calm", "wild"]}),
        ("-", "string", {}),
        ("as long as the still", "string", None),
        ("[0, 1]", "string", {"enum": ["0", "1"]}),
    ],
)
def test_range_cells(cell: str, kind: str, keywords: dict[str, Any] | None) -> None:
    assert columns.values_of(cell, read_type(kind)) == keywords


def test_a_range_beside_a_type() -> None:
    found = columns.type_of("integer 1–4")
    assert (found.type, found.schema) == ("integer", {"minimum": 1, "maximum": 4})


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Required?", "required"),
        ("**Req.**", "required"),
        ("Required/Default", "required"),
        ("是否必填？", "required"),
        ("Constraints", "values"),
        ("Max length", "values"),
        ("限制:", "values"),
        ("Optional", None),
    ],
)
def test_headings_of_columns(heading: str, kind: str | None) -> None:
    assert columns.column(heading) == kind
