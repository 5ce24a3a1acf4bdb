"""What is odd about an operation's rules, proved on its worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from specs import pointers
from specs.model import Field, Operation
from specs.rules.formula import OneOf, Present, Ref
from specs.rules.model import CONDITIONAL, Every, Rule, parts
from specs.worlds.choices import is_list, is_present
from specs.worlds.grouping import Group, groups
from specs.worlds.space import Space


@dataclass(frozen=True, slots=True)
class Idle:
    """A field that one rule demands and another says to have no effect, and what else is in such a request.

    Without a `demand` the field is required in every request.
    """

    advice: Rule
    demand: Rule | None
    beside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A rule that no request keeps where its condition holds: for the other rules, or for the limits of its field."""

    rule: Rule
    others: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is odd about an operation's rules.

    `unusable` fields are in no request that keeps all rules; `silent` rules have a condition that never holds;
    `redundant` rules are kept wherever all others are kept (of rules that say the same, the first one counts); `idle`
    fields are demanded where they have no effect; `exclusive` rules cannot be kept where their condition holds.
    """

    unusable: tuple[Field, ...]
    silent: tuple[Rule, ...]
    redundant: tuple[Rule, ...]
    idle: tuple[Idle, ...]
    exclusive: tuple[Exclusion, ...]


def analyse(operation: Operation) -> Analysis:
    """Look for fields that can never be used and rules that never matter, by presence and enumerated values."""
    unusable: list[Field] = []
    silent: list[Rule] = []
    redundant: list[Rule] = []
    idle: list[Idle] = []
    exclusive: list[Exclusion] = []
    for group in groups(operation):
        space, allowed = group.space, group.allowed()
        unusable += [
            operation.field(pointers.join(*names))
            for names in space.fields
            if not space.where(names, is_present) & allowed
        ]
        idlers = {
            rule.id
            for rule in group.rules
            if rule.when is not None and not _condition(space, operation, rule) & group.allowed(without=rule)
        }
        silent += [rule for rule in group.rules if rule.id in idlers]
        redundant += _redundant(group, idlers)
        idle += _idle(operation, group)
        exclusive += _exclusive(operation, group)
    return Analysis(tuple(unusable), tuple(silent), tuple(redundant), tuple(idle), tuple(exclusive))


def _redundant(group: Group, silent: AbstractSet[str]) -> list[Rule]:
    """Return the rules that follow from the others, without those that were found so already: the later ones first."""
    found: list[Rule] = []
    weighed = list(zip(group.rules, group.extents, strict=True))
    for rule, extent in reversed(weighed):
        others = group.space.possible
        for other, its in weighed:
            if other is not rule and other not in found and other.severity == "error":
                others &= its.holds
        if rule.id not in silent and not extent.broken & others:
            found.append(rule)
    return found[::-1]


def _exclusive(operation: Operation, group: Group) -> Iterator[Exclusion]:
    """Yield the rules whose condition is possible, but for themselves; each set of rules once."""
    space, allowed = group.space, group.allowed()
    refusing = [rule for rule in group.rules if rule.severity == "error"]
    told: set[frozenset[str]] = set()
    for rule, extent in zip(group.rules, group.extents, strict=True):
        if rule.kind not in CONDITIONAL or any(pointers.array(pointer) for pointer in rule.mentioned()):
            continue
        scope = _condition(space, operation, rule) & space.possible
        if rule.kind == "values_if":
            scope &= space.where(pointers.split(rule.fields[0]), is_present)
        if rule.severity != "error" or scope & allowed or not scope & group.allowed(without=rule):
            continue
        others = tuple(other for other in refusing if other is not rule and scope & group.allowed(without=other))
        if not others and scope & extent.holds:  # more than two that exclude each other
            broken = {other.id: its.broken for other, its in zip(group.rules, group.extents, strict=True)}
            others = tuple(other for other in refusing if other is not rule and scope & broken[other.id])
        together = frozenset((rule.id, *(other.id for other in others)))
        if together not in told:
            told.add(together)
            yield Exclusion(rule, others)


def _idle(operation: Operation, group: Group) -> Iterator[Idle]:
    space, allowed = group.space, group.allowed()
    for advice in group.rules:
        for demand in group.rules:
            if (advice.kind, demand.kind, advice.fields) == ("ignored_if", "required_if", demand.fields):
                both = _condition(space, operation, advice) & _condition(space, operation, demand) & allowed
                if both:
                    yield Idle(advice, demand, _beside(space, both, advice, demand))
        if advice.kind == "ignored_if" and _demanded(operation, advice.fields[0]):
            holds = _condition(space, operation, advice) & allowed
            if holds:
                yield Idle(advice, None, _beside(space, holds, advice))


def _demanded(operation: Operation, pointer: str) -> bool:
    """Tell whether every request has the field."""
    return len(pointers.split(pointer)) == 1 and operation.field(pointer).required


def _beside(space: Space, both: int, *rules: Rule) -> dict[str, Any]:
    """Return what the conditions look at, in the simplest world."""
    asked = {part.field for rule in rules for part in parts(rule.when)}
    simplest = space.world(space.worlds(both)[0])
    found = {pointers.join(*names): choice for names, choice in simplest.items() if choice.present}
    return {pointers.name(pointer): choice.value for pointer, choice in found.items() if pointer in asked}


def _condition(space: Space, operation: Operation, rule: Rule) -> int:
    """Return the worlds in which the rule's condition may hold; of a condition on items, those with the list."""
    every = isinstance(rule.when, Every)
    found = space.all if every else 0
    for part in parts(rule.when):
        array = pointers.array(part.field)
        if array is not None:
            holds = space.where(pointers.split(array), is_list)
        else:
            known = operation.lookup(part.field)
            ref = Ref(pointers.split(part.field), of_item=False, default=known.default, nullable=known.nullable)
            leaf = OneOf(ref, part.values) if part.state == "value" else Present(ref, negated=part.state == "absent")
            extent = space.extent(leaf)
            holds = extent.broken if part.negated else extent.holds
        found = found & holds if every else found | holds
    return found
