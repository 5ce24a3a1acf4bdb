"""Tasks as bytes: a JSON list without id and body, which stand beside it; times that never come are null."""

from __future__ import annotations

from math import inf

import orjson

from mockserver.ids import OUTCOMES
from mockserver.tasks import Task


def encode(task: Task) -> bytes:
    """Return a task without its id and body."""
    operation, created, started, finished, outcome, *rest = task[1:-1]
    return orjson.dumps([operation, created, started, finished, OUTCOMES.index(outcome), *rest])  # writes inf as null


def decode(task_id: str, data: bytes, body: bytes) -> Task:
    """Return the task that was encoded."""
    operation, created, started, finished, outcome, seconds, high, sound, reason = orjson.loads(data)
    return Task(
        id=task_id, operation=operation, created=created, started=inf if started is None else started,
        finished=inf if finished is None else finished, outcome=OUTCOMES[outcome], seconds=seconds,
        high_resolution=high, sound=sound, reason=reason, body=body,
    )  # fmt: skip
