"""The rendered limits of fields: yes exactly where jsonschema-rs says yes, for every keyword that they know."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specs.checks import compile_pattern, exceeded, is_a
from specs.rules.limits import LOOPS, compile_holds, holds

scalars = (
    st.booleans()
    | st.integers(-3, 8)
    | st.sampled_from([0.5, 2.5, -1.5, 10**20, 1e300])
    | st.text("ab\n1é", max_size=4)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)
)
bounds = st.integers(-2, 6) | st.sampled_from([0.5, 2.5])
sizes = st.integers(0, 4)
types = st.sampled_from(["string", "integer", "number", "boolean", "array", "object"])
LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "enum": st.lists(scalars, min_size=1, max_size=4) | st.sampled_from([[1, 2, 3], ["a", "b"], [3, 5]]),
    "const": scalars,
    "minimum": bounds,
    "maximum": bounds,
    "exclusiveMinimum": bounds,
    "exclusiveMaximum": bounds,
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    "minLength": sizes,
    "maxLength": sizes,
    "minItems": sizes,
    "maxItems": sizes,
    "pattern": st.sampled_from(["^a", "b$", "^[ab]+$", r"\d", r"a\$|[$]|b", "^$"]),
    "uniqueItems": st.booleans(),
}


@st.composite
def schemas(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    kind = draw(types | st.none() | st.lists(types, min_size=2, max_size=3, unique=True))
    if kind is not None:
        schema["type"] = kind
    for keyword in draw(st.sets(st.sampled_from(sorted(LIMITS)), max_size=4)):
        schema[keyword] = draw(LIMITS[keyword])
    if kind == "array" and depth < 3 and draw(st.booleans()):
        schema["items"] = draw(schemas(depth + 1))
    if kind == "object" and depth < 3 and draw(st.booleans()):
        schema |= draw(objects(depth + 1))
    return schema


def objects(depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    names = ["p", "q", "class", "body", "1st", 'a"]; import os', "é"] if depth == 0 else ["p", "q", "item"]
    return st.fixed_dictionaries(
        {
            "type": st.just("object"),
            "properties": st.dictionaries(st.sampled_from(names), schemas(depth), min_size=1, max_size=3),
            "required": st.lists(st.sampled_from(names), max_size=1),
            "additionalProperties": st.just(False),
        }
    )


def whole_floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(whole_floats, value.values()))
    return any(map(whole_floats, value)) if isinstance(value, list) else isinstance(value, float) and value.is_integer()


@settings(max_examples=200)
@given(schema=objects(), data=st.data())
def test_yes_means_that_the_schema_holds_and_no_that_it_does_not(schema: dict[str, Any], data: st.DataObject) -> None:
    schema["required"] = [name for name in schema["required"] if name in schema["properties"]]
    body = data.draw(st.dictionaries(st.sampled_from([*schema["properties"], "other"]), values, max_size=4))
    assume(not whole_floats(body))  # 5.0 where an integer is wanted takes the long way
    assert compile_holds(schema, ())(body) == jsonschema_rs.Draft202012Validator(schema).is_valid(body)


NEAR: dict[str, list[Any]] = {
    "integer": [*range(7), 10**20], "number": [1, 1.9, 2, 2.1, 3, 3.9, 4, 4.1, 5], "array": [[1] * n for n in range(6)],
    "string": ["é" * n for n in range(6)],
}  # fmt: skip
EDGES: list[dict[str, Any]] = [
    {low: 2, high: 4}
    for low, high in itertools.product(
        ("minimum", "exclusiveMinimum", "minLength", "minItems"),
        ("maximum", "exclusiveMaximum", "maxLength", "maxItems"),
    )
]
ENUMS: list[dict[str, Any]] = [
    {"enum": [2, 3, 4]},
    {"enum": [2, 4]},
    {"enum": [2, 3, 4], "minimum": 3},
    {"enum": ["é", "éé"], "maxLength": 1},
]


@pytest.mark.parametrize("kind", NEAR)
@pytest.mark.parametrize("required", [True, False])
def test_every_edge(kind: str, required: bool) -> None:
    one_sided: list[dict[str, Any]] = [{name: value} for edge in EDGES for name, value in edge.items()]
    for limits in (*EDGES, *one_sided, *ENUMS):
        schema: dict[str, Any] = {"type": "object", "properties": {"x": {"type": kind, **limits}}}
        schema["additionalProperties"] = False
        schema |= {"required": ["x"]} if required else {}
        check, judge = compile_holds(schema, ()), jsonschema_rs.Draft202012Validator(schema)
        for value in NEAR[kind]:
            assert check({"x": value}) == judge.is_valid({"x": value}), (limits, value)
        assert check({}) == (not required)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), True, "1", None, [1]])
@pytest.mark.parametrize("limits", [{}, {"minimum": 0}, {"maximum": 1}, {"minimum": 0, "maximum": 1}])
def test_no_number(wrong: Any, limits: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "number", **limits}}, "required": ["x"]}
    check = compile_holds(schema, ())
    assert check({"x": 0.5})
    assert not check({"x": wrong})


def test_what_is_nested_too_deep_is_never_said_to_hold() -> None:
    schema: dict[str, Any] = {"type": "string"}
    body: Any = "x"
    for _ in range(len(LOOPS) + 1):
        schema, body = {"type": "array", "items": schema}, [body]
    whole = {"type": "object", "properties": {"x": schema}}
    assert not compile_holds(whole, ())({"x": body})
    assert compile_holds(whole, ())({})
    assert not ast.unparse(holds("f", whole, ())).count("item_10")


def test_a_pattern_ends_where_the_text_ends() -> None:
    assert compile_pattern("^a$").search("a")
    assert not compile_pattern("^a$").search("a\n")
    assert compile_pattern(r"^\$[$]$").search("$$")
    assert not compile_pattern(r"^\d$").search("٣")


def test_equal_items() -> None:
    unique = {"uniqueItems": True}
    assert exceeded([1, 1.0], unique) == exceeded([{"a": [1]}, {"a": [1.0]}], unique) == ["uniqueItems"]
    assert exceeded([1, True, "1", [1], {"a": 1}], unique) == exceeded([0, False], unique) == []


def test_types() -> None:
    assert is_a(5.0, ("integer",))
    assert is_a(None, ("string", "null"))
    assert not any((is_a(5.5, ("integer",)), is_a(True, ("integer", "number")), is_a(float("nan"), ("number",))))
