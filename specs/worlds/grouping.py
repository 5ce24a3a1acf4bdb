"""An operation's rules in groups that have no field in common, each with the space of its fields; and its worlds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from specs import pointers
from specs.errors import SpecError
from specs.model import Operation
from specs.rules.formula import Formula
from specs.rules.model import Rule
from specs.worlds.choices import Choice
from specs.worlds.grid import MOST, Names
from specs.worlds.reading import leaves_of, refs_of, with_parents
from specs.worlds.space import Extent, Space


@dataclass(frozen=True, slots=True)
class World:
    """One combination: pointer → choice, for the fields that take part in rules."""

    choices: Mapping[str, Choice]

    def present(self, pointer: str) -> bool:
        """Tell whether the field is there."""
        return self.choices[pointer].present

    def __str__(self) -> str:
        return ", ".join(f"{pointers.name(pointer)} {choice}" for pointer, choice in self.choices.items())


@dataclass(frozen=True, eq=False)
class Group:
    """Rules that share fields, directly or through each other, and the space of those fields."""

    rules: tuple[Rule, ...]
    formulas: tuple[Formula, ...]
    space: Space

    @cached_property
    def extents(self) -> tuple[Extent, ...]:
        """Where each rule may hold and be broken."""
        return tuple(self.space.extent(formula) for formula in self.formulas)

    def allowed(self, *, without: Rule | None = None) -> int:
        """Return the worlds in which every refusing rule, but the one given, may hold."""
        found = self.space.possible
        for rule, extent in zip(self.rules, self.extents, strict=True):
            if rule is not without and rule.severity == "error":
                found &= extent.holds
        return found


def connected(named: Iterable[AbstractSet[object]]) -> list[list[int]]:
    """Return the positions of sets that have something in common, directly or through each other, together."""
    found: list[tuple[set[object], list[int]]] = []
    for position, names in enumerate(named):
        joined = [group for group in found if group[0] & names]
        found = [group for group in found if not group[0] & names]
        numbers = sorted(one for group in joined for one in group[1])
        found.append(({*names}.union(*(group[0] for group in joined)), [*numbers, position]))
    return [numbers for _, numbers in found]


def groups(operation: Operation, *, forced: Mapping[Names, tuple[Choice, ...]] | None = None) -> tuple[Group, ...]:
    """Return the operation's rules in groups that have no field in common. `forced` replaces choices of fields.

    Raises SpecError where a group has too many worlds.
    """
    named = [{names for leaf in leaves_of(formula, of_item=False) for ref in refs_of(leaf) if not ref.of_item
              for names in with_parents(ref.names)} for formula in operation.formulas]  # fmt: skip
    return tuple(_group(operation, numbers, forced or {}) for numbers in connected(named))


def _group(operation: Operation, numbers: Sequence[int], forced: Mapping[Names, tuple[Choice, ...]]) -> Group:
    formulas = tuple(operation.formulas[number] for number in numbers)
    space = Space(operation.request or {}, formulas, forced=forced)
    return Group(tuple(operation.rules[number] for number in numbers), formulas, space)


def worlds(operation: Operation) -> tuple[World, ...]:
    """Return the combinations of presence and enumerated values that satisfy every rule, simplest first.

    What rules say of sums, comparisons, mentions and items is left open. An operation without rules has one world.
    Raises SpecError where there are too many.
    """
    found: list[dict[str, Choice]] = [{}]
    for group in groups(operation):
        allowed = group.space.worlds(group.allowed())
        if len(found) * len(allowed) > MOST:
            raise SpecError(operation.id, "has too many worlds to list", "use `groups`, which do not multiply")
        named = [{pointers.join(*n): c for n, c in group.space.world(world).items()} for world in allowed]
        found = [{**one, **other} for one in found for other in named]
    return tuple(
        World(choices) for choices in sorted(found, key=lambda c: sum(choice.present for choice in c.values()))
    )
