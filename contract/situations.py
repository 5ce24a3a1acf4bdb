"""Situations: how the fields that rules read can be in a body, and the numbers that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.arrays import ArrayPlan
from specs.worlds import Choice, Names


@dataclass(frozen=True, slots=True)
class Mention:
    """A text has to mention only places that a list has, or (beyond) one that it has not."""

    text: Names
    pattern: str
    listed: Names
    beyond: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One way to satisfy what a world leaves open: values of numbers, and length and sum of each list in play.

    `known` adds the defaults of absent numbers to `numbers`.
    """

    numbers: Mapping[Names, Any]
    known: Mapping[Names, Any]
    lists: Mapping[Names, tuple[int, int | None]]


@dataclass(frozen=True, eq=False)
class Situation:
    """A world with the rows that it allows."""

    choices: Mapping[Names, Choice]
    arrays: Mapping[Names, ArrayPlan]
    mentions: tuple[Mention, ...]
    rows: tuple[Row, ...]
