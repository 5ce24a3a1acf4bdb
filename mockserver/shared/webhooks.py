"""Webhooks of several workers: each sends its own, and all see what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import orjson

from mockserver.shared.board import Board, Lines
from mockserver.webhooks import Notice, Sent, Webhooks


class SharedSent:
    """The attempts of all workers to deliver a webhook."""

    def __init__(self, board: Board, limit: int = 1_000) -> None:
        self._lines = Lines(board, "sent", limit)

    @property
    def total(self) -> int:
        """How many there were since all were forgotten."""
        self._lines.read()
        return self._lines.count

    def append(self, attempt: Sent, /) -> None:
        """Keep an attempt."""
        self._lines.append(orjson.dumps(asdict(attempt)))

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()

    def __iter__(self) -> Iterator[Sent]:
        self._lines.read()
        return (Sent(**orjson.loads(line)) for _, line in list(self._lines.kept))

    def __len__(self) -> int:
        self._lines.read()
        return len(self._lines.kept)


class SharedWebhooks(Webhooks):
    """Each worker sends what it planned; attempts are seen by all, and a reset by one is a reset of all."""

    def __init__(self, board: Board, *, anywhere: bool = False) -> None:
        super().__init__(anywhere=anywhere, sent=SharedSent(board))
        self._board, self._version = board, board.version("reset")

    def plan(self, notice: Notice) -> None:
        """Send a notice when it is due."""
        self._look()
        super().plan(notice)

    def due(self, now: float) -> list[Notice]:
        """Take the notices whose time has come."""
        self._look()
        return super().due(now)

    def clear(self) -> None:
        """Forget what is to be sent and what was, in all workers."""
        super().clear()
        with self._board.alone():
            self._board.write("reset", None)
            self._version = self._board.version("reset")

    def _look(self) -> None:
        version = self._board.version("reset")
        if version != self._version:
            self._pending.clear()
            self._version = version
