"""What is said of one field in two states: one change for one thing, in the words of its side."""

from __future__ import annotations

from typing import Any

import pytest

from codegen.drift.fields import compare_fields
from codegen.drift.phrases import Side
from specs.model import Field

Schema = dict[str, Any]
FROM_3_TO_15 = {"type": "integer", "minimum": 3, "maximum": 15}
LISTED = {"type": "integer", "enum": list(range(3, 16))}
PLACE = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}


def changes(old: Schema, new: Schema, side: Side = "request") -> list[str]:
    """Return the classes and messages of what changed about the field `n`."""
    location = "body" if side == "request" else "response"
    before, after = ([Field(location, "/n", schema, required=False),
                      *(Field(location, f"/n/{name}", member, required=False)
                        for name, member in schema.get("properties", {}).items())]
                     for schema in (old, new))  # fmt: skip
    return [f"{change.kind}: {change.message}" for change in compare_fields(before, after, side)]


ALIKE: list[tuple[Schema, Schema]] = [
    ({"type": "number", "maximum": 1}, {"type": "number", "maximum": 1.0}),
    ({"type": "number", "minimum": 0}, {"type": "number", "minimum": -0.0}),
    ({"type": "integer", "default": 5}, {"type": "integer", "default": 5.0}),
    (FROM_3_TO_15, LISTED),
    (LISTED, {**LISTED, "type": "number"}),
    ({"type": "integer", "minimum": 3}, {"type": "integer", "exclusiveMinimum": 2}),
    ({"type": "integer", "minimum": 3}, {"type": "integer", "minimum": 2.5}),
    ({"type": "integer", "maximum": 3}, {"type": "integer", "exclusiveMaximum": 3.5}),
    ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0, "exclusiveMinimum": 0}),
    ({"type": "string", "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a"]}),
    ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a", None]}),
    ({"type": "integer", "enum": [3, 5]}, {"type": "integer", "enum": [1, 3, 5], "minimum": 3}),
    ({"type": "string"}, {"type": "string", "minLength": 0}),
    ({"type": "boolean"}, {"type": "boolean", "enum": [True, False]}),
    ({"type": ["boolean", "null"]}, {"type": ["boolean", "null"], "enum": [None, False, True]}),
    ({"type": "boolean"}, {"type": ["boolean", "null"], "enum": [True, False]}),
    (FROM_3_TO_15, {**FROM_3_TO_15, "type": "number", "multipleOf": 1}),
    (LISTED, {**FROM_3_TO_15, "multipleOf": 1.0}),
    ({**PLACE, "additionalProperties": False}, {**PLACE, "unevaluatedProperties": False}),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_other_words_for_the_same_values_are_no_change(one: Schema, other: Schema) -> None:
    assert changes(one, other) == changes(other, one) == []


NULLABLE = {"type": ["string", "null"], "enum": ["a", "b", None]}
ONE: list[tuple[Schema, Schema, str]] = [
    (LISTED, {"type": "integer", "enum": [n for n in range(3, 16) if n != 9], "minimum": 3, "maximum": 15},
     "request-values-removed: `n` does not take `9` any more"),
    (FROM_3_TO_15, {"type": "integer", "enum": [5, 10]},
     "request-values-removed: `n` does not take `3`, `4`, `6`, `7`, `8`, `9`, `11`, `12`, `13`, `14` or `15` any more"),
    (LISTED, FROM_3_TO_15 | {"maximum": 14}, "request-bound-tightened: `n` is at most 14, was 15"),
    ({"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0},
     "request-bound-tightened: `n` is more than 0, was at least 0"),
    ({"type": "number", "exclusiveMaximum": 1}, {"type": "number", "maximum": 1},
     "request-bound-loosened: `n` is at most 1, was less than 1"),
    (NULLABLE, NULLABLE | {"enum": ["a", "b"]}, "request-values-removed: `n` does not take `null` any more"),
    (NULLABLE, {"type": "string", "enum": ["a", "b"]}, "request-type-narrowed: `n` is string, was null or string"),
    ({"type": "integer"}, {"type": "number"}, "request-type-widened: `n` is number, was integer"),
    ({"type": "string", "maxLength": 9, "x-media": {"maxBytes": 1}, "default": "x"}, PLACE,
     "request-type-changed: `n` is object, was string"),
    ({"x-media": {"maxBytes": 10485760}}, {"x-media": {"maxBytes": 1024}},
     "request-media-tightened: `n` is at most 1 KB, was at most 10 MB"),
    ({"x-media": {"minAspectRatio": 0.4}}, {"x-media": {"minAspectRatio": 0.3}},
     "request-media-loosened: `n` has `minAspectRatio` 0.3, was 0.4"),
    (PLACE, {"type": "array", "items": PLACE}, "request-type-changed: `n` is array, was object"),
    ({"type": "boolean"}, {"type": "boolean", "enum": [True]},
     "request-values-removed: `n` takes only `true`, was not limited to them"),
    ({"type": "number"}, {"type": "number", "multipleOf": 1}, "request-type-narrowed: `n` is integer, was number"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), ONE)
def test_one_edit_is_one_change(old: Schema, new: Schema, told: str) -> None:
    assert changes(old, new) == [told]


def test_an_answer_gives_and_a_request_takes() -> None:
    one, other = {"type": "string", "enum": ["mp4"]}, {"type": "string", "enum": ["mp4", "webm"]}
    assert changes(one, other, "response") == ["response-values-added: `n` also gives `webm`"]
    assert changes(other, one, "response") == ["response-values-removed: `n` does not give `webm` any more"]
    assert changes(PLACE, {"type": "array", "items": PLACE}, "response") == [
        "response-type-changed: `n` is array, was object"
    ]


def test_what_an_overlay_decided_is_said_with_its_reason() -> None:
    decided = {"type": "number", "default": 0.5, "x-decided": {"default": "the tagged pages state it"}}
    old, new = ([Field("body", "/n", schema, required=False)] for schema in ({"type": "number"}, decided))
    (change,) = compare_fields(old, new, "request")
    assert change.decision == "the tagged pages state it"
    assert change.as_json()["decision"] == change.decision
    items = {"type": "array", "items": {"type": "string", "x-media": {"maxBytes": 1}}, "x-decided": {"items": "ours"}}
    old, new = ([Field("body", "/n", schema, required=False)]
                for schema in ({"type": "array", "items": {"type": "string"}}, items))  # fmt: skip
    (change,) = compare_fields(old, new, "request")
    assert (change.pointer, change.decision) == ("/n/*", "ours")
