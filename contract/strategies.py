"""Hypothesis strategies for request bodies: valid ones, and ones with exactly one thing wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from contract.bodies import draw_body
from contract.choose import Drawn
from contract.field_limits import Limit, limits
from contract.plans import Goal, Plan, breaking, plan, present
from specs.errors import SpecError
from specs.model import Operation
from specs.rules.model import Rule

_ITEMS, _REST = 6, 24
"""How many items of an array have bytes of their own, and the bytes for all that no part has of its own."""


def _bodies(made: Plan) -> st.SearchStrategy[Any]:
    """Return bodies of a plan. All decisions are one draw: each draw costs Hypothesis as much as many of our bodies."""
    parts = made.turns + _ITEMS
    size = parts * Drawn.OWN + _REST
    return st.binary(min_size=size, max_size=size).map(lambda data: draw_body(made, Drawn(data, parts)))


def valid_requests(operation: Operation, *, having: str | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Return bodies that the contract accepts, at the limits of every field and in every world of the rules.

    With `having` (a pointer such as /multi_prompt) all of them have that field. Shrinks to the minimal body. Raises
    SpecError where the operation has no body or none can keep its rules.
    """
    _needs_body(operation)
    made = plan(operation, Goal() if having is None else present(operation, having))
    if not made.feasible:
        raise SpecError(
            operation.id, "no request can keep all rules", "`contract.analyse` tells what stands in the way"
        )
    return _bodies(made)


def invalid_requests(operation: Operation, broken: Rule | Limit | str) -> st.SearchStrategy[Any]:
    """Return bodies that break one rule or one limit of a field, and nothing else.

    `broken` is a rule, a limit, or the id of one of them (`limits(operation)` lists the limits). What cannot be broken
    alone breaks what it entails, no more: see `expected`. Raises SpecError where there is no such rule or limit, or no
    body that breaks it.
    """
    return _bodies(broken_plan(operation, broken))


def broken_plan(operation: Operation, broken: Rule | Limit | str) -> Plan:
    """Return the plan of the bodies that break a rule or limit."""
    return plan(operation, goal_of(operation, broken))


def goal_of(operation: Operation, broken: Rule | Limit | str) -> Goal:
    """Return the goal of breaking a rule or limit. Raises SpecError where nothing can break it."""
    _needs_body(operation)
    found = found_by_id(operation, broken) if isinstance(broken, str) else broken
    goal = breaking(operation, found if isinstance(found, Limit) else found.id)
    if goal is None:
        raise SpecError(operation.id, f"no request can break {found.id}", "it says nothing; remove it")
    return goal


def found_by_id(operation: Operation, broken: str) -> Rule | Limit:
    """Return the rule or limit with the id. Raises SpecError where there is none."""
    known: tuple[Rule | Limit, ...] = (*operation.rules, *limits(operation))
    for found in known:
        if found.id == broken:
            return found
    raise SpecError(
        operation.id, f"has no rule or limit {broken!r}", "`contract.limits` and `operation.rules` list them"
    )


def expected(operation: Operation, broken: Rule | Limit | str) -> frozenset[str]:
    """Return the ids of all violations that a body breaking the rule or limit has: nearly always its own only."""
    return goal_of(operation, broken).violations


def _needs_body(operation: Operation) -> None:
    if operation.request is None:
        raise SpecError(operation.id, "takes no body", "choose an operation that submits one")
