"""One clock for all workers."""

from __future__ import annotations

import time
from collections.abc import Callable

from mockserver.clock import Clock, check_speed
from mockserver.shared.board import Board, Version


class SharedClock(Clock):
    """A clock that all workers move."""

    def __init__(self, board: Board, speed: float, start: float, real: Callable[[], float] = time.time) -> None:
        super().__init__(speed, start, since=start, real=real)
        self._board = board
        self._version: Version = None
        with board.alone():
            if board.version("clock") is None:
                self._tell()

    @property
    def speed(self) -> float:
        """Seconds of this clock in one real second."""
        self.now()
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_speed(speed)
        with self._board.alone():
            self._at, self._since, self._speed = self.now(), self._real(), speed
            self._tell()

    def now(self) -> float:
        """Return the time."""
        version = self._board.version("clock")
        if version != self._version:
            self._look(version)
        return super().now()

    def pass_by(self, seconds: float) -> None:
        """Let that many seconds pass."""
        with self._board.alone():
            self.now()
            self._at += seconds
            self._tell()

    def not_before(self, moment: float) -> float:
        """Move on to that time where it is still to come; return the seconds moved."""
        with self._board.alone():
            self.now()
            ahead = super().not_before(moment)
            if ahead:
                self._tell()
        return ahead

    def _look(self, version: Version) -> None:
        self._at, self._since, self._speed = self._board.read("clock")
        self._version = version

    def _tell(self) -> None:
        self._board.write("clock", [self._at, self._since, self._speed])
        self._version = self._board.version("clock")
