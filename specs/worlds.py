"""The worlds of an operation: which fields are there, and with which of the values that rules look at.

Only fields that take part in rules are enumerated, and of their values only the cells on which every rule's statement
is constant. All worlds are weighed at once: a set of worlds is an integer with one bit for each, so that a formula is
evaluated by a handful of `&` and `|`, whatever the number of worlds. What depends on sums, comparisons, mentions or the
items of a list stays open: such a formula may hold and may be broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from specs import pointers
from specs.checks import number, satisfies
from specs.domains import MISSING, Domain, Schema, domain_of, first_branch, nullable, partition, values
from specs.errors import SpecError
from specs.model import Field, Operation
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
from specs.rules.model import Every, Rule, parts

Names = tuple[str, ...]
_MOST_WORLDS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One way a field can be: absent (`domain` then says whether left out or null), or a value of the domain."""

    present: bool
    domain: Domain

    @property
    def value(self) -> Any:
        """A value that stands for all of them; None where the field is absent."""
        return self.domain.sample() if self.present else None

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        if self.domain.kind == "values" and len(self.domain.values) == 1:
            return repr(self.domain.values[0])
        return "present"


@dataclass(frozen=True, slots=True)
class World:
    """One combination: pointer → choice, for the fields that take part in rules."""

    choices: Mapping[str, Choice]

    def present(self, pointer: str) -> bool:
        """Tell whether the field is there."""
        return self.choices[pointer].present

    def __str__(self) -> str:
        return ", ".join(f"{pointers.name(pointer)} {choice}" for pointer, choice in self.choices.items())


@dataclass(frozen=True, slots=True)
class Extent:
    """The worlds in which a formula may hold and those in which it may be broken, as bits."""

    holds: int
    broken: int


