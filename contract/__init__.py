"""Contract tests: cases from a contract, and the means to hold clients, mocks and live providers against it.

contract.valid_requests(operation)                     Hypothesis strategies
contract.invalid_requests(operation, "duration.maximum")
contract.sample_requests(operation, 1000, seed=7)      the same bodies from a seed, faster
contract.suite(specs.load("novita"))                   the deterministic cases
contract.check_exchange(operation, request, response)  recorded traffic
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract.bodies import draw_body
    from contract.cases import Case
    from contract.choose import Seeded, Simplest
    from contract.clients import check_client
    from contract.exchange import Answer, Deviation
    from contract.field_limits import Limit, limits
    from contract.goals import expected
    from contract.plans import Goal, breaking, plan
    from contract.samples import sample_requests
    from contract.strategies import invalid_requests, valid_requests
    from contract.suites import suite
    from contract.traffic import check_exchange, operation_at
    from specs.worlds import Analysis, World, analyse, groups, worlds

__all__ = [
    "Analysis", "Answer", "Case", "Deviation", "Goal", "Limit", "Seeded", "Simplest", "World", "analyse", "breaking",
    "check_client", "check_exchange", "draw_body", "expected", "groups", "invalid_requests", "limits", "operation_at",
    "plan", "sample_requests", "suite", "valid_requests", "worlds",
]  # fmt: skip

_HOMES = {
    "contract.bodies": ("draw_body",), "contract.cases": ("Case",), "contract.choose": ("Seeded", "Simplest"),
    "contract.clients": ("check_client",),
    "contract.exchange": ("Answer", "Deviation"), "contract.traffic": ("check_exchange", "operation_at"),
    "contract.field_limits": ("Limit", "limits"), "contract.plans": ("Goal", "breaking", "plan"),
    "contract.goals": ("expected",), "contract.samples": ("sample_requests",),
    "contract.strategies": ("invalid_requests", "valid_requests"), "contract.suites": ("suite",),
    "specs.worlds": ("Analysis", "World", "analyse", "groups", "worlds"),
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import what is asked for: who verifies a server needs no Hypothesis."""
    for module, names in _HOMES.items():
        if name in names:
            found = getattr(importlib.import_module(module), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
