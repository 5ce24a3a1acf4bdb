"""The same faults for all workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mockserver.faults import Fault, Faults, On
from mockserver.http import Request
from mockserver.shared.board import Board, Version


class SharedFaults(Faults):
    """Faults that befall the requests to all workers, `times` times in all."""

    def __init__(self, board: Board, seed: int = 0, first: Iterable[Fault] = ()) -> None:
        super().__init__(seed)
        self._board = board
        self._version: Version = None
        with board.alone():
            if board.version("faults") is None:
                super().load(first)
                self._tell()

    def load(self, faults: Iterable[Fault]) -> None:
        """Script several."""
        with self._changing():
            super().load(faults)

    def clear(self) -> None:
        """Forget all faults; chance begins anew."""
        with self._changing():
            super().clear()

    @property
    def scripted(self) -> list[Fault]:
        """The faults that can still happen."""
        self._look()
        return super().scripted

    def as_json(self) -> list[dict[str, Any]]:
        """Return the faults that can still happen, each with how often."""
        self._look()
        return super().as_json()

    def choose(self, request: Request, operation: str, of: On, text: str = "") -> Fault | None:
        """Return what is to happen to a request, or None."""
        self._look()
        if not self._scripted:
            return super().choose(request, operation, of, text)
        with self._changing():
            return super().choose(request, operation, of, text)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._board.alone():
            self._look()
            yield
            self._tell()

    def _look(self) -> None:
        version = self._board.version("faults")
        if version != self._version:
            scripted, chance = self._board.read("faults")
            self.restore(scripted)
            kind, numbers, gauss = chance
            self._random.setstate((kind, tuple(numbers), gauss))
            self._version = version

    def _tell(self) -> None:
        self._board.write("faults", [self.state(), self._random.getstate()])
        self._version = self._board.version("faults")
