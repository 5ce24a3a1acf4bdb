"""Contract tests: cases from a contract, and the means to hold clients, mocks and live providers against it."""

from contract.bodies import draw_body
from contract.choose import Seeded, Simplest
from contract.limits import Limit, limits
from contract.plans import Goal, breaking, plan
from contract.strategies import expected, invalid_requests, valid_requests
from specs.worlds import Analysis, World, analyse, groups, worlds

__all__ = [
    "Analysis",
    "Goal",
    "Limit",
    "Seeded",
    "Simplest",
    "World",
    "analyse",
    "breaking",
    "draw_body",
    "expected",
    "groups",
    "invalid_requests",
    "limits",
    "plan",
    "valid_requests",
    "worlds",
]
