"""One journal for all workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from mockserver.http import Reply, Request
from mockserver.journal import Exchange, Journal
from mockserver.shared.board import Board, Lines

_BODY_KEPT: Final = 100_000


@dataclass(slots=True)
class Written(Exchange):
    """An exchange that any worker wrote down: what a page shows of it, and what it is found by."""

    shown: dict[str, Any] = field(default_factory=dict)

    def as_json(self, number: int = 0) -> dict[str, Any]:
        """Return the exchange for a page or a log."""
        return {**self.shown, "number": number}


class SharedJournal(Journal):
    """The last `limit` exchanges of all workers. Bodies of more than 100,000 bytes are not kept.

    `log` is told of this worker's exchanges at once, `listeners` of everybody's, by `refresh`.
    """

    def __init__(self, board: Board, limit: int = 1_000, log: Callable[[Exchange], None] | None = None) -> None:
        super().__init__(limit)
        self._log = log
        self._lines = Lines(board, "journal", limit)
        self._lines.read()
        self.count, self._cleared = self._lines.count, self._lines.cleared

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        body = exchange.request.body
        shown = orjson.dumps(exchange.as_json(), option=orjson.OPT_NON_STR_KEYS, default=str)
        kept = body if len(body) <= _BODY_KEPT else b""
        self._lines.append(b"%d %d %b%b" % (exchange.submits, len(kept), kept.hex().encode(), shown))
        if self._log is not None:
            self._log(exchange)

    def refresh(self) -> None:
        """Tell the listeners what was added by whomever since they were told last."""
        self._lines.read()
        if self._lines.cleared != self._cleared:
            self._cleared, self.count = self._lines.cleared, 0
        for number, line in [one for one in self._lines.kept if one[0] > self.count]:
            self.count = number
            if self.listeners:
                written = _written(line)
                for listener in self.listeners:
                    listener(written)

    def numbered(self, after: int = 0) -> Iterator[tuple[int, Exchange]]:
        """Yield the kept exchanges with their numbers that come after that one."""
        self._lines.read()
        return ((number, _written(line)) for number, line in list(self._lines.kept) if number > after)

    def clear(self) -> None:
        """Forget all exchanges."""
        self._lines.clear()
        self.refresh()

    def __iter__(self) -> Iterator[Exchange]:
        return (written for _, written in self.numbered())

    def __len__(self) -> int:
        self._lines.read()
        return len(self._lines.kept)

    def __getitem__(self, position: int) -> Exchange:
        self._lines.read()
        return _written(self._lines.kept[position][1])

    @property
    def last(self) -> Exchange:
        """The newest exchange. Raises IndexError where there is none."""
        return self[-1]


def _written(line: bytes) -> Written:
    submits, size, rest = line.split(b" ", 2)
    ends = 2 * int(size)
    body, said = bytes.fromhex(rest[:ends].decode()), orjson.loads(rest[ends:])
    request = Request(said["method"], said["path"], said["query"].encode("latin-1"), {}, body, "")
    answer = said["answer"]
    reply = Reply(said["status"], answer.encode() if isinstance(answer, str) else orjson.dumps(answer))
    return Written(
        said["at"], said["provider"], request, reply, said["operation"], bool(int(submits)), said["verdict"],
        said["task"], said["fault"], shown=said,
    )  # fmt: skip
