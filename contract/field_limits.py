"""Limits: what a request body can break in a single field, and values that break just that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs

from contract.images import media_beyond
from contract.values import FILLERS
from specs import pointers
from specs.checks import Source, number
from specs.domains import MISSING, Domain, Schema, domain_of, first_branch, types, values
from specs.media import Media
from specs.model import Operation
from specs.worlds import Choice, Names

UNKNOWN = "no_such_parameter"
"""The name of a member that no operation has."""
NOT_OBJECTS: tuple[Any, ...] = ([], "text", None, 7, True, [{}])
"""JSON values that are no request body."""


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """One keyword of one field. `id` is what a violation of it is called, such as `duration.maximum`.

    `choices` are the ways to break it and nothing else but `also`: the limits of the same field that cannot but be
    broken with it, as where a range repeats a list of values. `stated` tells whether a page states the limit (and not
    our reading of what it does not say).
    """

    id: str
    pointer: str
    keyword: str
    value: Any
    choices: tuple[Choice, ...]
    source: Source
    stated: bool = True
    also: tuple[str, ...] = ()

    @property
    def broken(self) -> frozenset[str]:
        """The ids of all violations that a request breaking this limit has."""
        return frozenset((self.id, *self.also))

    @property
    def names(self) -> Names:
        """The pointer's parts."""
        return pointers.split(self.pointer)


@lru_cache(maxsize=256)
def limits(operation: Operation) -> tuple[Limit, ...]:
    """Return every limit of the body's fields that can be broken alone, in the order of the documentation."""
    if operation.request is None:
        return ()
    return (_not_an_object(operation), *_members(operation.request, "", operation))


def _not_an_object(operation: Operation) -> Limit:
    wrong = (Choice(True, values(*NOT_OBJECTS)),)
    return Limit("body.type", "", "type", "object", wrong, operation.source)


def _members(schema: Schema, at: str, operation: Operation) -> Iterator[Limit]:
    """Yield the limits of an object's members, of their items and members, and of the object itself."""
    schema = first_branch(schema)
    for name, member in schema.get("properties", {}).items():
        pointer = at + pointers.join(name)
        if name in schema.get("required", ()):
            yield _limit(operation, pointer, "required", True, (Choice(False, values(MISSING)),))
        yield from _value(member, pointer, operation)
    if schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False:
        keyword = "additionalProperties" if schema.get("additionalProperties") is False else "unevaluatedProperties"
        pointer = at + pointers.join(UNKNOWN)
        yield Limit(
            f"{pointers.name(pointer)}.{keyword}", pointer, keyword, False, (Choice(True, values("x")),),
            _source(operation, at), stated=False,
        )  # fmt: skip


def _value(schema: Schema, pointer: str, operation: Operation) -> Iterator[Limit]:
    schema = first_branch(schema)
    for keyword, limit, choices, also in broken(schema):
        yield _limit(operation, pointer, keyword, limit, choices, also)
    if "array" in types(schema) and isinstance(schema.get("items"), Mapping):
        yield from _value(schema["items"], f"{pointer}/*", operation)
    if "properties" in schema:
        yield from _members(schema, pointer, operation)


def _limit(
    operation: Operation, pointer: str, keyword: str, limit: Any, choices: tuple[Choice, ...], also: Iterable[str] = ()
) -> Limit:
    source, name = _source(operation, pointer), pointers.name(pointer)
    entailed = tuple(f"{name}.{other}" for other in sorted(also))
    return Limit(f"{name}.{keyword}", pointer, keyword, limit, choices, source, source.inferred is None, entailed)


def _source(operation: Operation, pointer: str) -> Source:
    """Return where the field, or the nearest thing around it that has a source, is documented."""
    sources = {found.pointer: found.source for found in operation.at("body")}
    while pointer:
        found = sources.get(pointer, Source())
        if found != Source():
            return found
        pointer = pointers.parent(pointer)
    return operation.source


# --- values that break one keyword --------------------------------------------------------------------


def broken(schema: Schema) -> Iterator[tuple[str, Any, tuple[Choice, ...], frozenset[str]]]:
    """Yield (keyword, its value, ways to break it, keywords that break with it) for every keyword that has a way."""
    validator = jsonschema_rs.Draft202012Validator(dict(schema))
    for keyword, candidates in _candidates(schema).items():
        tried = [(value, frozenset(str(e.kind.name) for e in validator.iter_errors(value))) for value in candidates]
        together = min((found for _, found in tried if keyword in found), key=len, default=frozenset[str]())
        values_found = [value for value, found in tried if found == together and found]
        if choices := _choices(schema, keyword, values_found):
            yield keyword, schema[keyword], choices, together - {keyword}
    if "x-media" in schema:
        beyond: dict[str, list[str]] = {}
        for keyword, value in media_beyond(Media.from_json(schema["x-media"])):
            beyond.setdefault(keyword, []).append(value)
        for keyword, found in beyond.items():
            yield keyword, schema["x-media"].get(keyword), (Choice(True, values(*found)),), frozenset()


