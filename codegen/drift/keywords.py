"""Two JSON Schemas of one value, keyword by keyword: which limits are narrower now, which wider, which just others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from specs import english
from specs.rules.formula import ABSENT

Schema = Mapping[str, Any]
Direction = Literal["narrower", "wider", "other"]
Aspect = Literal["type", "bound", "values", "media", "schema", "default", "deprecated"]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_UNITS = {"minLength": " characters", "maxLength": " characters", "minItems": " items", "maxItems": " items"}
_OPEN = ("additionalProperties", "unevaluatedProperties")
_STRUCTURE = ("properties", "required", "items")
_WORDS = ("title", "description", "summary", "examples", "example", "$comment", "readOnly", "writeOnly")


@dataclass(frozen=True, slots=True)
class Difference:
    """One limit that changed; `old` and `new` are ABSENT where it was not, or is not, stated."""

    aspect: Aspect
    direction: Direction
    keyword: str
    old: Any
    new: Any


def differences(old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield what changed about the value itself; members and items are fields of their own."""
    if repr(old) == repr(new):  # the common case; `==` would take true for 1
        return
    old, new = plain(old), plain(new)
    yield from _types(old, new)
    yield from _values(old, new)
    yield from _bounds(old, new)
    yield from _media(old.get("x-media") or {}, new.get("x-media") or {})
    if not _same(one := old.get("default", ABSENT), other := new.get("default", ABSENT)):
        yield Difference("default", "other", "default", one, other)
    if bool(old.get("deprecated")) != bool(new.get("deprecated")):
        yield Difference("deprecated", "narrower" if new.get("deprecated") else "wider", "deprecated", None, None)
    for keyword in sorted((set(old) | set(new)) - _KNOWN):
        if keyword.startswith("x-"):
            continue
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if not _same(one, other):
            direction: Direction = "narrower" if one is ABSENT else "wider" if other is ABSENT else "other"
            yield Difference("schema", direction, keyword, one, other)


def plain(schema: Schema) -> dict[str, Any]:
    """Return the schema with one spelling for what can be spelled in several ways.

    A list of every integer from 3 to 15 is the range 3 to 15, more than 2 is at least 3, `const` a list of one.
    """
    found = {name: value for name, value in schema.items() if name not in _WORDS and name not in _STRUCTURE}
    if "const" in found:
        found["enum"] = [found.pop("const")]
    integral = "integer" in _type_names(found) and "number" not in _type_names(found)
    if isinstance(found.get("enum"), list):
        listed = [value for value in found["enum"] if value is not None]
        numbers = sorted(value for value in listed if isinstance(value, int) and not isinstance(value, bool))
        if integral and len(numbers) == len(listed) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            del found["enum"]
            found["minimum"] = max(numbers[0], found.get("minimum", numbers[0]))
            found["maximum"] = min(numbers[-1], found.get("maximum", numbers[-1]))
        else:
            found["enum"] = listed
    for exclusive, inclusive, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        if integral and isinstance(found.get(exclusive), int):
            found.setdefault(inclusive, found.pop(exclusive) + step)
    for keyword in ("minLength", "minItems", "minProperties"):
        if found.get(keyword) == 0:
            del found[keyword]
    return found


_KNOWN = {*LOWER, *UPPER, *_OPEN, "type", "enum", "const", "multipleOf", "uniqueItems", "default", "deprecated"}


def _same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _type_names(schema: Schema) -> set[str]:
    stated = schema.get("type", ())
    return {stated} if isinstance(stated, str) else set(stated)


def _types(old: Schema, new: Schema) -> Iterator[Difference]:
    one, other = _type_names(old), _type_names(new)
    if one != other:
        yield Difference("type", _types_direction(one, other), "type", sorted(one) or ABSENT, sorted(other) or ABSENT)


def _types_direction(one: set[str], other: set[str]) -> Direction:
    if not other or (one and all(name in other or (name == "integer" and "number" in other) for name in one)):
        return "wider"
    if not one or all(name in one or (name == "integer" and "number" in one) for name in other):
        return "narrower"
    return "other"


def _values(old: Schema, new: Schema) -> Iterator[Difference]:
    one, other = old.get("enum", ABSENT), new.get("enum", ABSENT)
    if one is ABSENT and other is ABSENT:
        return
    if one is ABSENT or other is ABSENT:
        yield Difference("values", "narrower" if one is ABSENT else "wider", "enum", one, other)
        return
    gone = [value for value in one if _text(value) not in {_text(v) for v in other}]
    come = [value for value in other if _text(value) not in {_text(v) for v in one}]
    if gone:
        yield Difference("values", "narrower", "enum", gone, ABSENT)
    if come:
        yield Difference("values", "wider", "enum", ABSENT, come)


