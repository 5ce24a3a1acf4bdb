"""Limits of one value against each other: ranges that are empty, values that are listed and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from codegen.drift.normal import BOUNDS, bound
from specs import english, pointers
from specs.checks import is_a, satisfies
from specs.domains import domain_of
from specs.model import Field
from specs.rules.formula import ABSENT

Schema = Mapping[str, Any]
_MEDIA = ("Width", "Height", "AspectRatio", "Duration", "Bytes")


def check(field: Field) -> Iterator[str]:
    """Yield what the field's limits say against each other."""
    schema = field.schema
    crossed = [*_crossed(schema), *_crossed_media(schema.get("x-media") or {})]
    yield from crossed
    if not crossed:
        yield from _refused(field)


def impossible(schema: Schema) -> bool:
    """Tell whether no value keeps the limits: then nothing can be proved of requests."""
    return domain_of(schema).empty


def _crossed(schema: Schema) -> Iterator[str]:
    for limits in BOUNDS:
        low, high = bound(schema, limits.lower, 1), bound(schema, limits.upper, -1)
        if low and high and (low.value > high.value or (low.value == high.value and (low.exclusive or high.exclusive))):
            yield f"`{low.keyword}` {english.value(low.value)} is above `{high.keyword}` {english.value(high.value)}"


def _crossed_media(media: Schema) -> Iterator[str]:
    for name in _MEDIA:
        low, high = media.get(f"min{name}"), media.get(f"max{name}")
        if low is not None and high is not None and low > high:
            yield f"`min{name}` {english.value(low)} is above `max{name}` {english.value(high)}"


def _refused(field: Field) -> Iterator[str]:
    schema = field.schema
    listed = schema.get("enum", [schema["const"]] if "const" in schema else ())
    rest = {keyword: limit for keyword, limit in schema.items() if keyword not in ("enum", "const")}
    wrong = [value for value in listed if field.types and value is not None and not is_a(value, field.types)]
    if wrong:
        yield f"it is {english.listing(field.types, 'or')}, and {_named(wrong)} listed"
    if outside := [value for value in listed if value not in wrong and not satisfies(value, rest)]:
        yield f"{_named(outside)} listed, and it is {english.listing(english.limits(rest))}"
    if "enum" in schema and not listed:
        yield "no value is listed"
    elif not listed and impossible(schema):
        yield f"no value is {english.listing(english.limits(schema))}"


def _named(values: list[Any]) -> str:
    return f"{english.listing(map(shown, values))} {'is' if len(values) == 1 else 'are'}"


def shown(value: Any) -> str:
    """Return a value as JSON has it: of what is refused, 5 and "5" have to be told apart."""
    return json.dumps(value, ensure_ascii=False)


def taken(field: Field) -> str:
    """Return what the field takes, texts as JSON has them."""
    schema = dict(field.schema)
    if "enum" in schema:
        schema["enum"] = [shown(value) if isinstance(value, str) else value for value in schema["enum"]]
    return english.listing([*field.types, *english.limits(schema)])


def unknown(schema: Schema, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield pointer and name of every member that a closed object requires and does not have."""
    properties = schema.get("properties", {})
    if schema.get("additionalProperties", ABSENT) is False:
        yield from ((at, name) for name in schema.get("required", ()) if name not in properties)
    for name, member in properties.items():
        yield from unknown(member, at + pointers.join(name))
    if isinstance(schema.get("items"), Mapping):
        yield from unknown(schema["items"], at + "/*")
