"""Two JSON Schemas of one value, keyword by keyword: which limits are narrower now, which wider, which just others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from codegen.drift.normal import (
    BOUNDS,
    STRUCTURE,
    Bound,
    Schema,
    aligned,
    bound,
    plain,
    same,
    takes_null,
    text,
    type_names,
)
from specs.checks import satisfies
from specs.rules.formula import ABSENT

Direction = Literal["narrower", "wider", "other"]
Aspect = Literal["type", "bound", "values", "media", "schema", "default", "deprecated"]

OPEN = ("additionalProperties", "unevaluatedProperties")
_KNOWN = {*(keyword for pair in BOUNDS for keyword in (*pair.lower, *pair.upper)), *OPEN, *STRUCTURE, "type", "enum",
          "const", "multipleOf", "uniqueItems", "default", "deprecated"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One limit that changed; `old` and `new` are ABSENT where it was not, or is not, stated.

    `was` is the keyword that stated the old limit, where another one states the new.
    """

    aspect: Aspect
    direction: Direction
    keyword: str
    old: Any
    new: Any
    was: str = ""


def differences(old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield what changed about the value itself; members and items are fields of their own.

    Where no type is common to both there is nothing else to compare.
    """
    if repr(old) == repr(new):  # the common case; `==` would take true for 1
        return
    old, new = aligned(plain(old), plain(new))
    yield from _types(old, new)
    if not _disjoint(old, new):
        yield from _limits(old, new)


def apart(old: Schema, new: Schema) -> bool:
    """Tell whether no value is of a type of both schemas: all that stands below is another thing, too."""
    return repr(old) != repr(new) and _disjoint(plain(old), plain(new))


def _limits(old: Schema, new: Schema) -> Iterator[Difference]:
    yield from _values(old, new)
    if ("enum" in old) == ("enum" in new):
        yield from _bounds(old, new)
    yield from _shape(old, new)
    yield from _media(old.get("x-media") or {}, new.get("x-media") or {})
    if not same(one := old.get("default", ABSENT), other := new.get("default", ABSENT)):
        yield Difference("default", "other", "default", one, other)
    if bool(old.get("deprecated")) != bool(new.get("deprecated")):
        yield Difference("deprecated", "narrower" if new.get("deprecated") else "wider", "deprecated", None, None)
    for keyword in sorted((set(old) | set(new)) - _KNOWN):
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if not keyword.startswith("x-") and not same(one, other):
            yield Difference("schema", _stated(one, other), keyword, one, other)


def _stated(one: Any, other: Any) -> Direction:
    return "narrower" if one is ABSENT else "wider" if other is ABSENT else "other"


def _disjoint(old: Schema, new: Schema) -> bool:
    one, other = (_wide(type_names(schema) - {"null"}) for schema in (old, new))
    return bool(one and other) and not one & other


def _wide(names: set[str]) -> set[str]:
    """Return the names of types, those that take integers by either name."""
    return {"number" if name == "integer" else name for name in names}


def _types(old: Schema, new: Schema) -> Iterator[Difference]:
    one, other = type_names(old), type_names(new)
    if takes_null(old) == takes_null(new):
        one, other = one - {"null"}, other - {"null"}
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
        listed, limited = (other, old) if one is ABSENT else (one, new)
        inside = all(satisfies(value, limited) for value in listed)
        yield Difference("values", _stated(one, other) if inside else "other", "enum", one, other)
        return
    told = type_names(old) ^ type_names(new) | ({"null"} if takes_null(old) == takes_null(new) else set())
    if "null" in told:  # null by the type, or by neither
        one, other = ([value for value in listed if value is not None] for listed in (one, other))
    gone = [value for value in one if text(value) not in {text(v) for v in other}]
    come = [value for value in other if text(value) not in {text(v) for v in one}]
    if gone:
        yield Difference("values", "narrower", "enum", gone, ABSENT)
    if come:
        yield Difference("values", "wider", "enum", ABSENT, come)


def _bounds(old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield the changes of the one lower and the one upper bound that a value, length or number of items has."""
    for limits in BOUNDS:
        for keywords, sign in ((limits.lower, 1), (limits.upper, -1)):
            one, other = bound(old, keywords, sign), bound(new, keywords, sign)
            if one == other:
                continue
            keyword, before = (other or one or Bound(0, False, "")).keyword, one.keyword if one else ""
            was, now = (ABSENT if found is None else found.value for found in (one, other))
            direction: Direction
            if one is None or other is None:
                direction = "narrower" if one is None else "wider"
            else:
                direction = "narrower" if other.strictness(sign) > one.strictness(sign) else "wider"
            yield Difference("bound", direction, keyword, was, now, was=before if before != keyword else "")


def _shape(old: Schema, new: Schema) -> Iterator[Difference]:
    one, other = old.get("multipleOf", ABSENT), new.get("multipleOf", ABSENT)
    if not same(one, other):
        yield Difference("bound", _multiples(one, other), "multipleOf", one, other)
    if bool(old.get("uniqueItems")) != bool(new.get("uniqueItems")):
        narrower = bool(new.get("uniqueItems"))
        yield Difference("bound", "narrower" if narrower else "wider", "uniqueItems", not narrower, narrower)
    for keyword in OPEN:
        was, now = old.get(keyword, True) is not False, new.get(keyword, True) is not False
        if was != now:
            yield Difference("bound", "wider" if now else "narrower", keyword, was, now)


def _multiples(one: Any, other: Any) -> Direction:
    if one is ABSENT or other is ABSENT:
        return _stated(one, other)
    if (other / one).is_integer():
        return "narrower"
    return "wider" if (one / other).is_integer() else "other"


def _media(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for keyword in sorted(set(old) | set(new)):
        one, other = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if same(one, other):
            continue
        if isinstance(one, list) or isinstance(other, list):
            yield from _listed(keyword, one, other)
        elif one is ABSENT or other is ABSENT:
            yield Difference("media", _stated(one, other), keyword, one, other)
        else:
            narrower = (other > one) == keyword.startswith("min")
            yield Difference("media", "narrower" if narrower else "wider", keyword, one, other)


def _listed(keyword: str, one: Any, other: Any) -> Iterator[Difference]:
    """Formats and encodings: sets, where none stated means any."""
    if one is ABSENT or other is ABSENT:
        yield Difference("media", _stated(one, other), keyword, one, other)
        return
    if gone := [value for value in one if value not in other]:
        yield Difference("media", "narrower", keyword, gone, ABSENT)
    if come := [value for value in other if value not in one]:
        yield Difference("media", "wider", keyword, ABSENT, come)
