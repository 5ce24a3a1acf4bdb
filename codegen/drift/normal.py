"""One spelling for what JSON Schema can say of a value in several ways.

A list of every integer from 3 to 15 is the range 3 to 15, more than 2 is at least 3 where only integers are taken, 1.0
is 1, a multiple of 1 an integer, `const` a list of one, a list of true and false any boolean, and of two lower bounds
the stricter one counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from specs.checks import number, satisfies
from specs.rules.formula import ABSENT

Schema = Mapping[str, Any]
STRUCTURE = ("properties", "required", "items")
_WORDS = ("title", "description", "summary", "examples", "example", "$comment", "readOnly", "writeOnly")
_APPLIED = {
    "additionalProperties",
    "patternProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "dependentSchemas",
    "$ref",
}
"""Keywords beside which `unevaluatedProperties` does not say what `additionalProperties` would."""
LONGEST_LIST = 200
"""Integers of a range that is compared with a list, at most."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The keywords of one thing that is limited: those that say its least, and those that say its most."""

    lower: tuple[str, ...]
    upper: tuple[str, ...]


BOUNDS = (
    Bounds(("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")),
    Bounds(("minLength",), ("maxLength",)), Bounds(("minItems",), ("maxItems",)),
    Bounds(("minProperties",), ("maxProperties",)),
)  # fmt: skip
_LIMITS = tuple(keyword for pair in BOUNDS for keyword in (*pair.lower, *pair.upper))


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound that counts, and the keyword that states it."""

    value: float
    exclusive: bool
    keyword: str

    def strictness(self, sign: int) -> tuple[float, bool]:
        """Return what is greater for the stricter one of two lower (`sign` 1) or two upper bounds (`sign` -1)."""
        return sign * self.value, self.exclusive


def bound(schema: Schema, keywords: Sequence[str], sign: int) -> Bound | None:
    """Return the strictest of the bounds that the keywords state: lower ones with `sign` 1, upper ones with -1."""
    found = [Bound(schema[one], one.startswith("exclusive"), one) for one in keywords if _is_number(schema.get(one))]
    return max(found, key=lambda one: one.strictness(sign), default=None)


def plain(schema: Schema) -> dict[str, Any]:
    """Return the schema in the one spelling, without words and structure."""
    found = {name: _whole(value) for name, value in schema.items() if name not in _WORDS and name not in STRUCTURE}
    if "const" in found:
        found["enum"] = [found.pop("const")]
    if found.get("multipleOf") == 1:
        _whole_numbers(found)
    if isinstance(found.get("enum"), list):
        _plain_values(found)
    if found.get("unevaluatedProperties") is False and not _APPLIED & found.keys():
        found["additionalProperties"] = found.pop("unevaluatedProperties")
    if type_names(found) - {"null"} == {"integer"}:
        _whole_bounds(found)
    for keyword in ("minLength", "minItems", "minProperties"):
        if found.get(keyword) == 0:
            del found[keyword]
    return found


def _whole_numbers(found: dict[str, Any]) -> None:
    """Say a multiple of 1 as an integer; of values without a type that is not the same."""
    if names := type_names(found):
        found["type"] = sorted({"integer" if name == "number" else name for name in names})
        del found["multipleOf"]


def _plain_values(found: dict[str, Any]) -> None:
    """Leave out what the other keywords refuse; say a list of all integers of a range, or both booleans, in short."""
    listed = [value for value in found["enum"] if value is not None]
    if {text(value) for value in listed} == {"true", "false"} and type_names(found) <= {"boolean", "null"}:
        found["type"] = ["boolean", "null"] if takes_null(found) else "boolean"
        del found["enum"]
        return
    names, limits = type_names(found), {keyword: found[keyword] for keyword in _LIMITS if keyword in found}
    listed = [value for value in found["enum"] if satisfies(value, limits)] or found["enum"]
    plain = [value for value in listed if value is not None]
    if names and names <= {"integer", "number", "null"} and plain and all(type(value) is int for value in plain):
        nullable = ["null"] if "null" in names else []
        found["type"] = ["integer", *nullable]
        low, high = min(plain), max(plain)
        if bool(nullable) == (None in listed) and len(plain) > 1 and sorted(plain) == list(range(low, high + 1)):
            del found["enum"]
            found |= {"minimum": low, "maximum": high}
            return
    found["enum"] = listed
    for keyword in limits:
        del found[keyword]


def _whole_bounds(found: dict[str, Any]) -> None:
    for keywords, sign, least in ((BOUNDS[0].lower, 1, ceil), (BOUNDS[0].upper, -1, floor)):
        strictest = bound(found, keywords, sign)
        for keyword in keywords:
            found.pop(keyword, None)
        if strictest is not None:
            near = least(strictest.value)
            found[keywords[0]] = near + sign if strictest.exclusive and near == strictest.value else near


def aligned(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two plain schemas, both with a list of values where one has a list and the other a short range."""
    if ("enum" in old) == ("enum" in new):
        return old, new
    return _listed(old), _listed(new)


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    low, high = found.get("minimum"), found.get("maximum")
    names = type_names(found)
    if "enum" in found or names - {"null"} != {"integer"} or low is None or high is None or high - low > LONGEST_LIST:
        return found
    values = [value for value in range(low, high + 1) if satisfies(value, found)]
    kept = {keyword: value for keyword, value in found.items() if keyword not in ("minimum", "maximum", "multipleOf")}
    return {**kept, "enum": [*values, *([None] if "null" in names else [])]}


def type_names(schema: Schema) -> set[str]:
    """Return the types that the schema states."""
    stated = schema.get("type", ())
    return {stated} if isinstance(stated, str) else set(stated)


def takes_null(schema: Schema) -> bool:
    """Tell whether null is a value: by the type, and by the listed values where there are any."""
    names = type_names(schema)
    return ("null" in names or not names) and ("enum" not in schema or None in schema["enum"])


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal as JSON; ABSENT is equal to itself only."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return text(one) == text(other)


def text(value: Any) -> str:
    """Return the value as JSON, the same text for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _is_number(value: Any) -> bool:
    return number(value) is not None


def _whole(value: Any) -> Any:
    """Return the value with every whole float as an integer."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {name: _whole(member) for name, member in value.items()} if isinstance(value, Mapping) else value