class Space:
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
        self.fields = tuple(dict.fromkeys(part for names in (*named, *also) for part in _with_parents(names)))
        statements: dict[Names, list[Schema]] = {}
        for leaf in leaves:
            if isinstance(leaf, (OneOf, Satisfies)) and leaf.ref.of_item == (outer is not None):
                stated = {"enum": list(leaf.values)} if isinstance(leaf, OneOf) else leaf.schema
                statements.setdefault(leaf.ref.names, []).append(stated)
        self.choices = tuple(
            self._choices(schema, names, statements.get(names, []), forced or {}) for names in self.fields
        )
        self._layout()
        self.possible = self._possible(schema)

    def _choices(
        self, root: Schema, names: Names, statements: Sequence[Schema], forced: Mapping[Names, tuple[Choice, ...]]
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

    def _layout(self) -> None:
        self.strides, size = [0] * len(self.fields), 1
        for position in reversed(range(len(self.fields))):
            self.strides[position] = size
            size *= len(self.choices[position])
        if size > _MOST_WORLDS:
            raise SpecError(
                ", ".join(map(pointers.name, (pointers.join(*names) for names in self.fields))),
                f"rules tie these fields together in {size:,} combinations", "split the rules",
            )  # fmt: skip
        self.size, self.all = size, (1 << size) - 1
        self._position = {names: position for position, names in enumerate(self.fields)}

    def _possible(self, root: Schema) -> int:
        """Return the worlds in which members are there only with their parents, and required ones with them."""
        found = self.all
        for names in self.fields:
            for depth in range(1, len(names)):
                parent, child = names[:depth], names[: depth + 1]
                if child in self._position and parent in self._position:
                    there, below = self.where(parent, _present), self.where(child, _present)
                    found &= there | (self.all ^ below)
                    if member_schema(root, child)[1]:
                        found &= below | (self.all ^ there)
        return found

    def where(self, names: Names, test: Callable[[Choice], bool]) -> int:
        """Return the worlds in which the field's choice passes the test."""
        position = self._position[names]
        stride, choices = self.strides[position], self.choices[position]
        block = 0
        for place, choice in enumerate(choices):
            if test(choice):
                block |= ((1 << stride) - 1) << (place * stride)
        period = stride * len(choices)
        return block * (self.all // ((1 << period) - 1))

    def choice(self, world: int, names: Names) -> Choice:
        """Return the field's choice in a world."""
        position = self._position[names]
        return self.choices[position][world // self.strides[position] % len(self.choices[position])]

    def world(self, world: int) -> dict[Names, Choice]:
        """Return all choices of a world."""
        return {names: self.choice(world, names) for names in self.fields}

    def worlds(self, bits: int) -> list[int]:
        """Return the worlds of a set, those with the fewest fields first."""
        found = []
        while bits:
            lowest = bits & -bits
            found.append(lowest.bit_length() - 1)
            bits ^= lowest
        return sorted(found, key=self._given)

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
            there = self.where(leaf.array, _is_list)
            return Extent(self.all, there)
        speaks = self.all
        for ref in needed_of(leaf):
            speaks &= self._ref(ref, lambda choice, ref=ref: _counts(choice, ref))  # type: ignore[misc]
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


def _present(choice: Choice) -> bool:
    return choice.present


def _is_list(choice: Choice) -> bool:
    return choice.present and choice.domain.kind == "list"


def _counts(choice: Choice, ref: Ref) -> bool:
    """Tell whether a comparison, sum or mention can go by the value."""
    if not choice.present:
        return ref.default is not ABSENT and ref.default is not None
    kind = choice.domain.kind
    return (
        kind in ("number", "text", "list")
        or isinstance(sample := choice.domain.sample(), str)
        or number(sample) is not None
    )


def statement(leaf: Present | OneOf | Satisfies) -> Callable[[Choice], bool]:
    """Return the test of a choice that a leaf (taken without its negation) stands for."""
    if isinstance(leaf, Present):
        return _present
    ref = leaf.ref
    if isinstance(leaf, OneOf):
        schema: Schema = {"enum": list(leaf.values)}
        absent = ref.counts_as(leaf.values)
    else:
        schema = leaf.schema
        absent = ref.default is ABSENT or satisfies(ref.default, schema)
    return lambda choice: satisfies(choice.value, schema) if choice.present else absent


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


def _with_parents(names: Names) -> Iterator[Names]:
    if "*" in names:
        raise SpecError(pointers.join(*names), "a rule looks into lists within lists", "name a field of one list")
    if not names:
        yield names
    for depth in range(1, len(names) + 1):
        yield names[:depth]


def member_schema(root: Schema, names: Names) -> tuple[Schema, bool]:
    """Return the schema of a member and whether it is required in its object; `*` steps into an array's items."""
    schema, required = first_branch(root), True
    for name in names:
        if name == "*":
            schema, required = first_branch(schema.get("items", {})), True
        else:
            required = name in schema.get("required", ())
            schema = first_branch(schema.get("properties", {}).get(name, {}))
    return schema, required


def absences(schema: Schema, *, required: bool) -> tuple[Choice, ...]:
    """Return how a member may be absent: left out where it is optional, null where that is documented."""
    ways = ([] if required else [MISSING]) + ([None] if nullable(schema) else [])
    return (Choice(False, values(*ways)),) if ways else ()


# --- an operation's worlds ----------------------------------------------------------------------------


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


def groups(operation: Operation, *, forced: Mapping[Names, tuple[Choice, ...]] | None = None) -> tuple[Group, ...]:
    """Return the operation's rules in groups that have no field in common."""
    found: list[tuple[set[Names], list[int]]] = []
    for place, formula in enumerate(operation.formulas):
        named = {names for leaf in leaves_of(formula, of_item=False) for ref in refs_of(leaf) if not ref.of_item
                 for names in _with_parents(ref.names)}  # fmt: skip
        joined = [group for group in found if group[0] & named]
        found = [group for group in found if not group[0] & named]
        numbers = sorted(one for group in joined for one in group[1])
        found.append((named.union(*(group[0] for group in joined)), [*numbers, place]))
    return tuple(_group(operation, numbers, forced or {}) for _, numbers in found)


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
        if len(found) * len(allowed) > _MOST_WORLDS:
            raise SpecError(operation.id, "has too many worlds to list", "use `groups`, which do not multiply")
        named = [{pointers.join(*n): c for n, c in group.space.world(world).items()} for world in allowed]
        found = [{**one, **other} for one in found for other in named]
    return tuple(
        World(choices) for choices in sorted(found, key=lambda c: sum(choice.present for choice in c.values()))
    )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is odd about an operation's rules.

    `unusable` fields are in no request that keeps all rules; `silent` rules have a condition that never holds;
    `redundant` rules are kept wherever all others are kept.
    """

    unusable: tuple[Field, ...]
    silent: tuple[Rule, ...]
    redundant: tuple[Rule, ...]


def analyse(operation: Operation) -> Analysis:
    """Look for fields that can never be used and rules that never matter, by presence and enumerated values."""
    unusable: list[Field] = []
    silent: list[Rule] = []
    redundant: list[Rule] = []
    for group in groups(operation):
        space, allowed = group.space, group.allowed()
        unusable += [
            operation.field(pointers.join(*names))
            for names in space.fields
            if not space.where(names, _present) & allowed
        ]
        for rule, extent in zip(group.rules, group.extents, strict=True):
            others = group.allowed(without=rule)
            if rule.when is not None and not _condition(space, operation, rule) & others:
                silent.append(rule)
            elif not extent.broken & others:
                redundant.append(rule)
    return Analysis(tuple(unusable), tuple(silent), tuple(redundant))


def _condition(space: Space, operation: Operation, rule: Rule) -> int:
    """Return the worlds in which the rule's condition may hold; of a condition on items, those with the list."""
    every = isinstance(rule.when, Every)
    found = space.all if every else 0
    for part in parts(rule.when):
        array = pointers.array(part.field)
        if array is not None:
            holds = space.where(pointers.split(array), _is_list)
        else:
            known = operation.lookup(part.field)
            ref = Ref(pointers.split(part.field), of_item=False, default=known.default, nullable=known.nullable)
            leaf = OneOf(ref, part.values) if part.state == "value" else Present(ref, negated=part.state == "absent")
            extent = space.extent(leaf)
            holds = extent.broken if part.negated else extent.holds
        found = found & holds if every else found | holds
    return found
