"""Domains: the values that a schema allows, and their partition into cells on which a rule's statement is constant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from specs.checks import satisfies

Schema = Mapping[str, Any]
Span = tuple[float, float]
Kind = Literal["values", "number", "text", "list", "object"]


class _Missing:
    """The value of a member that is not there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
_UNBOUNDED = 10**6
"""How far a number without a bound goes from its other bound, or from 0."""
_LONGEST_TEXT = 4000
_MORE_ITEMS = 6
"""How many items more than the least an array without an upper limit gets."""
_STEP = 0.01
"""How far a real number keeps from a bound that it may not reach."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of JSON values.

    `values` lists a finite set, simplest first. `spans` are closed intervals: of numbers, or of the lengths of a text
    or list. `excluded` are texts that do not belong to it. `schema` is what the domain was made of.
    """

    kind: Kind
    values: tuple[Any, ...] = ()
    spans: tuple[Span, ...] = ()
    integral: bool = True
    excluded: tuple[Any, ...] = ()
    schema: Schema = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether no value is in it."""
        return not (self.values if self.kind == "values" else self.spans or self.kind == "object")

    def sample(self) -> Any:
        """Return a value of it as far as rules look at it: a list's items are not built."""
        if self.kind == "values":
            return self.values[0]
        if self.kind == "object":
            return {}
        low = self.spans[0][0]
        if self.kind == "number":
            return _whole(low) if self.integral else low
        return "~" * int(low) if self.kind == "text" else [None] * int(low)


def values(*found: Any) -> Domain:
    """Return the domain of just these values."""
    return Domain("values", found)


def types(schema: Schema) -> tuple[str, ...]:
    """Return the schema's types without null; guessed from its keywords where none is stated."""
    stated = schema.get("type")
    if stated is not None:
        return tuple(t for t in ([stated] if isinstance(stated, str) else stated) if t != "null")
    if "properties" in schema:
        return ("object",)
    return ("array",) if "items" in schema else ("string",)


def nullable(schema: Schema) -> bool:
    """Tell whether null is a documented value."""
    stated = schema.get("type", ())
    return "null" in ([stated] if isinstance(stated, str) else stated)


def first_branch(schema: Schema) -> Schema:
    """Return the schema with an `anyOf` or `oneOf` replaced by its first branch that is not just null."""
    for keyword in ("anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            if isinstance(branch, Mapping) and branch.get("type") != "null" and "required" not in branch:
                return first_branch({**{k: v for k, v in schema.items() if k != keyword}, **branch})
    return schema


def domain_of(schema: Schema) -> Domain:
    """Return the values that the schema allows, null left out."""
    schema = first_branch(schema)
    if "const" in schema:
        return Domain("values", (schema["const"],), schema=schema)
    if "enum" in schema:
        return Domain("values", tuple(v for v in schema["enum"] if v is not None and _kept(v, schema)), schema=schema)
    kind = types(schema)[0] if types(schema) else "null"
    if kind == "boolean":
        return Domain("values", (False, True), schema=schema)
    if kind == "null":
        return values(None)
    if kind in ("integer", "number"):
        return _numbers(schema, integral=kind == "integer")
    if kind == "object":
        return Domain("object", schema=schema)
    if kind == "array":
        low = schema.get("minItems", 0)
        return Domain("list", spans=_span(low, schema.get("maxItems", low + _MORE_ITEMS)), schema=schema)
    low = schema.get("minLength", 0)
    return Domain("text", spans=_span(low, schema.get("maxLength", max(low, _LONGEST_TEXT))), schema=schema)


def _kept(value: Any, schema: Schema) -> bool:
    return satisfies(value, {k: v for k, v in schema.items() if k in ("minimum", "maximum", "minLength", "maxLength")})


def _numbers(schema: Schema, *, integral: bool) -> Domain:
    step = 1 if integral else _STEP
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        above = schema["exclusiveMinimum"] + step
        low = above if low is None else max(low, above)
    if "exclusiveMaximum" in schema:
        below = schema["exclusiveMaximum"] - step
        high = below if high is None else min(high, below)
    if low is None:
        low = 0 if high is None or high >= 0 else high - _UNBOUNDED
    if high is None:
        high = low + _UNBOUNDED
    if multiple := schema.get("multipleOf"):
        start = -(-low // multiple)
        last = min(high // multiple, start + 200)
        return Domain("values", tuple(_whole(n * multiple) for n in range(int(start), int(last) + 1)), schema=schema)
    return Domain("number", spans=_span(low, high), integral=integral, schema=schema)


def _span(low: float, high: float) -> tuple[Span, ...]:
    return ((low, high),) if low <= high else ()


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def split(domain: Domain, schema: Schema) -> tuple[Domain, Domain]:
    """Return the part of the domain that satisfies the schema, and the rest; either may be empty."""
    if domain.kind == "values":
        inside = tuple(v for v in domain.values if satisfies(v, schema))
        outside = tuple(v for v in domain.values if not satisfies(v, schema))
        return replace(domain, values=inside), replace(domain, values=outside)
    if domain.kind == "object":
        return domain, replace(domain, kind="values", values=())
    if domain.kind == "text" and (listed := _listed(schema)) is not None:
        inside = tuple(v for v in listed if isinstance(v, str) and _allows(domain, v))
        return values(*inside), replace(domain, excluded=(*domain.excluded, *inside))
    cells = list(_cells(domain, schema))
    fits = [satisfies(replace(domain, spans=(cell,)).sample(), schema) for cell in cells]
    return (
        replace(domain, spans=tuple(cell for cell, fit in zip(cells, fits, strict=True) if fit)),
        replace(domain, spans=tuple(cell for cell, fit in zip(cells, fits, strict=True) if not fit)),
    )


def partition(domain: Domain, schemas: Iterable[Schema]) -> tuple[Domain, ...]:
    """Return the cells of the domain on each of which every schema is satisfied throughout or not at all.

    One that is empty has none.
    """
    cells = [] if domain.empty else [domain]
    for schema in schemas:
        cells = [part for cell in cells for part in split(cell, schema) if not part.empty]
    return tuple(cells)


def _listed(schema: Schema) -> Sequence[Any] | None:
    if "const" in schema:
        return (schema["const"],)
    found: Sequence[Any] | None = schema.get("enum")
    return found


def _allows(domain: Domain, text: str) -> bool:
    return any(low <= len(text) <= high for low, high in domain.spans) and text not in domain.excluded


_BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)


def _cells(domain: Domain, schema: Schema) -> Iterable[Span]:
    """Cut the spans at every number that the schema names."""
    points = {schema[keyword] for keyword in _BOUNDS if keyword in schema}
    points |= {v for v in _listed(schema) or () if isinstance(v, (int, float)) and not isinstance(v, bool)}
    step = _STEP if domain.kind == "number" and not domain.integral else 1
    for low, high in domain.spans:
        start = low
        for point in sorted(p for p in points if low <= p <= high):
            yield from _span(start, point - step)
            yield point, point
            start = point + step
        yield from _span(start, high)
