"""What is odd about an operation's rules, proved on its worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specs import pointers
from specs.model import Field, Operation
from specs.rules.formula import OneOf, Present, Ref
from specs.rules.model import Every, Rule, parts
from specs.worlds.choices import is_list, is_present
from specs.worlds.grouping import Group, groups
from specs.worlds.space import Space


@dataclass(frozen=True, slots=True)
class Idle:
    """A field that one rule demands and another says to have no effect, and what else is in such a request."""

    advice: Rule
    demand: Rule
    beside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is odd about an operation's rules.

    `unusable` fields are in no request that keeps all rules; `silent` rules have a condition that never holds;
    `redundant` rules are kept wherever all others are kept; `idle` fields are demanded where they have no effect.
    """

    unusable: tuple[Field, ...]
    silent: tuple[Rule, ...]
    redundant: tuple[Rule, ...]
    idle: tuple[Idle, ...]


def analyse(operation: Operation) -> Analysis:
    """Look for fields that can never be used and rules that never matter, by presence and enumerated values."""
    unusable: list[Field] = []
    silent: list[Rule] = []
    redundant: list[Rule] = []
    idle: list[Idle] = []
    for group in groups(operation):
        space, allowed = group.space, group.allowed()
        unusable += [
            operation.field(pointers.join(*names))
            for names in space.fields
            if not space.where(names, is_present) & allowed
        ]
        for rule, extent in zip(group.rules, group.extents, strict=True):
            others = group.allowed(without=rule)
            if rule.when is not None and not _condition(space, operation, rule) & others:
                silent.append(rule)
            elif not extent.broken & others:
                redundant.append(rule)
        idle += _idle(operation, group)
    return Analysis(tuple(unusable), tuple(silent), tuple(redundant), tuple(idle))


def _idle(operation: Operation, group: Group) -> Iterator[Idle]:
    space, allowed = group.space, group.allowed()
    for advice in group.rules:
        for demand in group.rules:
            if (advice.kind, demand.kind, advice.fields) == ("ignored_if", "required_if", demand.fields):
                both = _condition(space, operation, advice) & _condition(space, operation, demand) & allowed
                if both:
                    yield Idle(advice, demand, _beside(space, both, advice, demand))


def _beside(space: Space, both: int, advice: Rule, demand: Rule) -> dict[str, Any]:
    """Return what the conditions look at, in the simplest world."""
    asked = {part.field for rule in (advice, demand) for part in parts(rule.when)}
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
