"""Lists whose items rules look at: which items they can have, and how items add up to a sum.

Items are taken from a finite list of candidates: the item's world, and the values of the numbers that rules read. Which
sums n items can reach is one integer with a bit for each sum, so that a sum is partitioned step by step, each step
choosing among the values from which the rest can still be reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from contract.choose import Choose, pick
from contract.values import options
from specs.checks import compared, number
from specs.domains import Domain, Schema, Span, domain_of
from specs.rules.formula import ABSENT, And, Compare, Formula, Or, Ref, Sum
from specs.worlds import Choice, Names, Space, member_schema

_MOST_CANDIDATES = 64
_LARGEST_TERM = 10_000
"""What a single item may add to a sum, in units: sums are bits."""


def candidates(domain: Domain) -> tuple[Any, ...]:
    """Return the values of a domain that rules on numbers are tried with: all of few, of many those at the bounds."""
    if domain.kind == "values":
        return domain.values
    if domain.kind != "number":
        return (domain.sample(),)
    found: list[Any] = []
    for low, high in domain.spans:
        step = 1 if domain.integral or high - low > 20 else 0.5
        first, last = int(-(-low // step)), int(high // step)
        found += [_whole(n * step) for n in range(first, min(last, first + _MOST_CANDIDATES) + 1)]
        found += [_whole(high)] if last > first + _MOST_CANDIDATES else []
    return tuple(found) or options(domain)


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def number_of(value: Any) -> float | None:
    """Return the number a rule reads, or None."""
    return number(value)


@dataclass(frozen=True, slots=True)
class Item:
    """What is settled of one item; `term` is what it adds to the sum, None where it makes the sum say nothing."""

    choices: Mapping[Names, Choice]
    numbers: Mapping[Names, Any]
    term: float | None


@dataclass(eq=False)
class ArrayPlan:
    """A list in one world.

    `every` has to hold of every item, each of `some` of one of them; `swap` leads to the member of one item that breaks
    a limit, `swapped` are its choices.
    """

    schema: Schema
    spans: tuple[Span, ...]
    every: tuple[Formula, ...]
    some: tuple[Formula, ...]
    sums: tuple[Sum, ...]
    outer: Callable[[Names], Choice]
    swap: Names | None
    swapped: tuple[Choice, ...]
    _items: dict[tuple[float | None, ...], tuple[list[Item], list[Item]]] = field(default_factory=dict)
    _reach: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)

    @property
    def special(self) -> bool:
        """Whether one of the items differs from the others."""
        return bool(self.some) or self.swap is not None

    @property
    def lengths(self) -> list[int]:
        """Return the numbers of items that are allowed."""
        return [n for low, high in self.spans for n in range(max(int(low), int(self.special)), int(high) + 1)]

    def options(self, known: Mapping[Names, Any]) -> list[tuple[int, int | None]]:
        """Return the (length, sum) pairs that are possible with these numbers in the body; no sum: None."""
        plain, special = self.items(known)
        found: list[tuple[int, int | None]] = []
        for length in self.lengths:
            if (length > int(self.special) and not plain) or (self.special and not special):
                continue
            found += [(length, total) for total in self._sums(length, known)]
        return found

    def _sums(self, length: int, known: Mapping[Names, Any]) -> list[int | None]:
        if not self.sums:
            return [None]
        silent = self.special and any(item.term is None for item in self.items(known)[1])
        found: list[int | None] = [*self._totals(length, known)]
        return [*found, None] if silent and not any(leaf.negated for leaf in self.sums) else found

    def _totals(self, length: int, known: Mapping[Names, Any]) -> list[int]:
        """Return the sums that keep every rule: those next to the totals, the least and the greatest."""
        found, near = self._reached(length, known), []
        for leaf in self.sums:
            goal = number_of(known[leaf.total.names])
            if goal is None:
                found = 0 if leaf.negated else found
                continue
            near.append(int(goal * self.scale))
            found &= _sums_that(leaf.op, goal * self.scale, negated=leaf.negated, bits=found.bit_length())
        close = [n for goal in near for n in (goal, goal + 1, goal - 1) if n >= 0 and found >> n & 1]
        ends = [(found & -found).bit_length() - 1, found.bit_length() - 1] if found else []
        return list(dict.fromkeys((*close, *ends)))

    def _reached(self, length: int, known: Mapping[Names, Any]) -> int:
        """Return the sums that `length` items can have, the special one among them, as bits."""
        rest = self.reach(known)
        if not self.special:
            return rest(length)
        found = 0
        for item in self.items(known)[1]:
            if item.term is not None and abs(item.term) * self.scale <= _LARGEST_TERM:
                shift = round(item.term * self.scale)
                found |= rest(length - 1) << shift if shift >= 0 else rest(length - 1) >> -shift
        return found

    def reach(self, known: Mapping[Names, Any]) -> Callable[[int], int]:
        """Return the function from a number of plain items to the sums they can have, as bits."""
        terms = self.terms(known)
        table = self._reach.setdefault(tuple(terms), [1])

        def sums(count: int) -> int:
            while len(table) <= count:
                longer = 0
                for term in terms:
                    longer |= table[-1] << term
                table.append(longer)
            return table[count]

        return sums

    def terms(self, known: Mapping[Names, Any]) -> dict[int, list[Item]]:
        """Return the plain items by what they add to the sum, in units of 1 / scale."""
        found: dict[int, list[Item]] = {}
        for item in self.items(known)[0]:
            if item.term is not None and 0 <= item.term * self.scale <= _LARGEST_TERM:
                found.setdefault(round(item.term * self.scale), []).append(item)
        return found

    @cached_property
    def scale(self) -> int:
        """The number of units in 1: halves are summed where numbers are not whole."""
        names = self.sums[0].names if self.sums else None
        domains = [
            choice.domain
            for space in self.spaces
            if space is not None and names in space.fields
            for choice in space.choices[space.fields.index(names)]
        ]
        return 2 if any(not domain.integral or _fractional(domain) for domain in domains) else 1

    # --- items ------------------------------------------------------------------------------------

    @cached_property
    def spaces(self) -> tuple[Space, Space | None]:
        """The item's space, and that of the item that is swapped or for which something else holds."""
        summed = [leaf.names for leaf in self.sums]
        plain = Space(self.schema, (*self.every, *self.some), summed, outer=self.outer)
        if self.swap is None:
            return plain, plain if self.some else None
        forced: dict[Names, tuple[Choice, ...]] = {}
        top = self.swap[: self.swap.index("*")] if "*" in self.swap else self.swap
        for depth in range(1, len(top) + 1):
            forced[top[:depth]] = (Choice(True, domain_of(member_schema(self.schema, top[:depth])[0])),)
        if top == self.swap:
            forced[top] = self.swapped
        return plain, Space(self.schema, (*self.every, *self.some), summed, forced=forced, outer=self.outer)

    def items(self, known: Mapping[Names, Any]) -> tuple[list[Item], list[Item]]:
        """Return the plain and the special items that are possible with these numbers in the body."""
        key = tuple(number_of(known.get(names)) for names in self._read)
        if key not in self._items:
            plain, special = self.spaces
            ordinary = list(self._candidates(plain, self.every, known))
            self._items[key] = (ordinary, list(self._special(special, known)))
        return self._items[key]

    @cached_property
    def _read(self) -> list[Names]:
        """The numbers of the body that items are compared with."""
        refs = [ref for formula in (*self.every, *self.some) for ref in _compared_refs(formula) if not ref.of_item]
        return list(dict.fromkeys(ref.names for ref in refs))

    def _special(self, space: Space | None, known: Mapping[Names, Any]) -> Iterator[Item]:
        if self.swap == () and () not in self.spaces[0].fields:
            # An item that is no object keeps every rule on members; in a sum it counts as one that lacks the member.
            yield Item(
                {}, {}, None if not self.sums or self.sums[0].default is ABSENT else number_of(self.sums[0].default)
            )
        elif space is not None:
            yield from self._candidates(space, (*self.every, *self.some), known)

    def _candidates(self, space: Space, demands: Sequence[Formula], known: Mapping[Names, Any]) -> Iterator[Item]:
        allowed = space.possible
        for demand in demands:
            allowed &= space.extent_of_leaf(demand).holds
        for world in space.worlds(allowed):
            residuals = [space.residual(demand, world) for demand in demands]
            if False in residuals:
                continue
            choices = space.world(world)
            leaves = [r for r in residuals if not isinstance(r, bool)]
            names = [n for n in self._numeric(leaves) if choices[n].present]
            for chosen in product(*(candidates(choices[n].domain) for n in names)):
                numbers = dict(zip(names, chosen, strict=True))
                if all(_holds(leaf, numbers, known) for leaf in leaves):
                    term = self._term(choices, numbers)
                    if term is not None or not self.sums or self._may_be_silent(space):
                        yield Item(choices, numbers, term)

    def _may_be_silent(self, space: Space) -> bool:
        return self.swap is not None and space is self.spaces[1]

    def _numeric(self, leaves: Sequence[Formula]) -> list[Names]:
        """Return the item's numbers that are read."""
        refs = [ref for leaf in leaves for ref in _compared_refs(leaf) if ref.of_item]
        return list(dict.fromkeys([*(ref.names for ref in refs), *(leaf.names for leaf in self.sums)]))

    def _term(self, choices: Mapping[Names, Choice], numbers: Mapping[Names, Any]) -> float | None:
        if not self.sums:
            return 0
        leaf = self.sums[0]
        if choices[leaf.names].present:
            return number_of(numbers[leaf.names])
        return None if leaf.default is ABSENT else number_of(leaf.default)

    # --- drawing ----------------------------------------------------------------------------------

    def draw(
        self, known: Mapping[Names, Any], length: int, total: int | None, choose: Choose
    ) -> list[tuple[Item, bool]]:
        """Return `length` items that add up to `total`, each with whether it is the special one."""
        plain, special = self.items(known)
        at = choose.odd(length) if self.special and length > 1 else 0
        found: list[tuple[Item, bool]] = []
        if total is None:
            if self.sums:
                special = [item for item in special if item.term is None]
            return [
                (pick(choose, special), True) if self.special and n == at else (pick(choose, plain), False)
                for n in range(length)
            ]
        reach, terms, rest, left = self.reach(known), self.terms(known), total, length
        odd: Item | None = None
        if self.special:
            fitting = [item for item in special if self._fits(item, rest, reach(left - 1))]
            odd = pick(choose, fitting)
            rest, left = rest - round((odd.term or 0) * self.scale), left - 1
        for n in range(length):
            if odd is not None and n == at:
                found.append((odd, True))
                continue
            left -= 1
            before = reach(left)
            term = pick(choose, [t for t in terms if t <= rest and before >> (rest - t) & 1])
            found.append((pick(choose, terms[term]), False))
            rest -= term
        return found

    def _fits(self, item: Item, total: int, rest: int) -> bool:
        """Tell whether the other items, whose possible sums are `rest`, can make up for what the item lacks."""
        if item.term is None:
            return False
        term = round(item.term * self.scale)
        return term <= total and bool(rest >> (total - term) & 1)