def _bounds(old: Schema, new: Schema) -> Iterator[Difference]:
    for keyword in (*LOWER, *UPPER):
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if not _same(one, other):
            yield Difference("bound", _direction(keyword, one, other), keyword, one, other)
    one, other = old.get("multipleOf", ABSENT), new.get("multipleOf", ABSENT)
    if not _same(one, other):
        yield Difference("bound", _multiples(one, other), "multipleOf", one, other)
    if bool(old.get("uniqueItems")) != bool(new.get("uniqueItems")):
        narrower = bool(new.get("uniqueItems"))
        yield Difference("bound", "narrower" if narrower else "wider", "uniqueItems", not narrower, narrower)
    for keyword in _OPEN:
        was, now = old.get(keyword, True) is not False, new.get(keyword, True) is not False
        if was != now:
            yield Difference("bound", "wider" if now else "narrower", keyword, was, now)


def _direction(keyword: str, one: Any, other: Any) -> Direction:
    if one is ABSENT or other is ABSENT:
        return "narrower" if one is ABSENT else "wider"
    return "narrower" if (other > one) == (keyword in LOWER or keyword.startswith("min")) else "wider"


def _multiples(one: Any, other: Any) -> Direction:
    if one is ABSENT or other is ABSENT:
        return "narrower" if one is ABSENT else "wider"
    if (other / one).is_integer():
        return "narrower"
    return "wider" if (one / other).is_integer() else "other"


def _media(old: Schema, new: Schema) -> Iterator[Difference]:
    for keyword in sorted(set(old) | set(new)):
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if _same(one, other):
            continue
        if isinstance(one, list) or isinstance(other, list):
            yield from _listed(keyword, one, other)
        else:
            yield Difference("media", _direction(keyword, one, other), keyword, one, other)


def _listed(keyword: str, one: Any, other: Any) -> Iterator[Difference]:
    """Formats and encodings: sets, where none stated means any."""
    if one is ABSENT or other is ABSENT:
        yield Difference("media", "narrower" if one is ABSENT else "wider", keyword, one, other)
        return
    if gone := [value for value in one if value not in other]:
        yield Difference("media", "narrower", keyword, gone, ABSENT)
    if come := [value for value in other if value not in one]:
        yield Difference("media", "wider", keyword, ABSENT, come)


def words(difference: Difference) -> str:
    """Return the difference in English: `is at most 1000 characters, was 2500 characters`."""
    old, new, keyword = difference.old, difference.new, difference.keyword
    if difference.aspect == "type":
        return f"is {_types_text(new)}, was {_types_text(old)}"
    if difference.aspect == "deprecated":
        return "is deprecated" if difference.direction == "narrower" else "is not deprecated any more"
    if difference.aspect == "default":
        return f"has {_default(new)}, had {_default(old)}"
    if difference.aspect == "values" or isinstance(old, list) or isinstance(new, list):
        return _values_words(difference)
    if keyword in _OPEN:
        return "takes members that are not documented" if new else "takes documented members only"
    if keyword == "uniqueItems":
        return "takes no item twice" if new else "takes an item twice"
    if difference.aspect == "schema":
        return f"has another `{keyword}`"
    return f"{_limit(difference, new)}, {'was ' + _bare(difference, old) if old is not ABSENT else 'was not limited'}"


def _values_words(difference: Difference) -> str:
    old, new = difference.old, difference.new
    what = {"formats": "the format ", "encodings": "the encoding "}.get(difference.keyword, "")
    if old is ABSENT and difference.direction == "narrower":
        return f"takes only {what}{_listing(new)}, was not limited"
    if new is ABSENT and difference.direction == "wider":
        return f"takes any value, was limited to {_listing(old)}"
    return f"also takes {what}{_listing(new)}" if old is ABSENT else f"does not take {what}{_listing(old)} any more"


def _listing(values: Any) -> str:
    return english.listing([f"`{english.value(value)}`" for value in values], "or")


def _types_text(types: Any) -> str:
    return "of any type" if types is ABSENT else english.listing(types, "or")


def _default(value: Any) -> str:
    return "no default" if value is ABSENT else f"the default {english.value(value)}"


def _limit(difference: Difference, value: Any) -> str:
    if value is ABSENT:
        return f"has no `{difference.keyword}`"
    stated = english.limits(
        {"x-media": {difference.keyword: value}} if difference.aspect == "media" else {difference.keyword: value}
    )
    return f"is {stated[0]}" if stated else f"has `{difference.keyword}` {english.value(value)}"


def _bare(difference: Difference, value: Any) -> str:
    return english.value(value) + _UNITS.get(difference.keyword, "")
