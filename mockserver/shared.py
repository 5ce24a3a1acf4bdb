"""What the worker processes of one mock have in common: clock, faults, journal and webhooks, in a folder of their own.

Only a mock with several workers uses it, so that whichever of them answers below `/_mock/` says the same. Clock and
faults are files that are replaced whole: a worker that finds nothing new there by a look at the file's time goes on
with what it knows.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver.clock import Clock, check_speed
from mockserver.faults import Fault, Faults, On
from mockserver.http import Reply, Request
from mockserver.journal import Exchange, Journal
from mockserver.webhooks import Notice, Sent, Webhooks

Version = tuple[int, int] | None

_BODY_KEPT: Final = 100_000
_LARGEST: Final = 32_000_000
"""Bytes of a file of lines that is then begun anew."""

_CARRIED: Final = 8_000_000
"""Bytes of the newest lines that go over into the new file, at most."""


class Board:
    """The folder. What is written replaces what was there in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other worker change anything in between."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def version(self, name: str) -> Version:
        """Return what is different after each writing; None before the first."""
        try:
            found = os.stat(self.folder / name)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def read(self, name: str) -> Any:
        """Return what was written last."""
        return orjson.loads((self.folder / name).read_bytes())

    def write(self, name: str, value: Any) -> None:
        """Replace what is there; to be called `alone`."""
        made = self.folder / f"{name}.new"
        made.write_bytes(orjson.dumps(value))
        made.replace(self.folder / name)


class Lines:
    """Lines that every worker appends to one file and reads from it; the newest `limit` are `kept`, with their numbers.

    They are numbered from 1 since all were forgotten, which `cleared` counts. A file that has become large is begun
    anew with its newest lines; whoever reads the old one finds the new one by the name.
    """

    def __init__(self, board: Board, name: str, limit: int, largest: int = _LARGEST) -> None:
        self._board, self._path, self._largest = board, board.folder / name, largest
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=limit)
        self.count = self.cleared = 0
        with board.alone():
            if not self._path.exists():
                self._begin(0, 0, ())
            self._file, self._inode, self._place, self._number = self._opened()

    def append(self, line: bytes) -> None:
        """Add a line."""
        with self._board.alone():
            found = os.stat(self._path)
            if found.st_ino != self._inode:
                self._read()
            os.write(self._file, line + b"\n")
            if found.st_size > self._largest:
                self._shorten()

    def read(self) -> None:
        """Take in what was appended since."""
        with self._board.alone():
            self._read()

    def clear(self) -> None:
        """Forget all lines."""
        with self._board.alone():
            self._read()
            self._begin(0, self.cleared + 1, ())
            self._read()

    def _read(self) -> None:
        self._take()
        while os.stat(self._path).st_ino != self._inode:
            os.close(self._file)
            self._file, self._inode, self._place, self._number = self._opened()
            self._take()

    def _take(self) -> None:
        found = os.pread(self._file, os.fstat(self._file).st_size - self._place, self._place)
        self._place += len(found)
        for line in found.splitlines():
            self._number += 1
            if self._number > self.count:
                self.count = self._number
                self.kept.append((self._number, line))

    def _shorten(self) -> None:
        self._read()
        carried: list[tuple[int, bytes]] = []
        size = 0
        for number, line in reversed(self.kept):
            size += len(line)
            if size > self._largest * _CARRIED // _LARGEST:
                break
            carried.append((number, line))
        self._begin(self.count - len(carried), self.cleared, [line for _, line in reversed(carried)])

    def _begin(self, before: int, cleared: int, lines: Iterable[bytes]) -> None:
        made = self._path.with_suffix(".new")
        made.write_bytes(b"\n".join([orjson.dumps([before, cleared]), *lines, b""]))
        made.replace(self._path)

    def _opened(self) -> tuple[int, int, int, int]:
        """Open the file; return it, its inode, the place after its first line, and how many lines came before.

        The first line says that, and how often all were forgotten.
        """
        file = os.open(self._path, os.O_RDWR | os.O_APPEND)
        first, _, _ = os.pread(file, 100, 0).partition(b"\n")
        before, cleared = orjson.loads(first)
        if cleared != self.cleared:
            self.kept.clear()
            self.count, self.cleared = 0, cleared
        return file, os.fstat(file).st_ino, len(first) + 1, before


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
