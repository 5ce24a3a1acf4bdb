"""Sums and comparisons against each other and against the limits of what they are about, by intervals.

What is said here is certain: intervals hold every value that there is. What depends on single values is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import inf

from codegen.drift.normal import BOUNDS, bound, plain
from specs import english, pointers
from specs.model import Operation
from specs.rules.formula import ABSENT
from specs.rules.model import Rule

_RELATIONS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TURNED = str.maketrans("<>", "><")


@dataclass(frozen=True, slots=True)
class Clash:
    """Statements that exclude each other: a rule and another one, or a rule and the limits of its fields."""

    rule: Rule
    other: Rule | None
    message: str


@dataclass(frozen=True, slots=True)
class _Range:
    """The values that a field can have, where it always has one: given, or its default."""

    low: float
    high: float
    certain: bool


@dataclass(frozen=True, slots=True)
class _Stated:
    """A relation of two quantities, as the rule states it, or of each item, as it follows from a sum."""

    rule: Rule
    about: tuple[str, str, str]
    relations: frozenset[str]
    follows: bool = False


def clashes(operation: Operation) -> Iterator[Clash]:
    """Yield the sums and comparisons that nothing can keep."""
    for rule in operation.rules:
        if rule.kind in ("sum", "compare") and (said := _beyond(operation, rule)) is not None:
            yield Clash(rule, None, said)
    for one, other in _pairs(operation):
        if not one.relations & other.relations:
            yield Clash(other.rule, one.rule, f"it cannot hold together with {one.rule.id}")


def weaker(operation: Operation) -> Iterator[tuple[Rule, Rule]]:
    """Yield each rule that another one of its kind says already, and that one."""
    told: set[str] = set()
    for one, other in _pairs(operation):
        for strong, weak in ((one, other), (other, one)):
            implied = strong.relations <= weak.relations and strong.rule.when in (None, weak.rule.when)
            if (
                implied
                and not (strong.follows or weak.follows)
                and weak.rule.id not in told
                and strong.rule.id not in told
            ):
                told.add(weak.rule.id)
                yield weak.rule, strong.rule


def _pairs(operation: Operation) -> Iterator[tuple[_Stated, _Stated]]:
    """Yield the statements about the same quantities under the same condition, or one of them under any."""
    stated = [one for rule in operation.rules for one in _stated(operation, rule)]
    for one, other in combinations(stated, 2):
        alike = one.about == other.about and one.rule is not other.rule and not (one.follows and other.follows)
        if alike and (one.rule.when == other.rule.when or None in (one.rule.when, other.rule.when)):
            yield (other, one) if other.follows else (one, other)


def _stated(operation: Operation, rule: Rule) -> Iterator[_Stated]:
    relations = _RELATIONS.get(rule.op or "==", "")
    if rule.kind == "sum":
        yield _Stated(rule, ("sum", rule.fields[0], rule.total or ""), frozenset(relations))
        if ">" not in relations and _range(operation, rule.fields[0]).low >= 0:  # each is as much as all, at most
            yield _Stated(rule, ("each", rule.fields[0], rule.total or ""),
                          frozenset("<" if relations == "<" else "<="), follows=True)  # fmt: skip
    elif rule.kind == "compare":
        one, other = rule.fields
        if "*" in other and "*" not in one:
            one, other, relations = other, one, relations.translate(_TURNED)
        yield _Stated(rule, ("each", one, other), frozenset(relations))


def _beyond(operation: Operation, rule: Rule) -> str | None:
    """Return why the rule can never be kept, by the limits of its fields alone."""
    left = _sum(operation, rule.fields[0]) if rule.kind == "sum" else _range(operation, rule.fields[0])
    name = rule.total if rule.kind == "sum" else rule.fields[1]
    right = _range(operation, name or "")
    if not (left.certain and right.certain):
        return None
    what = f"the sum of {english.code(rule.fields[0])}" if rule.kind == "sum" else english.code(rule.fields[0])
    possible = {
        "<": left.low < right.high, "<=": left.low <= right.high, ">": left.high > right.low,
        ">=": left.high >= right.low, "==": left.low <= right.high and left.high >= right.low, "!=": True,
    }  # fmt: skip
    if possible[rule.op or "=="]:
        return None
    least = left.low > right.low
    one, other = (left.low, right.high) if least else (left.high, right.low)
    words = ("at least", "at most") if least else ("at most", "at least")
    return f"{what} is {words[0]} {one:g}, and {english.code(name or '')} {words[1]} {other:g}"


def _range(operation: Operation, pointer: str) -> _Range:
    field = operation.field(pointer)
    schema = plain(field.schema)
    low, high = bound(schema, BOUNDS[0].lower, 1), bound(schema, BOUNDS[0].upper, -1)
    values = [value for value in schema.get("enum", ()) if isinstance(value, (int, float))]
    least = min(values) if values else low.value if low else -inf
    most = max(values) if values else high.value if high else inf
    default = field.default
    if isinstance(default, (int, float)) and not field.required:
        least, most = min(least, default), max(most, default)
    certain = not field.nullable and (field.required or default is not ABSENT)
    return _Range(least, most, certain)


def _sum(operation: Operation, pointer: str) -> _Range:
    """Return what the items of a list, where it is given, have together."""
    each, items = _range(operation, pointer), operation.field(pointers.array(pointer) or "").schema
    fewest, most = items.get("minItems", 0), items.get("maxItems", inf)
    low = fewest * each.low if each.low >= 0 else -inf
    high = inf if inf in (most, each.high) else most * each.high if each.high >= 0 else fewest * each.high
    return _Range(low if fewest else min(low, 0), high, each.certain)
