"""Hypothesis strategies for request bodies: valid ones, and ones with exactly one thing wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from contract.bodies import draw_body
from contract.choose import Drawn
from contract.field_limits import Limit
from contract.goals import broken_plan, valid_plan
from contract.plans import Plan
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
    return _bodies(valid_plan(operation, having))


def invalid_requests(operation: Operation, broken: Rule | Limit | str) -> st.SearchStrategy[Any]:
    """Return bodies that break one rule or one limit of a field, and nothing else.

    `broken` is a rule, a limit, or the id of one of them (`limits(operation)` lists the limits). What cannot be broken
    alone breaks what it entails, no more: see `expected`. Raises SpecError where there is no such rule or limit, or no
    body that breaks it.
    """
    return _bodies(broken_plan(operation, broken))
