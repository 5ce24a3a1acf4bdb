"""Whole values of a field of the body: the objects and lists that the rules' fields within it can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product, zip_longest
from math import prod
from typing import Any, Final, TypeVar

from codegen.drift.candidates import candidates, lengths
from codegen.drift.samples import at
from specs import pointers
from specs.domains import types
from specs.rules.model import Rule

Schema = Mapping[str, Any]
T = TypeVar("T")
MOST_OBJECTS = 500
"""Objects of one kind, before members are combined by few only."""
MOST_PARTNERS = 24
"""Kinds of items, before pairs are made with the plainest ones only."""


class Left:
    """The type of LEFT."""

    def __repr__(self) -> str:
        return "LEFT"


LEFT: Final = Left()
"""Says that a field is left out."""


@dataclass(frozen=True, slots=True)
class Node:
    """A field that takes part: its own values, its members where rules name those, its items where it is a list."""

    values: tuple[Any, ...]
    members: Mapping[str, Node]
    item: Node | None = None
    lengths: tuple[int, ...] = ()

    def all(self) -> list[Any]:
        """Return every value of the field, the plain ones first."""
        found = [*self.values, *(_objects(self.members) if self.members else ())]
        return [*found, *_lists(self.item.all(), self.lengths)] if self.item else found


def tree(rules: Sequence[Rule], schemas: Sequence[Schema]) -> Node:
    """Return the fields that the rules name, from the body down; `schemas` are the states of the body's schema."""
    named = list(dict.fromkeys(pointer for rule in rules for pointer in rule.mentioned()))

    def node(pointer: str) -> Node:
        depth = len(pointers.split(pointer))
        below = dict.fromkeys(pointers.split(other)[depth] for other in named if other.startswith(pointer + "/"))
        known = [found for schema in schemas if (found := at(schema, pointer)) is not None]
        listed = "*" in below or any(types(schema) == ("array",) for schema in known)
        members = {name: node(pointer + pointers.join(name)) for name in below if name != "*"}
        plain = () if listed or members else candidates(pointer, rules, schemas)
        if not listed:
            return Node(plain, members)
        return Node(plain, members, node(f"{pointer}/*"), tuple(lengths(pointer, rules, schemas)))

    return node("")


def _objects(members: Mapping[str, Node]) -> Iterator[dict[str, Any]]:
    options = [[LEFT, *member.all()] for member in members.values()]
    for chosen in combined(options, MOST_OBJECTS):
        yield {name: value for name, value in zip(members, chosen, strict=True) if not isinstance(value, Left)}


def _lists(items: Sequence[Any], lengths: Sequence[int]) -> Iterator[list[Any]]:
    """Yield lists of one kind of item in every length, and in the first length that has two all pairs of kinds.

    Rules speak of each item alone, of their sum or their number, so the order of items is of no account.
    """
    for length in lengths:
        yield from ([item] * length for item in items[: len(items) if length else 1])
    if pair := next((length for length in lengths if length > 1), None):
        plainest = items if len(items) <= MOST_PARTNERS else [items[0], items[-1]]
        for position, one in enumerate(plainest):
            yield from ([one] * (pair - 1) + [other] for other in (items[position + 1 :]))


def combined(options: Sequence[Sequence[T]], most: int) -> Iterator[tuple[T, ...]]:
    """Yield every combination of one option each.

    Where there are more than `most`, those in which few fields depart from their first option, and those in which few
    depart from their second one, the fewest first: what rules say shows with few fields given, or with few missing.
    """
    if prod(map(len, options)) <= most:
        yield from product(*options)
        return
    for count in range(len(options) + 1):
        one, other = (_departing(options, base, count) for base in (0, 1))
        for chosen in chain.from_iterable(zip_longest(one, other)):
            if chosen is not None:
                yield chosen
                most -= 1
                if not most:
                    return


def _departing(options: Sequence[Sequence[T]], base: int, count: int) -> Iterator[tuple[T, ...]]:
    """Yield the combinations in which `count` fields have another option than the one at `base`."""
    plain = [option[min(base, len(option) - 1)] for option in options]
    for places in combinations(range(len(options)), count):
        others = ([one for one in options[place] if one is not plain[place]] for place in places)
        for chosen in product(*others):
            changed = dict(zip(places, chosen, strict=True))
            yield tuple(changed.get(place, value) for place, value in enumerate(plain))
