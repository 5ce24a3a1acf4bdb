"""What a store does; every store passes the same tests."""

from __future__ import annotations

from typing import Final, Protocol

from mockserver.tasks import Task

SKEW: Final = 5.0
"""Seconds by which clocks that share a store may differ."""


def begins_anew(begun: float, now: float, window: float) -> bool:
    """Tell whether a window of counting is over, or was begun at a time to which the clock has yet to come.

    The latter is left by a run whose clock was ahead. A thousandth of a second is nothing: times are not exact.
    """
    return now > begun + window - 0.001 or now < begun - SKEW


class Store(Protocol):
    """Keeps what must survive or be shared. Times are in seconds since 1970. All methods raise OSError on failure."""

    pending: bool
    """Whether something was added that only `commit` makes lasting, or tells the loss of."""

    def add(self, provider: str, task: Task) -> bool:
        """Keep a task; False where its id is taken. Unless `pending`, it is not lost by the end of the process."""

    def commit(self) -> None:
        """Make lasting all that was added. Raises OSError where that fails; none of it is kept then."""

    def get(self, provider: str, task_id: str) -> Task | None:
        """Return the task, or None where it is not kept (any more)."""

    def tasks(self, provider: str, limit: int) -> list[Task]:
        """Return the tasks added last, the newest first."""

    def newest(self, provider: str, limit: int) -> list[str]:
        """Return the ids of the tasks added last, the newest first."""

    def take(self, key: str, limit: int, now: float, window: float = 60) -> float:
        """Count a request of that key; return 0, or the seconds to wait where `limit` a window is reached."""

    def running(self, key: str, now: float) -> list[float]:
        """Return when the tasks of that key end that have not ended yet, in rising order."""

    def runs(self, key: str, until: float) -> None:
        """Note that a task of that key ends then."""

    def reset(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """Let go of files and connections."""
