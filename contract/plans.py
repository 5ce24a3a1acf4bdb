"""Plans: from a goal (which rule or limit is broken, if any) to everything that a body of that kind can be.

A plan is made once for a goal and then only drawn from; nothing is ever tried and thrown away. For each group of rules
that share fields it lists the worlds that serve the goal, and for each of them the rows of numbers that satisfy what
the world leaves open: comparisons and sums over small sets of candidates, the sums by reachability (`arrays`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

from contract.arrays import ArrayPlan, candidates, number_of
from contract.field_limits import Limit
from contract.menus import Menu, turns
from contract.situations import Mention, Row, Situation
from specs import pointers
from specs.checks import compared
from specs.domains import domain_of, first_branch
from specs.errors import SpecError
from specs.model import Operation
from specs.rules.formula import ABSENT, And, Compare, Each, Formula, Mentions, Or, Ref, Sum, negate
from specs.worlds import Choice, Group, Names, groups, leaves_of, member_schema, refs_of

_MOST_ROWS = 20_000
_FEW_INTEGERS = 32


@dataclass(frozen=True, slots=True)
class Goal:
    """What a request is to break: rules, or one limit, or nothing; `warn` leaves rules that only warn to chance."""

    rules: frozenset[str] = frozenset()
    limit: Limit | None = None
    warn: bool = True

    @property
    def violations(self) -> frozenset[str]:
        """The ids of all violations that a request has which serves the goal."""
        return self.rules | (self.limit.broken if self.limit else frozenset())


class Plan:
    """Everything a body that serves the goal can be: for each group of rules, the situations that do."""

    def __init__(self, operation: Operation, goal: Goal) -> None:
        self.operation, self.goal = operation, goal
        self.swap = goal.limit.names if goal.limit else None
        self._groups = [
            _GroupPlan(operation, group, goal) for group in groups(operation, forced=_forced(operation, goal))
        ]

    @cached_property
    def simplest(self) -> tuple[Situation | None, ...]:
        """The simplest situation of each group of rules; None where the group has none."""
        return tuple(next(group.situations(), None) for group in self._groups)

    @cached_property
    def parts(self) -> tuple[tuple[Situation, ...], ...]:
        """All situations of each group of rules, the simplest first."""
        return tuple(tuple(group.situations()) for group in self._groups)

    def situations(self, group: int) -> Iterator[Situation]:
        """Yield the situations of one group of rules as they are found, the simplest first."""
        yield from self._groups[group].situations()

    @property
    def feasible(self) -> bool:
        """Whether any body serves the goal."""
        return None not in self.simplest

    @cached_property
    def menus(self) -> tuple[Menu, ...]:
        """The situations of each group of rules, to be chosen from."""
        return tuple(Menu(found, group.numbers) for found, group in zip(self.parts, self._groups, strict=True))

    @cached_property
    def member_turns(self) -> int:
        """The number of the first member's turn: before it come the decisions for the fields of rules."""
        return sum(turns(len(group.space.fields), len(group.numbers)) for group in self._groups)

    @cached_property
    def turns(self) -> int:
        """How many parts a body has that are decided for themselves: fields of rules, and members."""
        return self.member_turns + len(first_branch(self.schema).get("properties", ()))

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The body's schema."""
        return self.operation.request or {}


@lru_cache(maxsize=2048)
def plan(operation: Operation, goal: Goal) -> Plan:
    """Return the plan for a goal, made once."""
    return Plan(operation, goal)


def _forced(operation: Operation, goal: Goal) -> dict[Names, tuple[Choice, ...]]:
    """Return the choices that breaking the limit leaves to the fields on the way to it."""
    found: dict[Names, tuple[Choice, ...]] = {}
    if goal.limit is None or not goal.limit.names:
        return found
    names = goal.limit.names
    top = names[: names.index("*")] if "*" in names else names
    if top == names:
        found[names] = goal.limit.choices
        top = names[:-1]
    for depth in range(1, len(top) + 1):
        schema, _ = member_schema(operation.request or {}, top[:depth])
        found[top[:depth]] = (Choice(True, domain_of(schema)),)
    return found


