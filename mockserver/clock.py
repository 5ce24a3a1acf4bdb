"""The mock's time: real, scaled, or moved by hand; always seconds since 1970."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Final

END: Final = 253_370_764_800.0
"""Where the year 9999 begins, the last that can be written: there every clock stands still."""

START: Final = 1_767_225_600.0
"""Where a clock that stands still begins: 2026-01-01 00:00 UTC, so that its answers are the same every day."""

FASTEST: Final = 1_000_000
"""Seconds of the fastest clock in one real second."""


def check_speed(speed: float) -> None:
    """Raise ValueError for a speed that no clock has."""
    if not 0 <= speed <= FASTEST:
        raise ValueError(f"a clock runs at 0 to {FASTEST:,} times the speed of time, never backwards, not at {speed}")


class Clock:
    """A clock that runs `speed` seconds for each real second; 0 stands still.

    With `stepping`, a poll that finds its task unfinished moves the clock to the task's next change, so that a
    client that waits sees queued, running and the end in three polls, however long it sleeps. The first
    `advance` ends the stepping: whoever moves the clock owns it. `since` is the real time at which it was `start`
    (now, by default), so that clocks of several processes go alike.
    """

    def __init__(
        self,
        speed: float = 1,
        start: float | None = None,
        *,
        stepping: bool = False,
        since: float | None = None,
        real: Callable[[], float] = time.time,
    ) -> None:
        check_speed(speed)
        self._made = speed, start, stepping
        self._real = real
        self._since = real() if since is None else since
        self._at = self._since if start is None else start
        self._speed = speed
        self.stepping = stepping

    @classmethod
    def manual(cls, start: float = START) -> Clock:
        """Return a clock that stands still until it is advanced."""
        return cls(0, start)

    @classmethod
    def steps(cls, start: float = START) -> Clock:
        """Return a clock that polls move from change to change."""
        return cls(0, start, stepping=True)

    @property
    def speed(self) -> float:
        """Seconds of this clock in one real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_speed(speed)
        self._at, self._since, self._speed = self.now(), self._real(), speed

    def restart(self) -> None:
        """Begin anew, as it was made: at its start, which is now where none was given."""
        self._speed, start, self.stepping = self._made
        self._since = self._real()
        self._at = self._since if start is None else start

    def now(self) -> float:
        """Return the time."""
        now = self._at if self._speed == 0 else self._at + (self._real() - self._since) * self._speed
        return now if now < END else END

    def lasts(self, seconds: float) -> float:
        """Return how many real seconds that many of this clock last; as long as they say where it stands still."""
        return seconds / (self.speed or 1)

    def advance(self, seconds: float) -> float:
        """Move on by that many seconds, at most to END, and return the new time. Raises ValueError for a step back."""
        if not 0 <= seconds < inf:
            raise ValueError(f"a clock is not set back, nor moved for ever: {seconds} s")
        self.stepping = False
        self.pass_by(seconds)
        return self.now()

    def pass_by(self, seconds: float) -> None:
        """Let that many seconds pass, without taking the clock over."""
        self._at += seconds

    def not_before(self, moment: float) -> float:
        """Move on to that time where it is still to come, without taking the clock over; return the seconds moved."""
        ahead = max(0.0, moment - self.now())
        self._at += ahead
        return ahead

    def seen(self, changes_at: float | None) -> None:
        """Take notice of an answer about a task that changes next at that time."""
        if self.stepping and changes_at is not None:
            self._at = max(self._at, changes_at)
