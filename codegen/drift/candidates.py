"""Values of a field that make a difference to rules: one of each cell, and numbers to be less, equal or more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from codegen.drift.samples import at, sample
from specs import pointers
from specs.checks import satisfies
from specs.domains import domain_of, partition, types
from specs.rules.model import Rule, parts

Schema = Mapping[str, Any]
LONGEST = 40
"""Items of a list, at most."""


def candidates(pointer: str, rules: Sequence[Rule], schemas: Sequence[Schema]) -> tuple[Any, ...]:
    """Return the values of a field that tell the rules apart, plain ones first; `schemas` are its states, newest last.

    Values come from what the states document: what neither of them takes is refused by both.
    """
    found: list[Any] = []
    for rule in rules:
        if rule.kind in ("compare", "sum") and pointer in (*rule.fields, rule.total):
            found += _numbers(rule, pointer, rules, schemas)
        if rule.kind == "refers_to" and rule.fields[0] == pointer:
            found += _mentions(str((rule.schema or {})["pattern"]))
    stated = statements(pointer, rules)
    if stated or not found or isinstance(found[0], str):
        for schema in (at(state, pointer) for state in reversed(schemas)):
            if schema is not None and types(schema) != ("array",):
                found += _cells(schema, pointers.split(pointer)[-1], stated)
    return tuple(distinct(found)) or ("text",)


def statements(pointer: str, rules: Iterable[Rule]) -> list[Schema]:
    """Return what rules say of the field's value, each as a JSON Schema."""
    found: list[Schema] = []
    for rule in rules:
        found += [{"enum": list(part.values)} for part in parts(rule.when) if part.field == pointer and part.values]
        if rule.kind == "values_if" and rule.fields[0] == pointer:
            found.append(rule.schema or {})
    return found


def lengths(pointer: str, rules: Sequence[Rule], schemas: Sequence[Schema]) -> list[int]:
    """Return the numbers of items that tell the rules apart: none, one, two, and those beside what limits them."""
    found = {0, 1, 2}
    for schema in schemas:
        if (known := at(schema, pointer)) is not None and (least := known.get("minItems", 0)) > 1:
            found |= {least, least + 1}
    for stated in statements(pointer, rules):
        for keyword in ("minItems", "maxItems"):
            if keyword in stated:
                found |= {stated[keyword] - 1, stated[keyword], stated[keyword] + 1}
    return sorted(length for length in found if 0 <= length <= LONGEST)


def _cells(schema: Schema, name: str, stated: Sequence[Schema]) -> Iterator[Any]:
    """Yield a value of each cell of what the schema allows, the one that a person would write where it is in it."""
    plain = sample(schema, name)
    for cell in partition(domain_of(schema), stated):
        value = cell.sample()
        yield plain if _verdicts(plain, stated) == _verdicts(value, stated) else value
    for steps in (said["multipleOf"] for said in stated if "multipleOf" in said):
        yield from (steps, steps + 1)


def _verdicts(value: Any, stated: Iterable[Schema]) -> list[bool]:
    return [satisfies(value, schema) for schema in stated]


def _mentions(pattern: str) -> Iterator[str]:
    """Yield texts that mention a first and a second place, where they can be written down from the pattern."""
    for place in ("1", "2"):
        text = re.sub(r"\((?:\?P<\w+>)?\\d[+*]?\)|\(\[0-9\][+*]?\)", place, pattern)
        text = re.sub(r"\\(\W)", r"\1", text)
        if re.findall(pattern, text):
            yield text


def _numbers(rule: Rule, pointer: str, rules: Sequence[Rule], schemas: Sequence[Schema]) -> Iterator[float]:
    """Yield numbers by which each field of the comparison can be less, equal or more than the others.

    What items are compared with, or summed up to, can be as much as all items of a list have together, in every length.
    """
    named = (*rule.fields, *([rule.total] if rule.total else []))
    own = _range([pointer], schemas)
    items, others = ([one for one in named if ("*" in one) == of_items] for of_items in (True, False))
    if not items:
        low, _, defaults = _range(named, schemas)
        near = [number + step for number in (defaults or [low + 1]) for step in (0, 1, -1)]
    else:
        low, high, defaults = _range(items, schemas)
        least, most, wanted = _range(others, schemas)
        middle = min(max((defaults or wanted or [low + 1])[0], low), high)
        near = [middle, middle + 1, middle - 1]
        for count in lengths(pointers.array(items[0]) or "", rules, schemas)[2:]:
            each = middle if least <= count * middle <= most else min(max(most // count, low), high)
            near += [each, each + 1, each - 1][: 3 if count == 2 else 1] if "*" in pointer else [count * each]
        if "*" not in pointer:
            near += [*own[2], least]
        elif wanted:  # what two have together where the total is left out
            near += [wanted[0] // 2, wanted[0] - wanted[0] // 2]
    yield from (int(number) if float(number).is_integer() else number for number in near if own[0] <= number <= own[1])


def _range(named: Iterable[str], schemas: Sequence[Schema]) -> tuple[float, float, list[float]]:
    """Return the least and greatest number that all of the fields take in all states, and their defaults."""
    found = [known for pointer in named for schema in schemas if (known := at(schema, pointer)) is not None]
    defaults = [known["default"] for known in found if isinstance(known.get("default"), (int, float))]
    low = max((known["minimum"] for known in found if "minimum" in known), default=0)
    return low, min((known["maximum"] for known in found if "maximum" in known), default=1e9), defaults


def distinct(values: Iterable[Any]) -> Iterator[Any]:
    """Yield each value once; true is not 1."""
    seen: set[str] = set()
    for value in values:
        if (key := f"{type(value).__name__} {value!r}") not in seen:
            seen.add(key)
            yield value
