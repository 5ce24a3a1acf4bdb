"""The few bodies that tell most of a rule: each way its fields can be, each length of its lists, sums one beyond.

Of everything a plan can be, the traits of each candidate are written down; then the candidate with the most traits that
none before had is taken, again and again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations
from typing import Any

from contract.arrays import number_of
from contract.bodies import draw_situation
from contract.choose import Amid
from contract.plans import Plan
from contract.situations import Row, Situation
from specs import pointers
from specs.rules.model import Rule
from specs.worlds import Names

Traits = frozenset[Hashable]
Candidate = tuple[Traits, Any]
_FEW = 3
"""Lists of so many items are told apart by their length; of the longer ones, the longest tells."""
_MOST_OF_A_SUM = 8


def branches(made: Plan, rule: Rule, most: int) -> list[Any]:
    """Return bodies that serve the plan: at most `most`, of a sum a few more, each telling something new of the rule.

    Of a sum that is broken they are one too much or one too little, wherever that is possible.
    """
    found = _sums(made, rule) if rule.kind == "sum" else _worlds(made, rule)
    return _telling(list(found), _MOST_OF_A_SUM if rule.kind == "sum" else most)


def _telling(candidates: Sequence[Candidate], most: int) -> list[Any]:
    known: set[Hashable] = set()
    found: list[Any] = []
    while len(found) < most and candidates:
        traits, body = max(candidates, key=lambda candidate: len(candidate[0] - known))  # the first of the best
        if traits <= known:
            break
        known |= traits
        found.append(body)
    return found


def _situations(made: Plan, named: set[Names]) -> Iterator[tuple[int, Situation, dict[Names, str]]]:
    """Yield (group, situation, how the named fields are in it), the first situation for each such way."""
    for position, situations in enumerate(made.parts):
        if not named & set(situations[0].choices):
            continue
        seen: set[tuple[str, ...]] = set()
        for situation in situations:
            ways = {names: str(choice) for names, choice in situation.choices.items() if names in named}
            if tuple(ways.values()) not in seen:
                seen.add(tuple(ways.values()))
                yield position, situation, ways


def _drawn(made: Plan, position: int, situation: Situation, row: int) -> Any:
    chosen = [(situations[0], 0) for situations in made.parts]
    chosen[position] = (situation, row)
    return draw_situation(made, chosen, Amid())


# --- presence and values ------------------------------------------------------------------------------


def _worlds(made: Plan, rule: Rule) -> Iterator[Candidate]:
    """Yield a body for each way the rule's fields can be, and for each length of lists."""
    named = {pointers.split(pointer.partition("/*")[0]) for pointer in rule.mentioned()}
    for position, situation, ways in _situations(made, named):
        for lengths, row in _first_of_each_length(situation).items():
            traits = {*ways.items(), *combinations(ways.items(), 2), tuple(ways.values()), ("lengths", lengths)}
            yield frozenset(traits), _drawn(made, position, situation, row)


def _first_of_each_length(situation: Situation) -> dict[tuple[Hashable, ...], int]:
    """Return the first row of each combination of lengths, and the last of all."""
    longest = [max(row.lists[names][0] for row in situation.rows) for names in situation.rows[0].lists]
    found: dict[tuple[Hashable, ...], int] = {}
    for position, row in enumerate(situation.rows):
        counts = zip((count for count, _ in row.lists.values()), longest, strict=True)
        found.setdefault(tuple(_length(count, end) for count, end in counts), position)
    return {**found, ("last",): len(situation.rows) - 1}


def _length(count: int, longest: int) -> Hashable:
    return "most" if count == longest and count > _FEW else min(count, _FEW + 1)


# --- sums ---------------------------------------------------------------------------------------------


def _sums(made: Plan, rule: Rule) -> Iterator[Candidate]:
    """Yield bodies by how much the sum is off, how many items there are, and what is left to defaults."""
    array, total = pointers.split(rule.fields[0].partition("/*")[0]), pointers.split(rule.total or "")
    member = pointers.split(rule.fields[0].partition("/*")[2])
    for position, situation, ways in _situations(made, {array, total}):
        if array not in situation.arrays:
            yield frozenset(ways.items()), _drawn(made, position, situation, 0)
            continue
        for row, off in _nearest(situation, array, total):
            body = _drawn(made, position, situation, row)
            terms = [_at(item, member) for item in _at(body, array)]
            given, sign = ways[total], (off > 0) - (off < 0)
            longest = max(row.lists[array][0] for row in situation.rows)
            yield frozenset((
                ("off", off if abs(off) <= 1 else None), ("length", _length(len(terms), longest)),
                ("total", given, sign), ("unsaid", None in terms, sign), ("unequal", len(set(terms)) > 1),
            )), body  # fmt: skip


def _nearest(situation: Situation, array: Names, total: Names) -> Iterator[tuple[int, float]]:
    """Yield (row, how much the sum is more than it has to be) of the rows that are off the least, for each length."""
    found: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for position, row in enumerate(situation.rows):
        off = _off(row, array, total, situation.arrays[array].scale)
        if off is not None:
            found.setdefault((row.lists[array][0], (off > 0) - (off < 0)), []).append((position, off))
    for rows in found.values():
        least = min(abs(off) for _, off in rows)
        yield from ((position, off) for position, off in rows if abs(off) == least)


def _off(row: Row, array: Names, total: Names, scale: int) -> float | None:
    (_, reached), goal = row.lists[array], number_of(row.known.get(total))
    return None if reached is None or goal is None else reached / scale - goal


def _at(value: Any, names: Names) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
