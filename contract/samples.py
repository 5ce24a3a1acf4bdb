"""Request bodies by the thousand: those of the Hypothesis strategies, from a seed and about ten times as fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract.bodies import draw_body
from contract.choose import Seeded
from contract.field_limits import Limit
from contract.goals import broken_plan, valid_plan
from specs.model import Operation
from specs.rules.model import Rule


def sample_requests(
    operation: Operation,
    count: int,
    seed: int = 0,
    *,
    broken: Rule | Limit | str | None = None,
    having: str | None = None,
) -> Iterator[Any]:
    """Yield `count` bodies: valid ones, or with `broken` (a rule, a limit, or its id) ones that break that alone.

    With `having` (a pointer such as /multi_prompt) all valid ones have that field. The same seed gives the same bodies.
    Raises SpecError where there are none, and ValueError where both are given.
    """
    if broken is not None and having is not None:
        raise ValueError("`broken` and `having` cannot be used together: a body that is wrong has what makes it wrong")
    made = valid_plan(operation, having) if broken is None else broken_plan(operation, broken)
    chosen = Seeded(seed)
    return (draw_body(made, chosen) for _ in range(count))