def _sums_that(op: str, goal: float, *, negated: bool, bits: int) -> int:
    """Return as bits the sums below `bits` that compare so with the goal."""
    everything = (1 << bits) - 1
    low, high = max(math.ceil(goal), 0), max(math.floor(goal) + 1, 0)  # the goal lies in [low, high) where it is whole
    under, upto = (1 << low) - 1, (1 << high) - 1
    found = {
        "==": upto & ~under, "!=": ~(upto & ~under), "<": under, "<=": upto, ">": ~upto, ">=": ~under,
    }[op]  # fmt: skip
    return (~found if negated else found) & everything


def _fractional(domain: Domain) -> bool:
    return any((found := number_of(value)) is not None and found != int(found) for value in domain.values)


def _value(ref: Ref, numbers: Mapping[Names, Any], known: Mapping[Names, Any]) -> float | None:
    if not ref.of_item:
        return number_of(known[ref.names])
    return number_of(numbers.get(ref.names, None if ref.default is ABSENT else ref.default))


def _compared_refs(leaf: Formula) -> Iterator[Ref]:
    if isinstance(leaf, (And, Or)):
        for part in leaf.parts:
            yield from _compared_refs(part)
    elif isinstance(leaf, Compare):
        yield from (leaf.left, leaf.right)


def _holds(formula: Formula, numbers: Mapping[Names, Any], known: Mapping[Names, Any]) -> bool:
    """Tell whether what a world leaves open of an item holds with these numbers."""
    if isinstance(formula, And):
        return all(_holds(part, numbers, known) for part in formula.parts)
    if isinstance(formula, Or):
        return any(_holds(part, numbers, known) for part in formula.parts)
    if not isinstance(formula, Compare):
        return True
    one, two = _value(formula.left, numbers, known), _value(formula.right, numbers, known)
    if one is None or two is None:
        return not formula.negated
    return compared(one, formula.op, two) is not formula.negated
