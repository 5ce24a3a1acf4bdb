"""Limits as people say them."""

from __future__ import annotations

from typing import Any

import pytest

from specs import english


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"minimum": 3, "maximum": 15}, ["3 to 15"]),
        ({"minimum": 3, "maximum": 15, "enum": list(range(3, 16))}, ["3 to 15"]),
        ({"minimum": 3, "maximum": 15, "enum": [5, 10]}, ["3 to 15", "one of 5 or 10"]),
        ({"minItems": 2, "maxItems": 2}, ["2 items"]),
        ({"minItems": 1}, ["at least 1 item"]),
        ({"maxLength": 2500}, ["at most 2500 characters"]),
        ({"exclusiveMinimum": 0}, ["more than 0"]),
        ({"const": "x"}, ["x"]),
        ({"uniqueItems": True}, ["no item twice"]),
        ({"enum": []}, ["no value"]),
        ({}, []),
        (
            {"x-media": {"formats": ["jpeg", "png"], "maxBytes": 10485760, "minWidth": 300, "minHeight": 300}},
            ["JPEG or PNG", "at most 10 MB", "at least 300 px per side"],
        ),
        ({"x-media": {"maxBytes": 10000000, "maxWidth": 20}}, ["at most 10 MB", "at most 20 px wide"]),
        ({"x-media": {"maxBytes": 1001}}, ["at most 1001 bytes"]),
        ({"x-media": {"minAspectRatio": 0.4, "maxAspectRatio": 2.5}}, ["aspect ratio 1:2.5 to 2.5:1"]),
        ({"x-media": {"encodings": ["url", "base64"]}}, ["URL or Base64 without a data: prefix"]),
    ],
)
def test_limits(schema: dict[str, Any], said: list[str]) -> None:
    assert english.limits(schema) == said


@pytest.mark.parametrize(
    ("keyword", "limit", "said"),
    [
        ("maximum", 15, "must be at most 15"),
        ("enum", ["on", "off"], "must be one of on or off"),
        ("type", ["integer", "null"], "must be integer or null"),
        ("required", None, "is required"),
        ("additionalProperties", None, "is not a parameter of this operation"),
        ("oneOf", 2, "must be oneOf 2"),
    ],
)
def test_refusals(keyword: str, limit: Any, said: str) -> None:
    assert english.refusal(keyword, limit) == said


def test_listing() -> None:
    assert [english.listing("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_a_sentence_is_the_words_and_the_limits() -> None:
    assert english.sentence("Odd.", {"deprecated": True}) == "Odd: deprecated."
    assert english.sentence("Odd", {"maximum": 3, "default": 2}) == "Odd: at most 3; default 2."
    assert english.sentence("Odd", {"format": "uuid"}) == "Odd."
