"""What the worker processes of one mock have in common: clock, faults, journal and webhooks, in a folder of their own.

Only a mock with several workers uses it, so that whichever of them answers below `/_mock/` says the same. Clock and
faults are files that are replaced whole: a worker that finds nothing new there by a look at the file's time goes on
with what it knows.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver.clock import Clock
from mockserver.faults import Fault, Faults, On
from mockserver.http import Reply, Request
from mockserver.journal import Exchange, Journal
from mockserver.webhooks import Notice, Sent, Webhooks

Version = tuple[int, int] | None

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS exchanges (number INTEGER PRIMARY KEY, shown BLOB, body BLOB, task TEXT, submits INTEGER);
CREATE TABLE IF NOT EXISTS sent (number INTEGER PRIMARY KEY, shown BLOB);
CREATE TABLE IF NOT EXISTS cleared (times INTEGER);
"""
_BODY_KEPT: Final = 100_000
_PRUNE_EACH: Final = 100


class Board:
    """The folder. What is written replaces what was there in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        self._db: sqlite3.Connection | None = None

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

    @property
    def db(self) -> sqlite3.Connection:
        """The database of journal and webhooks; it is gone with the folder, so nothing waits for the disk."""
        if self._db is None:
            self._db = sqlite3.connect(
                self.folder / "journal.sqlite3", timeout=10, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(_TABLES)
        return self._db


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
        if speed < 0:
            raise ValueError(f"a clock does not run backwards: speed {speed}")
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
        self._db = board.db
        self._times = self._cleared()
        self._added = 0

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        body = exchange.request.body
        row = (
            orjson.dumps(exchange.as_json(), option=orjson.OPT_NON_STR_KEYS, default=str),
            body if len(body) <= _BODY_KEPT else b"", exchange.task, exchange.submits,
        )  # fmt: skip
        self._db.execute("INSERT INTO exchanges (shown, body, task, submits) VALUES (?, ?, ?, ?)", row)
        self._added += 1
        if self._added % _PRUNE_EACH == 0:
            oldest = "(SELECT max(number) - ? FROM exchanges)"
            self._db.execute(f"DELETE FROM exchanges WHERE number <= {oldest}", (self._limit,))  # noqa: S608
        if self._log is not None:
            self._log(exchange)

    def refresh(self) -> None:
        """Tell the listeners what was added by whomever since they were told last."""
        times = self._cleared()
        if times != self._times:
            self._times, self.count = times, 0
        for number, written in self._rows(self.count):
            self.count = number
            for listener in self.listeners:
                listener(written)

    def numbered(self, after: int = 0) -> Iterator[tuple[int, Exchange]]:
        """Yield the kept exchanges with their numbers that come after that one."""
        return iter(self._rows(after))

    def clear(self) -> None:
        """Forget all exchanges."""
        self._db.execute("DELETE FROM exchanges")
        self._db.execute("INSERT INTO cleared VALUES (1)")
        self.refresh()

    def __iter__(self) -> Iterator[Exchange]:
        return (written for _, written in self._rows(0))

    def __len__(self) -> int:
        return min(self._limit, int(self._db.execute("SELECT count(*) FROM exchanges").fetchone()[0]))

    def __getitem__(self, position: int) -> Exchange:
        return self._rows(0)[position][1]

    @property
    def last(self) -> Exchange:
        """The newest exchange. Raises IndexError where there is none."""
        return self[-1]

    def _rows(self, after: int) -> list[tuple[int, Exchange]]:
        query = "SELECT number, shown, body, submits FROM exchanges WHERE number > ? ORDER BY number DESC LIMIT ?"
        rows = self._db.execute(query, (after, self._limit)).fetchall()
        return [(number, _written(shown, body, submits)) for number, shown, body, submits in reversed(rows)]

    def _cleared(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM cleared").fetchone()[0])


def _written(shown: bytes, body: bytes, submits: int) -> Written:
    said = orjson.loads(shown)
    request = Request(said["method"], said["path"], said["query"].encode("latin-1"), {}, body, "")
    answer = said["answer"]
    reply = Reply(said["status"], answer.encode() if isinstance(answer, str) else orjson.dumps(answer))
    return Written(
        said["at"], said["provider"], request, reply, said["operation"], bool(submits), said["verdict"], said["task"],
        said["fault"], shown=said,
    )  # fmt: skip


class SharedSent:
    """The attempts of all workers to deliver a webhook."""

    def __init__(self, board: Board, limit: int = 1_000) -> None:
        self._db, self._limit = board.db, limit

    @property
    def count(self) -> int:
        """How many there were since all were forgotten."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM sent").fetchone()[0])

    def append(self, attempt: Sent, /) -> None:
        """Keep an attempt."""
        self._db.execute("INSERT INTO sent (shown) VALUES (?)", (orjson.dumps(asdict(attempt)),))

    def clear(self) -> None:
        """Forget all."""
        self._db.execute("DELETE FROM sent")

    def __iter__(self) -> Iterator[Sent]:
        query = "SELECT shown FROM sent ORDER BY number DESC LIMIT ?"
        rows = self._db.execute(query, (self._limit,)).fetchall()
        return (Sent(**orjson.loads(shown)) for (shown,) in reversed(rows))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM sent").fetchone()[0])


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
