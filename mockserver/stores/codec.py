"""Tasks as bytes: a JSON list without id and body, which stand beside it; times that never come are null."""

from __future__ import annotations

from math import inf

import orjson

from mockserver.ids import OUTCOMES
from mockserver.tasks import Task


def encode(task: Task) -> bytes:
    """Return a task without its id and body."""
    finite = [None if time == inf else time for time in (task.created, task.started, task.finished)]
    rest = [task.seconds, task.high_resolution, task.sound, task.reason]
    return orjson.dumps([task.operation, *finite, OUTCOMES.index(task.outcome), *rest])


def decode(task_id: str, data: bytes, body: bytes) -> Task:
    """Return the task that was encoded."""
    operation, created, started, finished, outcome, seconds, high, sound, reason = orjson.loads(data)
    return Task(
        id=task_id, operation=operation, created=created, started=inf if started is None else started,
        finished=inf if finished is None else finished, outcome=OUTCOMES[outcome], seconds=seconds,
        high_resolution=high, sound=sound, reason=reason, body=body,
    )  # fmt: skip
