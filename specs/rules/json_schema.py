"""Formulas as JSON Schema 2020-12, as far as it can say them: what foreign tools enforce.

Sums, comparisons of two fields and mentions in a text are beyond it: `schema` returns None for them.
"""

from __future__ import annotations

from typing import Any

from specs.checks import satisfies
from specs.rules.formula import ABSENT, And, Each, Formula, OneOf, Or, Present, Ref, Satisfies, negate

Schema = dict[str, Any]


def schema(formula: Formula) -> Schema | None:
    """Return the schema that a body satisfies exactly when the formula holds, or None."""
    if isinstance(formula, And):
        return _all_of(formula.parts)
    if isinstance(formula, Or):
        return _any_of(formula.parts)
    if isinstance(formula, Present):
        return _present(formula)
    if isinstance(formula, OneOf):
        return _one_of(formula)
    if isinstance(formula, Satisfies):
        return _satisfies(formula)
    if isinstance(formula, Each) and not formula.negated:
        return _each(formula)
    return None


def _all_of(parts: tuple[Formula, ...]) -> Schema | None:
    found = [schema(part) for part in parts]
    stated = [part for part in found if part is not None]
    return _joined(stated) if len(stated) == len(found) else None


def _any_of(parts: tuple[Formula, ...]) -> Schema | None:
    """`not a or b` reads better as `if a then b`, `not a or not b` as `not (a and b)`."""
    guards = tuple(negate(part) for part in parts if _negative(part))
    rest = tuple(part for part in parts if not _negative(part))
    if not guards:
        found = [schema(part) for part in rest]
        stated = [part for part in found if part is not None]
        return {"anyOf": stated} if len(stated) == len(found) else None
    condition = _all_of(guards)
    if condition is None:
        return None
    if not rest:
        return {"not": condition}
    conclusion = schema(rest[0]) if len(rest) == 1 else _any_of(rest)
    return None if conclusion is None else {"if": condition, "then": conclusion}


def _negative(formula: Formula) -> bool:
    if isinstance(formula, (And, Or)):
        return all(_negative(part) for part in formula.parts)
    return isinstance(formula, (Present, OneOf)) and formula.negated


def _joined(parts: list[Schema]) -> Schema:
    """Merge schemas whose keywords do not collide; `required` and `properties` join."""
    merged: Schema = {}
    for part in parts:
        for keyword, value in part.items():
            if keyword == "required":
                merged["required"] = [
                    *merged.get("required", []),
                    *(n for n in value if n not in merged.get("required", [])),
                ]
            elif keyword == "properties" and not set(value) & set(merged.get("properties", {})):
                merged["properties"] = {**merged.get("properties", {}), **value}
            elif keyword in merged:
                return {"allOf": parts}
            else:
                merged[keyword] = value
    return merged


def _present(formula: Present) -> Schema:
    *outer, last = formula.ref.names
    inner: Schema = {"required": [last]}
    if formula.ref.nullable:
        inner["properties"] = {last: {"not": {"type": "null"}}}
    found = _within(tuple(outer), inner, required=True)
    return {"not": found} if formula.negated else found


def _one_of(formula: OneOf) -> Schema:
    ref, values = formula.ref, list(formula.values)
    absent_counts = ref.counts_as(formula.values)
    allowed: Schema = {"const": values[0]} if len(values) == 1 else {"enum": values}
    if absent_counts and ref.nullable:
        allowed = {"enum": [*values, None]}
    *outer, last = ref.names
    inner: Schema = {"properties": {last: allowed}}
    if not absent_counts:
        inner["required"] = [last]
    found = _within(tuple(outer), inner, required=not absent_counts)
    return {"not": found} if formula.negated else found


def _satisfies(formula: Satisfies) -> Schema:
    ref = formula.ref
    allowed: Schema = dict(formula.schema)
    default_fits = ref.default is ABSENT or satisfies(ref.default, formula.schema)
    if ref.nullable and default_fits:
        allowed = {"anyOf": [{"type": "null"}, allowed]}
    *outer, last = ref.names
    inner: Schema = {"properties": {last: allowed}}
    if not default_fits:
        inner["required"] = [last]
    found = _within(tuple(outer), inner, required=not default_fits)
    return {"not": found} if formula.negated else found


def _each(formula: Each) -> Schema | None:
    if any(not ref.of_item for ref in _refs(formula.part)):
        return None  # an item cannot be held against its surroundings
    inner = schema(formula.part)
    if inner is None:
        return None
    found: Schema = {"items": inner}
    for name in reversed(formula.array):
        found = {"items": found} if name == "*" else {"properties": {name: found}}
    return found


def _refs(formula: Formula) -> list[Ref]:
    if isinstance(formula, (And, Or)):
        return [ref for part in formula.parts for ref in _refs(part)]
    return [formula.ref] if isinstance(formula, (Present, OneOf, Satisfies)) else []


def _within(outer: tuple[str, ...], inner: Schema, *, required: bool) -> Schema:
    for name in reversed(outer):
        inner = {"properties": {name: inner}, **({"required": [name]} if required else {})}
    return inner
