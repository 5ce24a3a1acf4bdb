"""Differences in English: `is at most 1000 characters, was 2500 characters`."""

from __future__ import annotations

from typing import Any, Literal

from codegen.drift import wording
from codegen.drift.keywords import OPEN, Difference
from specs import english
from specs.rules.formula import ABSENT

Side = Literal["request", "response"]
_UNITS = {"minLength": " characters", "maxLength": " characters", "minItems": " items", "maxItems": " items"}


def words(difference: Difference, side: Side) -> str:
    """Return what is said of the field: a request takes values, an answer gives them."""
    old, new, keyword = difference.old, difference.new, difference.keyword
    verb = "takes" if side == "request" else "gives"
    if difference.aspect == "type":
        return f"is {_types(new)}, was {_types(old)}"
    if difference.aspect == "deprecated":
        return "is deprecated" if difference.direction == "narrower" else "is not deprecated any more"
    if difference.aspect == "default":
        return f"has {_default(new)}, had {_default(old)}"
    if difference.aspect == "schema":
        return f"has another {wording.code(keyword)}"
    if difference.aspect == "values" or isinstance(old, list) or isinstance(new, list):
        return _values(difference, verb)
    if keyword in OPEN:
        return f"{verb} members that are not documented" if new else f"{verb} documented members only"
    if keyword == "uniqueItems":
        return f"{verb} no item twice" if new else f"{verb} an item twice"
    return f"{_limit(difference.aspect, keyword, new)}, {_before(difference)}"


def _values(difference: Difference, verb: str) -> str:
    old, new = difference.old, difference.new
    what = {"formats": "the format ", "encodings": "the encoding "}.get(difference.keyword, "")
    if difference.direction == "other":
        return f"{verb} {_listing(new)}, was limited otherwise" if old is ABSENT else f"{verb} values of other limits"
    if old is ABSENT and difference.direction == "narrower":
        return f"{verb} only {what}{_listing(new)}, was not limited to them"
    if new is ABSENT and difference.direction == "wider":
        return f"{verb} other values too, was limited to {_listing(old)}"
    if old is ABSENT:
        return f"also {verb} {what}{_listing(new)}"
    return f"does not {verb.removesuffix('s')} {what}{_listing(old)} any more"


def _listing(values: Any) -> str:
    return english.listing([wording.code(english.value(value)) for value in values], "or")


def _types(types: Any) -> str:
    return "of any type" if types is ABSENT else english.listing(types, "or")


def _default(value: Any) -> str:
    return "no default" if value is ABSENT else f"the default {wording.code(english.value(value))}"


def _limit(aspect: str, keyword: str, value: Any) -> str:
    if value is ABSENT:
        return f"has no {wording.code(keyword)}"
    stated = english.limits({"x-media": {keyword: value}} if aspect == "media" else {keyword: value})
    return f"is {stated[0]}" if stated else f"has {wording.code(keyword)} {english.value(value)}"


def _before(difference: Difference) -> str:
    if difference.old is ABSENT:
        return "was not limited"
    said = _limit(difference.aspect, difference.was or difference.keyword, difference.old)
    if said.startswith("is ") and (difference.was or difference.aspect == "media"):
        return f"was {said.removeprefix('is ')}"
    return f"was {english.value(difference.old)}{_UNITS.get(difference.keyword, '')}"
