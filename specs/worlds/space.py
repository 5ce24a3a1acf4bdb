"""The space of one object: which members it has, and in which cells of values, against formulas.

The choices are cells: whole sets of values that every rule treats alike. So what a space says holds of every request,
as lint and the planner of test cases need it; what depends on sums, comparisons, mentions or the items of a list stays
open: such a formula may hold and may be broken. To tell two such formulas apart takes values: see
`codegen.drift.bodies`, which stands on the same grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from specs.checks import satisfies
from specs.domains import Schema, domain_of, partition
from specs.rules.formula import ABSENT, And, Compare, Each, Formula, Mentions, OneOf, Or, Present, Ref, Satisfies, Sum
from specs.worlds.choices import Choice, absences, counts, is_list, is_present, member_schema
from specs.worlds.grid import Grid, Names, members
from specs.worlds.reading import leaves_of, needed_of, refs_of, with_parents


@dataclass(frozen=True, slots=True)
class Extent:
    """The worlds in which a formula may hold and those in which it may be broken, as bits."""

    holds: int
    broken: int


class Space(Grid[Choice]):
    """All combinations of the choices of some fields of one object: of the body, or of an array's item.

    `forced` replaces a field's choices. `outer` tells the choice of a field of the body when the object is an item.
    Raises SpecError where there are too many worlds to enumerate.
    """

    def __init__(
        self,
        schema: Schema,
        formulas: Iterable[Formula],
        also: Iterable[Names] = (),
        *,
        forced: Mapping[Names, tuple[Choice, ...]] | None = None,
        outer: Callable[[Names], Choice] | None = None,
    ) -> None:
        self.outer, self.formulas = outer, tuple(formulas)
        leaves = [leaf for formula in self.formulas for leaf in leaves_of(formula, of_item=outer is not None)]
        named = [ref.names for leaf in leaves for ref in refs_of(leaf) if ref.of_item == (outer is not None)]
        fields = dict.fromkeys(part for names in (*named, *also) for part in with_parents(names))
        statements: dict[Names, list[Schema]] = {}
        for leaf in leaves:
            if isinstance(leaf, (OneOf, Satisfies)) and leaf.ref.of_item == (outer is not None):
                stated = {"enum": list(leaf.values)} if isinstance(leaf, OneOf) else leaf.schema
                statements.setdefault(leaf.ref.names, []).append(stated)
        super().__init__({
            names: _choices(schema, names, statements.get(names, []), forced or {}) for names in fields
        })  # fmt: skip
        self.possible = self._possible(schema)

    def _possible(self, root: Schema) -> int:
        """Return the worlds in which members are there only with their parents, and required ones with them."""
        found = self.all
        for names in self.fields:
            for depth in range(1, len(names)):
                parent, child = names[:depth], names[: depth + 1]
                if child in self.position and parent in self.position:
                    there, below = self.where(parent, is_present), self.where(child, is_present)
                    found &= there | (self.all ^ below)
                    if member_schema(root, child)[1]:
                        found &= below | (self.all ^ there)
        return found

    def worlds(self, bits: int) -> list[int]:
        """Return the worlds of a set, those with the fewest fields first."""
        return sorted(members(bits), key=self._given)

    def _given(self, world: int) -> int:
        return sum(choice.present for choice in self.world(world).values())

    # --- formulas ---------------------------------------------------------------------------------

    def _ref(self, ref: Ref, test: Callable[[Choice], bool]) -> int:
        if ref.of_item == (self.outer is not None):
            return self.where(ref.names, test)
        assert self.outer is not None  # noqa: S101 (an item's formula names the body, never the other way round)
        return self.all if test(self.outer(ref.names)) else 0

    def extent(self, formula: Formula) -> Extent:
        """Return where the formula may hold and where it may be broken."""
        if isinstance(formula, (And, Or)):
            inner = [self.extent(part) for part in formula.parts]
            holds, broken = inner[0].holds, inner[0].broken
            for part in inner[1:]:
                if isinstance(formula, And):
                    holds, broken = holds & part.holds, broken | part.broken
                else:
                    holds, broken = holds | part.holds, broken & part.broken
            return Extent(holds, broken)
        found = self._leaf(formula)
        return Extent(found.broken, found.holds) if formula.negated else found

    def _leaf(self, leaf: Present | OneOf | Satisfies | Compare | Sum | Mentions | Each) -> Extent:
        if isinstance(leaf, (Present, OneOf, Satisfies)):
            holds = self._ref(leaf.ref, statement(leaf))
            return Extent(holds, self.all ^ holds)
        if isinstance(leaf, Each):
            there = self.where(leaf.array, is_list)
            return Extent(self.all, there)
        speaks = self.all
        for ref in needed_of(leaf):
            speaks &= self._ref(ref, lambda choice, ref=ref: counts(choice, ref))  # type: ignore[misc]
        return Extent(self.all, speaks)

    def residual(self, formula: Formula, world: int) -> Formula | bool:
        """Return what is left to satisfy in a world: True, False, or a formula over sums, comparisons and items."""
        if isinstance(formula, (And, Or)):
            decisive = isinstance(formula, Or)
            rest: list[Formula] = []
            for part in formula.parts:
                found = self.residual(part, world)
                if found is decisive:
                    return decisive
                if not isinstance(found, bool):
                    rest.append(found)
            if not rest:
                return not decisive
            return rest[0] if len(rest) == 1 else Or(tuple(rest)) if decisive else And(tuple(rest))
        extent, bit = self.extent_of_leaf(formula), 1 << world
        if not extent.broken & bit:
            return True
        return formula if extent.holds & bit else False

    def extent_of_leaf(self, leaf: Formula) -> Extent:
        """Return the extent of a leaf, remembered: the same leaf is asked for in many worlds."""
        known = self._extents.get(id(leaf))
        if known is None:
            known = self._extents[id(leaf)] = (leaf, self.extent(leaf))
        return known[1]

    @cached_property
    def _extents(self) -> dict[int, tuple[Formula, Extent]]:
        return {}


def _choices(
    root: Schema, names: Names, statements: Sequence[Schema], forced: Mapping[Names, tuple[Choice, ...]]
) -> tuple[Choice, ...]:
    if names in forced:
        given: Iterable[Choice] = forced[names]
    else:
        schema, required = member_schema(root, names)
        given = (*absences(schema, required=required), Choice(True, domain_of(schema)))
    return tuple(
        Choice(choice.present, cell)
        for choice in given
        for cell in (partition(choice.domain, statements) if choice.present else (choice.domain,))
    )


def statement(leaf: Present | OneOf | Satisfies) -> Callable[[Choice], bool]:
    """Return the test of a choice that a leaf (taken without its negation) stands for."""
    if isinstance(leaf, Present):
        return is_present
    ref = leaf.ref
    if isinstance(leaf, OneOf):
        schema: Schema = {"enum": list(leaf.values)}
        absent = ref.counts_as(leaf.values)
    else:
        schema = leaf.schema
        absent = ref.default is ABSENT or satisfies(ref.default, schema)
    return lambda choice: satisfies(choice.value, schema) if choice.present else absent