class _GroupPlan:
    def __init__(self, operation: Operation, group: Group, goal: Goal) -> None:
        self.operation, self.group, self.goal, self.space = operation, group, goal, group.space
        self.demands = [
            negate(formula) if rule.id in goal.rules else formula
            for rule, formula in zip(group.rules, group.formulas, strict=True)
            if rule.id in goal.rules or rule.severity == "error" or not goal.warn
        ]
        self._known: dict[tuple[int, ...], tuple[Mapping[Names, ArrayPlan], tuple[Mention, ...], tuple[Row, ...]]] = {}

    def situations(self) -> Iterator[Situation]:
        allowed = self.space.possible
        for demand in self.demands:
            allowed &= self.space.extent_of_leaf(demand).holds
        for world in self.space.worlds(allowed):
            choices = self.space.world(world)
            for arrays, mentions, rows in self.solutions(world, choices):
                if rows:
                    yield Situation(choices, arrays, mentions, rows)

    def solutions(
        self, world: int, choices: Mapping[Names, Choice]
    ) -> Iterator[tuple[Mapping[Names, ArrayPlan], tuple[Mention, ...], tuple[Row, ...]]]:
        residuals = [self.space.residual(demand, world) for demand in self.demands]
        if False in residuals:
            return
        for leaves in _alternatives([r for r in residuals if not isinstance(r, bool)]):
            key = (*map(id, leaves), *(id(choices[names]) for names in self._read(leaves)))
            if key not in self._known:
                self._known[key] = _Solver(self, choices, leaves).solve()
            yield self._known[key]

    def _read(self, leaves: Sequence[Formula]) -> list[Names]:
        """Return the fields that the solution depends on."""
        read = {ref.names for leaf in leaves for inner in leaves_of(leaf, of_item=False) for ref in refs_of(inner)
                if not ref.of_item}  # fmt: skip
        swap = self.goal.limit.names if self.goal.limit else ()
        if "*" in swap and swap[: swap.index("*")] in self.space.fields:
            read.add(swap[: swap.index("*")])
        return sorted(read | set(self.integers))

    @cached_property
    def numbers(self) -> tuple[Names, ...]:
        """The fields that can be numbers."""
        fields = zip(self.space.fields, self.space.choices, strict=True)
        return tuple(names for names, ways in fields if any(number_of(way.value) is not None for way in ways))

    @cached_property
    def integers(self) -> tuple[Names, ...]:
        """The fields of few integers. They are in the rows of every situation, so that each is decided in one place."""
        space = self.space
        return tuple(n for n in self.numbers if any(map(_few_integers, space.choices[space.position[n]])))


def _alternatives(formulas: Sequence[Formula]) -> Iterator[tuple[Formula, ...]]:
    """Yield the sets of leaves each of which satisfies all formulas."""
    for parts in product(*(list(_ways(formula)) for formula in formulas)):
        yield tuple(leaf for part in parts for leaf in part)


def _ways(formula: Formula) -> Iterator[tuple[Formula, ...]]:
    if isinstance(formula, Or):
        for part in formula.parts:
            yield from _ways(part)
    elif isinstance(formula, And):
        yield from _alternatives(formula.parts)
    else:
        yield (formula,)


