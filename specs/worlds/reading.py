"""What a formula looks at: its leaves, and the values that each of them reads."""

from __future__ import annotations

from collections.abc import Iterator

from specs import pointers
from specs.errors import SpecError
from specs.rules.formula import (
    ABSENT,
    And,
    Compare,
    Each,
    Formula,
    Mentions,
    OneOf,
    Or,
    Present,
    Ref,
    Satisfies,
    Sum,
)
from specs.worlds.grid import Names


def refs_of(leaf: Formula) -> Iterator[Ref]:
    """Yield the values that a leaf reads; an Each names its array only."""
    if isinstance(leaf, (Present, OneOf, Satisfies)):
        yield leaf.ref
    elif isinstance(leaf, Compare):
        yield from (leaf.left, leaf.right)
    elif isinstance(leaf, Sum):
        yield from (leaf.array, leaf.total)
    elif isinstance(leaf, Mentions):
        yield from (leaf.text, leaf.listed)
    elif isinstance(leaf, Each):
        yield Ref(leaf.array, of_item=False, default=ABSENT, nullable=False)


def needed_of(leaf: Compare | Sum | Mentions) -> Iterator[Ref]:
    """Yield the values without which the leaf has nothing to say."""
    if isinstance(leaf, Mentions):
        yield leaf.text
    else:
        yield from refs_of(leaf)


def leaves_of(formula: Formula, *, of_item: bool) -> Iterator[Formula]:
    """Yield the leaves of a formula; for a body those inside an Each too, as they may read the body."""
    if isinstance(formula, (And, Or)):
        for part in formula.parts:
            yield from leaves_of(part, of_item=of_item)
    else:
        yield formula
        if isinstance(formula, Each):
            yield from leaves_of(formula.part, of_item=of_item)


def with_parents(names: Names) -> Iterator[Names]:
    """Yield the field with what holds it, outermost first. Raises SpecError for a field of lists within lists."""
    if "*" in names:
        raise SpecError(pointers.join(*names), "a rule looks into lists within lists", "name a field of one list")
    if not names:
        yield names
    for depth in range(1, len(names) + 1):
        yield names[:depth]
