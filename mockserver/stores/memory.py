"""A store in this process's memory, bounded."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from itertools import islice

from mockserver.stores.store import begins_anew
from mockserver.tasks import Task

_OVERHEAD = 600
"""Bytes that a task takes beside its body, measured."""


class MemoryStore:
    """Keeps the newest tasks: up to `tasks_kept` of them and `bytes_kept` bytes."""

    pending = False

    def __init__(self, tasks_kept: int = 100_000, bytes_kept: int = 150_000_000) -> None:
        self._tasks: OrderedDict[tuple[str, str], Task] = OrderedDict()
        self._tasks_kept, self._bytes_kept, self._bytes = tasks_kept, bytes_kept, 0
        self._counts: dict[str, tuple[float, int]] = {}
        self._ends: dict[str, list[float]] = {}

    def add(self, provider: str, task: Task) -> bool:
        """Keep a task; False where its id is taken."""
        key = (provider, task.id)
        if key in self._tasks:
            return False
        self._tasks[key] = task
        self._bytes += len(task.body) + _OVERHEAD
        while len(self._tasks) > self._tasks_kept or (self._bytes > self._bytes_kept and len(self._tasks) > 1):
            _, dropped = self._tasks.popitem(last=False)
            self._bytes -= len(dropped.body) + _OVERHEAD
        return True

    def commit(self) -> None:
        """Nothing waits."""

    def get(self, provider: str, task_id: str) -> Task | None:
        """Return the task, or None where it is not kept (any more)."""
        return self._tasks.get((provider, task_id))

    def tasks(self, provider: str, limit: int) -> list[Task]:
        """Return the tasks added last, the newest first."""
        return [self._tasks[provider, task_id] for task_id in self.newest(provider, limit)]

    def newest(self, provider: str, limit: int) -> list[str]:
        """Return the ids of the tasks added last, the newest first."""
        return list(islice((task_id for by, task_id in reversed(self._tasks) if by == provider), limit))

    def take(self, key: str, limit: int, now: float, window: float = 60) -> float:
        """Count a request of that key; return 0, or the seconds to wait where `limit` a window is reached."""
        begun, count = self._counts.get(key, (now, 0))
        if begins_anew(begun, now, window):
            begun, count = now, 0
        if count >= limit:
            return begun + window - now
        self._counts[key] = begun, count + 1
        return 0

    def running(self, key: str, now: float) -> list[float]:
        """Return when the tasks of that key end that have not ended yet, in rising order."""
        ends = self._ends.get(key, [])
        del ends[: bisect_right(ends, now)]
        return list(ends)

    def runs(self, key: str, until: float) -> None:
        """Note that a task of that key ends then."""
        insort(self._ends.setdefault(key, []), until)

    def reset(self) -> None:
        """Forget everything."""
        self._tasks.clear()
        self._counts.clear()
        self._ends.clear()
        self._bytes = 0

    def close(self) -> None:
        """Nothing is held open."""