class _Solver:
    """The leaves that have to hold in one world, as rows."""

    def __init__(self, group: _GroupPlan, choices: Mapping[Names, Choice], leaves: Sequence[Formula]) -> None:
        self.group, self.choices, self.leaves = group, choices, leaves
        self.scale = 1

    def solve(self) -> tuple[Mapping[Names, ArrayPlan], tuple[Mention, ...], tuple[Row, ...]]:
        mentions = tuple(
            Mention(leaf.text.names, leaf.pattern, leaf.listed.names, leaf.negated)
            for leaf in self.leaves
            if isinstance(leaf, Mentions)
        )
        variables, defaults = self.variables()
        arrays = {names: self.array(names) for names in self.array_names(mentions)}
        options = [self.values(ref) for ref in variables]
        rows: list[Row] = []
        for chosen in product(*options):
            numbers: dict[Names, Any] = {ref.names: value for ref, value in zip(variables, chosen, strict=True)}
            if all(self.compares(leaf, numbers | defaults) for leaf in self.leaves if isinstance(leaf, Compare)):
                rows += self.rows(numbers, numbers | defaults, arrays)
            if len(rows) > _MOST_ROWS:
                break
        return arrays, mentions, tuple(sorted(rows, key=_simplicity))

    def rows(
        self, numbers: Mapping[Names, Any], known: Mapping[Names, Any], arrays: Mapping[Names, ArrayPlan]
    ) -> Iterator[Row]:
        for lists in product(*(array.options(known) for array in arrays.values())):
            yield Row(numbers, known, dict(zip(arrays, lists, strict=True)))

    def variables(self) -> tuple[list[Ref], dict[Names, Any]]:
        """Return the body's numbers that the leaves read: those that are given, and the defaults of the others."""
        found: dict[Names, Ref] = {}
        for leaf in self.leaves:
            for inner in leaves_of(leaf, of_item=False):
                if isinstance(inner, Compare):
                    found |= {ref.names: ref for ref in (inner.left, inner.right) if not ref.of_item}
                elif isinstance(inner, Sum):
                    found[inner.total.names] = inner.total
        for names in self.group.integers:
            if names not in found and _few_integers(self.choices[names]):
                found[names] = Ref(names, of_item=False, default=ABSENT, nullable=False)
        given = [ref for names, ref in found.items() if self.choices[names].present]
        defaults = {
            names: None if ref.default is ABSENT else ref.default for names, ref in found.items() if ref not in given
        }
        return given, defaults

    def values(self, ref: Ref) -> tuple[Any, ...]:
        """Return the candidates for a number; what is no number stands for itself and makes its rules say nothing."""
        return candidates(self.choices[ref.names].domain)

    def compares(self, leaf: Compare, known: Mapping[Names, Any]) -> bool:
        one, two = number_of(known[leaf.left.names]), number_of(known[leaf.right.names])
        if one is None or two is None:
            return not leaf.negated
        return compared(one, leaf.op, two) is not leaf.negated

    def array_names(self, mentions: Sequence[Mention]) -> list[Names]:
        found: dict[Names, None] = {}
        for leaf in self.leaves:
            if isinstance(leaf, Each):
                found[leaf.array] = None
            elif isinstance(leaf, Sum):
                found[leaf.array.names] = None
        for mention in mentions:
            found[mention.listed] = None
        swap = self.group.goal.limit.names if self.group.goal.limit else ()
        if "*" in swap and swap[: swap.index("*")] in self.group.space.fields:
            found[swap[: swap.index("*")]] = None
        return [names for names in found if self.choices[names].present and self.choices[names].domain.kind == "list"]

    def array(self, names: Names) -> ArrayPlan:
        schema, _ = member_schema(self.group.operation.request or {}, (*names, "*"))
        parts = [leaf for leaf in self.leaves if isinstance(leaf, Each) and leaf.array == names]
        sums = [leaf for leaf in self.leaves if isinstance(leaf, Sum) and leaf.array.names == names]
        if len({leaf.names for leaf in sums}) > 1:
            place = pointers.join(*names)
            raise SpecError(f"{self.group.operation.id} {place}", "two members of its items are summed", "drop one sum")
        limit = self.group.goal.limit
        inside = limit is not None and limit.names[: len(names) + 1] == (*names, "*")
        return ArrayPlan(
            schema=schema,
            spans=self.choices[names].domain.spans,
            every=tuple(leaf.part for leaf in parts if not leaf.negated),
            some=tuple(leaf.part for leaf in parts if leaf.negated),
            sums=tuple(sums),
            outer=self.choices.__getitem__,
            swap=limit.names[len(names) + 1 :] if inside and limit is not None else None,
            swapped=limit.choices if inside and limit is not None else (),
        )


def _few_integers(choice: Choice) -> bool:
    domain = choice.domain
    if domain.kind == "values":
        return choice.present and all(number_of(value) is not None for value in domain.values)
    return choice.present and domain.kind == "number" and domain.integral and len(candidates(domain)) <= _FEW_INTEGERS


def _simplicity(row: Row) -> tuple[Any, ...]:
    counts = tuple(count for count, _ in row.lists.values())
    sums = [(total is None, total or 0) for _, total in row.lists.values()]
    return (sum(counts), [abs(number_of(value) or 0) for value in row.numbers.values()], counts, sums)


@lru_cache(maxsize=512)
def present(operation: Operation, pointer: str) -> Goal:
    """Return the goal of a valid body that has the field. Raises SpecError where the operation has no such field."""
    try:
        found = operation.field(pointer)
    except KeyError as problem:
        raise SpecError(operation.id, str(problem.args[0]), "name one of its fields") from None
    ways = (Choice(True, domain_of(found.schema)),)
    return Goal(limit=Limit("", pointer, "", None, ways, found.source))


# --- what can be broken -------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def breaking(operation: Operation, broken: Limit | str) -> Goal | None:
    """Return the goal of breaking a limit or a rule (by id) and as little else as possible; None where none can.

    What others imply cannot be broken alone: shots that add up to the duration are none longer than it.
    """
    limit = broken if isinstance(broken, Limit) else None
    first = (broken,) if isinstance(broken, str) else ()
    others = [rule.id for rule in operation.rules if rule.id not in first and rule.severity == "error"]
    for company in ((), *((other,) for other in others)):
        goal = Goal(frozenset((*first, *company)), limit, warn=False)
        if plan(operation, goal).feasible:
            return goal
    return None
