"""Choosing a situation field by field, so that a body shrinks field by field.

Each field of a group of rules is decided for itself, among the ways that some situation still allows after the fields
before it: the way of the simplest such situation is the first. Then each number is, and last how many items lists have.
So a field can be left out without moving the decisions for the others, and whatever is decided, there is a situation
for it: nothing is tried and thrown away.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from contract.arrays import number_of
from contract.choose import Choose, pick
from contract.situations import Situation
from specs.worlds import Names


def turns(fields: int, numbers: int) -> int:
    """Return how many decisions are made for so many fields, of which so many can be numbers."""
    return fields + numbers + 1


class Menu:
    """The situations of one group of rules, the simplest first; `numbers` are the fields that can be numbers."""

    def __init__(self, situations: Sequence[Situation], numbers: tuple[Names, ...]) -> None:
        worlds: dict[tuple[Hashable, ...], list[Situation]] = {}
        for situation in situations:
            worlds.setdefault(tuple(situation.choices.values()), []).append(situation)
        self._worlds = tuple(worlds.values())
        self._ways = tuple(map(_bits, zip(*worlds, strict=True)))
        self._all = (1 << len(worlds)) - 1
        self._numbers = numbers
        self._rows: dict[int, Any] = {}

    @property
    def turns(self) -> int:
        """How many decisions are made, each with a turn of its own."""
        return turns(len(self._ways), len(self._numbers))

    def choose(self, choose: Choose, turn: int) -> tuple[Situation, int]:
        """Return a situation and the number of one of its rows; `turn` is the number of the first decision's turn."""
        left = self._all
        for ways in self._ways:
            choose.turn(turn)
            left = pick(choose, sorted((ways_left for bits in ways if (ways_left := bits & left)), key=_lowest))
            turn += 1
        choose.turn(turn + len(self._numbers))
        situation = pick(choose, self._worlds[left.bit_length() - 1])
        rows = self._rows.get(id(situation))
        if rows is None:
            rows = self._rows[id(situation)] = _tree(situation, range(len(situation.rows)), self._numbers)
        for names in self._numbers:
            choose.turn(turn)
            rows = pick(choose, rows) if names in situation.rows[0].numbers else rows[0]
            turn += 1
        choose.turn(turn)
        return situation, pick(choose, rows)


def _tree(situation: Situation, rows: Sequence[int], numbers: Sequence[Names]) -> Any:
    """Return the rows' numbers in lists of lists, a level for each of the numbers, its smallest value first."""
    if not numbers:
        return tuple(rows)
    found: dict[str, tuple[float, list[int]]] = {}
    for row in rows:
        value = situation.rows[row].numbers.get(numbers[0])  # of any type, where the type is what is wrong
        found.setdefault(repr(value), (abs(number_of(value) or 0), []))[1].append(row)
    simplest = sorted(found.values(), key=lambda group: group[0])
    return tuple(_tree(situation, group, numbers[1:]) for _, group in simplest)


def _bits(choices: Sequence[Hashable]) -> tuple[int, ...]:
    """Return, for each way a field is, the worlds in which it is so."""
    found: dict[Hashable, int] = {}
    for position, choice in enumerate(choices):
        found[choice] = found.get(choice, 0) | 1 << position
    return tuple(found.values())


def _lowest(bits: int) -> int:
    return bits & -bits
