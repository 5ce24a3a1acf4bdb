"""The worlds of an operation: which fields are there, and with which of the values that rules look at.

Only fields that take part in rules are enumerated, and of their values only the cells on which every rule's statement
is constant.

    grid       combinations of choices, all weighed at once
    choices    the ways one field can be
    reading    what a formula looks at
    space      the combinations of one object, against formulas
    grouping   an operation's rules in groups that have no field in common
    analysis   fields that can never be used, rules that never matter, statements that exclude each other
"""

from __future__ import annotations

from specs.worlds.analysis import Analysis, Exclusion, analyse
from specs.worlds.choices import Choice, absences, member_schema
from specs.worlds.grid import Grid, Names
from specs.worlds.grouping import Group, World, connected, groups, worlds
from specs.worlds.reading import leaves_of, needed_of, refs_of
from specs.worlds.space import Extent, Space, statement

__all__ = [
    "Analysis", "Choice", "Exclusion", "Extent", "Grid", "Group", "Names", "Space", "World", "absences", "analyse",
    "connected", "groups", "leaves_of", "member_schema", "needed_of", "refs_of", "statement", "worlds",
]  # fmt: skip
