"""A grid: every combination of the choices of some fields, all weighed at once.

A set of combinations is an integer with one bit for each, so that what many statements say together is a handful of `&`
and `|`, whatever the number of combinations. What a choice is, the grid does not know: `Space` puts cells of values
into it, to prove what holds of all requests; the comparison of two states (`codegen.drift.bodies`) puts values, to find
a request that the states treat differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from specs import pointers
from specs.errors import SpecError

Names = tuple[str, ...]
"""The names on the way to a field."""
C = TypeVar("C")
MOST = 1 << 18
"""Combinations of one grid."""


class Grid(Generic[C]):
    """All combinations of the choices of some fields; the first field's choice changes last.

    Raises SpecError where there are too many.
    """

    def __init__(self, choices: Mapping[Names, Sequence[C]]) -> None:
        self.fields, self.choices = tuple(choices), tuple(tuple(found) for found in choices.values())
        self.strides, size = [0] * len(self.fields), 1
        for position in reversed(range(len(self.fields))):
            self.strides[position] = size
            size *= len(self.choices[position])
        if size > MOST:
            raise SpecError(
                ", ".join(map(pointers.name, (pointers.join(*names) for names in self.fields))),
                f"rules tie these fields together in {size:,} combinations", "split the rules",
            )  # fmt: skip
        self.size, self.all = size, (1 << size) - 1

    @cached_property
    def position(self) -> Mapping[Names, int]:
        """Where each field stands."""
        return {names: position for position, names in enumerate(self.fields)}

    def where(self, names: Names, test: Callable[[C], bool]) -> int:
        """Return the combinations in which the field's choice passes the test."""
        position = self.position[names]
        stride, choices = self.strides[position], self.choices[position]
        block = 0
        for place, choice in enumerate(choices):
            if test(choice):
                block |= ((1 << stride) - 1) << (place * stride)
        period = stride * len(choices)
        return block * (self.all // ((1 << period) - 1))

    def choice(self, world: int, names: Names) -> C:
        """Return the field's choice in a combination."""
        position = self.position[names]
        return self.choices[position][world // self.strides[position] % len(self.choices[position])]

    def world(self, world: int) -> dict[Names, C]:
        """Return all choices of a combination."""
        return {names: self.choice(world, names) for names in self.fields}


def members(bits: int) -> Iterator[int]:
    """Yield the combinations of a set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
