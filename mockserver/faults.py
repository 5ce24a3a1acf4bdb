"""Faults: deliberate misbehaviour as data; the engine chooses, the adapters perform."""

from __future__ import annotations

import random
from dataclasses import dataclass

from mockserver.http import Delivery, Reply, Request
from mockserver.ids import Outcome


@dataclass(frozen=True, slots=True)
class Accident:
    """What a fault does to one request."""

    kind: str
    before: Reply | None = None
    outcome: Outcome = "succeeded"
    pace: float = 1
    reason: str = ""
    delivery: Delivery | None = None

    def happen(self, reply: Reply) -> Reply:
        """Do to a reply what was chosen."""
        reply.delivery = self.delivery
        return reply


class Faults:
    """The faults that are scripted for a mock."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated

    def choose(self, request: Request, operation: str, now: float, text: str = "") -> Accident | None:
        """Return what is to happen to a request, or None."""
        return None

    def clear(self) -> None:
        """Forget all faults."""