def _choices(schema: Schema, keyword: str, alone: list[Any]) -> tuple[Choice, ...]:
    if keyword in ("minItems", "maxItems") and alone:
        lengths = sorted({len(value) for value in alone}, reverse=keyword == "minItems")
        spans = tuple((length, length) for length in lengths)
        return tuple(Choice(True, Domain("list", spans=(span,), schema=schema)) for span in spans)
    given = [value for value in alone if value is not None]
    numbers = [value for value in given if number(value) is not None]
    others = [value for value in given if number(value) is None]
    found = tuple(Choice(True, values(value)) for value in numbers)  # rules read them: each is a case of its own
    if others:
        found = (*found, Choice(True, values(*others)))
    return (*found, Choice(False, values(None))) if None in alone else found


def _candidates(schema: Schema) -> dict[str, list[Any]]:
    """Return, for each keyword of the schema, values that break it; each has still to be tried."""
    found: dict[str, list[Any]] = {}
    if "type" in schema:
        wrong: dict[str, list[Any]] = {
            "boolean": ["true", 1, {}],
            "string": [7, {}],
            "array": ["text", {}],
            "object": ["text", 7, []],
        }
        default: list[Any] = ["5", {}, 5.5, True]
        kind = types(schema)[0] if types(schema) else "null"
        found["type"] = [*wrong.get(kind, default), None]
    for keyword in ("enum", "const"):
        if keyword in schema:
            found[keyword] = _unlisted(schema["enum"] if keyword == "enum" else [schema["const"]], schema)
    for keyword, sign in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", -1), ("exclusiveMaximum", 1)):
        if keyword in schema:
            found[keyword] = _beyond(schema, keyword, sign)
    if "multipleOf" in schema:
        step = schema["multipleOf"]
        base = next(iter(domain_of(schema).values), 0)
        found["multipleOf"] = [base + step + 1, base + step - 1, base + step / 2]
    for keyword, lengths in (("minLength", (-1,)), ("maxLength", (1, 100))):
        if keyword in schema:
            found[keyword] = [
                filler * (schema[keyword] + more)
                for more in lengths
                for filler in FILLERS
                if schema[keyword] + more >= 0
            ]
    if "maxLength" in schema:
        found["maxLength"].append(FILLERS[0] * schema["maxLength"] + " ")  # one too many, until blanks are cut off
    if "pattern" in schema:
        found["pattern"] = ["", " ", "?", "no match", "0" * schema.get("minLength", 1)]
    for keyword, lengths in (("minItems", (-1,)), ("maxItems", (1, 2))):
        if keyword in schema:
            found[keyword] = [
                [_plain_item(schema)] * (schema[keyword] + more) for more in lengths if schema[keyword] + more >= 0
            ]
    if schema.get("uniqueItems"):
        found["uniqueItems"] = [[_plain_item(schema)] * max(2, schema.get("minItems", 0))]
    return found


def _beyond(schema: Schema, keyword: str, sign: int) -> list[Any]:
    limit = schema[keyword]
    if keyword.startswith("exclusive"):
        return [limit, limit + sign]
    if "integer" in types(schema):
        return [limit + sign, limit + 100 if sign > 0 else -abs(limit) - 2]  # not below 0 where the sign is lost
    return [round(limit + sign * step, 9) for step in (0.01, 1, 1000)]


def _unlisted(listed: list[Any], schema: Schema) -> list[Any]:
    if "string" in types(schema):
        texts = [value for value in listed if isinstance(value, str)]
        turned = [texts[0].upper(), texts[0][:-1]] if texts else []
        return ["unlisted", *(text for text in turned if text not in texts)]
    numbers = [value for value in listed if isinstance(value, (int, float)) and not isinstance(value, bool)]
    near = [n + step for n in numbers for step in (1, -1) if n + step not in numbers]
    return sorted(set(near), key=lambda n: (abs(n), n))


def _plain_item(schema: Schema) -> Any:
    """Return an item that keeps its own limits as far as a single value can; objects get their required members."""
    item = first_branch(schema.get("items", {}))
    domain = domain_of(item)
    if domain.kind == "object":
        required = item.get("required", ())
        return {name: _plain_item({"items": item.get("properties", {}).get(name, {})}) for name in required}
    if domain.kind == "list":
        return [_plain_item(item)] * int(domain.spans[0][0]) if domain.spans else []
    if domain.kind == "text":
        return "a" * max(1, int(domain.spans[0][0]))
    return domain.sample()
