"""From what a user names - a rule, a limit, a field - to the plan of the bodies that are meant."""

from __future__ import annotations

from contract.field_limits import Limit, limits
from contract.plans import Goal, Plan, breaking, plan, present
from specs.errors import SpecError
from specs.model import Operation
from specs.rules.model import Rule


def valid_plan(operation: Operation, having: str | None = None) -> Plan:
    """Return the plan of valid bodies, with `having` (a pointer) of those that have that field.

    Raises SpecError where the operation has no body, or none can keep its rules.
    """
    _needs_body(operation)
    made = plan(operation, Goal() if having is None else present(operation, having))
    if not made.feasible:
        raise SpecError(
            operation.id, "no request can keep all rules", "`contract.analyse` tells what stands in the way"
        )
    return made


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
