"""A rule as one logical formula: analysed here once, printed by python, json_schema and cel.

A formula says what must hold of a request. It is in negation normal form: `negate` pushes a negation down to the
leaves, so no printer knows a "not" of something composed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from specs import pointers
from specs.errors import SpecError
from specs.rules.model import Condition, Every, Is, Operator, Rule

ABSENT: Final = object()
"""The default of a field that has none."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a formula needs to know of a field."""

    default: Any = ABSENT
    nullable: bool = False


Lookup = Callable[[str], Known]
"""What is known of the field at a pointer."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value in the body: names from the root, or from the item of the array that an Each goes through."""

    names: tuple[str, ...]
    of_item: bool
    default: Any
    nullable: bool

    def counts_as(self, values: tuple[Any, ...]) -> bool:
        """Tell whether an absent value counts as one of `values`, by its default."""
        return any(self.default == value and type(self.default) is type(value) for value in values)


@dataclass(frozen=True, slots=True)
class Present:
    """The value is there and not null."""

    ref: Ref
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value, or its default where it is absent, is one of `values`. An absent value without default is none."""

    ref: Ref
    values: tuple[Any, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Satisfies:
    """The value is absent or satisfies the JSON Schema keywords."""

    ref: Ref
    schema: Mapping[str, Any]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """Two numbers compare so; vacuous where one is missing."""

    left: Ref
    op: Operator
    right: Ref
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of `names` over the items of `array` compares so with `total`; vacuous where the array is missing."""

    array: Ref
    names: tuple[str, ...]
    default: Any
    op: Operator
    total: Ref
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Mentions:
    """Every number that the pattern captures in the text is a 1-based place in the list."""

    text: Ref
    pattern: str
    listed: Ref
    negated: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One or more parts hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """The formula holds of every item of the array; negated: there is an item of which `part` holds."""

    array: tuple[str, ...]
    part: Formula
    negated: bool = False


Formula = Present | OneOf | Satisfies | Compare | Sum | Mentions | And | Or | Each


def negate(formula: Formula) -> Formula:
    """Return the formula that holds when this one does not."""
    if isinstance(formula, And):
        return Or(tuple(negate(part) for part in formula.parts))
    if isinstance(formula, Or):
        return And(tuple(negate(part) for part in formula.parts))
    if isinstance(formula, Each):
        return Each(formula.array, negate(formula.part), not formula.negated)
    return replace(formula, negated=not formula.negated)


def formula(rule: Rule, lookup: Lookup) -> Formula:
    """Return what must hold for the rule to be kept.

    Raises SpecError where the rule speaks of the items of two arrays at once: there is no item to compare with.
    """
    return _Lowering(rule, lookup).formula()


@dataclass(frozen=True, slots=True)
class _Lowering:
    rule: Rule
    lookup: Lookup

    def formula(self) -> Formula:
        array = self.common_array()
        stated = self.stated(array)
        if self.rule.when is not None:
            holds = self.condition(self.rule.when, array)
            stated = _either(negate(holds), stated)
        return stated if array is None else Each(pointers.split(array), stated)

    def common_array(self) -> str | None:
        """Return the array whose items the rule is about; a sum or a mention is about the whole array."""
        if self.rule.kind in ("sum", "refers_to"):
            return None
        found = {array for pointer in self.rule.mentioned() if (array := pointers.array(pointer)) is not None}
        if len(found) > 1:
            names = " and ".join(sorted(map(pointers.name, found)))
            raise SpecError(f"rule {self.rule.id}", f"speaks of the items of {names} at once", "split the rule")
        return next(iter(found), None)

    def ref(self, pointer: str, array: str | None) -> Ref:
        known = self.lookup(pointer)
        of_item = array is not None and pointer.startswith(array + "/*")
        names = pointers.split(pointer.removeprefix(f"{array}/*") if of_item else pointer)
        return Ref(names, of_item, known.default, known.nullable)

    def stated(self, array: str | None) -> Formula:
        rule = self.rule
        refs = [self.ref(pointer, array) for pointer in rule.fields]
        if rule.kind in ("at_most_one", "exactly_one", "at_least_one", "all_or_none"):
            return _group(rule.kind, refs)
        if rule.kind == "required_if":
            return Present(refs[0])
        if rule.kind in ("forbidden_if", "ignored_if"):
            return Present(refs[0], negated=True)
        if rule.kind == "values_if":
            return Satisfies(refs[0], rule.schema or {})
        if rule.kind == "compare":
            return Compare(refs[0], rule.op or "==", refs[1])
        if rule.kind == "refers_to":
            return Mentions(refs[0], (rule.schema or {})["pattern"], refs[1])
        return self.sum()

    def sum(self) -> Sum:
        rule = self.rule
        summed = rule.fields[0]
        head, _, tail = summed.partition("/*")
        if "/*" in tail:
            raise SpecError(f"rule {rule.id}", f"sums over the nested arrays of {summed}", "name a field of one array")
        total = self.ref(rule.total or "", None)
        default = self.lookup(summed).default
        return Sum(self.ref(head, None), pointers.split(tail), default, rule.op or "==", total)

    def condition(self, condition: Condition, array: str | None) -> Formula:
        if isinstance(condition, Is):
            return self.leaf(condition, array)
        inner = tuple(self.leaf(part, array) for part in condition.parts)
        if len(inner) == 1:
            return inner[0]
        return And(inner) if isinstance(condition, Every) else Or(inner)

    def leaf(self, part: Is, array: str | None) -> Formula:
        ref = self.ref(part.field, array)
        if part.state == "value":
            return OneOf(ref, part.values, part.negated)
        return Present(ref, negated=(part.state == "absent") != part.negated)


def _group(kind: str, refs: list[Ref]) -> Formula:
    present = tuple(Present(ref) for ref in refs)
    absent = tuple(Present(ref, negated=True) for ref in refs)
    pairs = tuple(Or(pair) for pair in combinations(absent, 2))
    at_most = pairs[0] if len(pairs) == 1 else And(pairs)
    if kind == "at_most_one":
        return at_most
    if kind == "at_least_one":
        return present[0] if len(present) == 1 else Or(present)
    if kind == "all_or_none":
        return Or((And(present), And(absent)))
    return And((Or(present), *(at_most.parts if isinstance(at_most, And) else (at_most,))))


def _either(one: Formula, other: Formula) -> Or:
    """Join two formulas by "or", flat."""
    flat: tuple[Formula, ...] = ()
    for part in (one, other):
        flat += part.parts if isinstance(part, Or) else (part,)
    return Or(flat)
