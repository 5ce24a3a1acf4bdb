"""The life of a task: a pure function of what was accepted and the time."""

from __future__ import annotations

from math import ceil, inf
from typing import Final, NamedTuple

from mockserver.ids import Outcome
from specs.model import State

QUEUED_SHARE: Final = 0.1
"""The part of a task's expected time that it waits, when nothing else keeps it waiting."""

FAILS_AT: Final = 0.5
"""The part of its running time after which a failing task fails."""


class Task(NamedTuple):
    """An accepted request. Times are in seconds since 1970; those that never come are infinite.

    `operation` is the operationId of the submit; `body` is the request's, empty when it was not kept.
    """

    id: str
    operation: str
    created: float
    started: float
    finished: float
    outcome: Outcome
    seconds: int
    high_resolution: bool
    sound: bool
    reason: str
    body: bytes

    def at(self, now: float) -> Moment:
        """Return the task's state at that time."""
        if now < self.started:
            return Moment("queued", 0, _whole(self.finished - now), self.started)
        if now >= self.finished:
            state = _ENDS.get(self.outcome, "succeeded")
            return Moment(state, 100 if state == "succeeded" else _percent(self, self.finished), 0, inf)
        progress, left = _percent(self, now), self.finished - now
        middle = (self.started + self.finished) / 2
        return Moment("running", progress, _whole(left), middle if now < middle < inf else self.finished)


class Moment(NamedTuple):
    """A task as it is at one time: `progress` in per cent, `eta` in seconds; `changes_at` is infinite at the end."""

    state: State
    progress: int
    eta: int
    changes_at: float


_ENDS: Final[dict[Outcome, State]] = {"failed": "failed", "canceled": "canceled"}


def _percent(task: Task, now: float) -> int:
    whole = task.finished - task.started
    if whole <= 0:
        return 99
    if whole == inf:
        return 50
    gone = (now - task.started) / whole
    return min(99, int(100 * (gone * FAILS_AT if task.outcome == "failed" else gone)))


def _whole(seconds: float) -> int:
    return 0 if seconds == inf else ceil(seconds)


def span(created: float, queued_until: float, expected: float, outcome: Outcome) -> tuple[float, float]:
    """Return when a task starts and when it ends.

    It is `expected` to take so many seconds in all; `queued_until` is the earliest time at which there is room for it.
    """
    started = max(created + expected * QUEUED_SHARE, queued_until)
    running = expected * (1 - QUEUED_SHARE)
    if outcome == "waiting":
        return inf, inf
    if outcome in ("stuck", "unknown_status"):
        return started, inf
    return started, started + running * (FAILS_AT if outcome in ("failed", "canceled") else 1)
