"""A store in an SQLite file: survives the end of its process, even a sudden one; workers of one host can share it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.stores.codec import decode, encode
from mockserver.stores.store import begins_anew
from mockserver.tasks import Task
from specs.errors import ReelspecError

_APPLICATION, _VERSION = 0x7265656C, 1
"""What a file says that is a store ("reel"), and the form of its tables."""

_NAMES = frozenset({"tasks", "counts", "ends"})
_TABLES = f"""
BEGIN IMMEDIATE;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS tasks (
    provider TEXT, id TEXT, data BLOB, body BLOB, PRIMARY KEY (provider, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, begun REAL, count INTEGER);
CREATE TABLE IF NOT EXISTS ends (key TEXT, until REAL);
CREATE INDEX IF NOT EXISTS ends_of_key ON ends (key, until);
COMMIT;
"""
_CHECKPOINT = 4_000
"""Pages that are written ahead before they are moved into the file: 16 MB."""

_PATIENCE = 2.0
"""Seconds for which another process may keep the file to itself; nothing else is served meanwhile."""

_PRUNED_FIRST = 1_000
_SURPLUS = 0.05
"""The share of the tasks kept by which a file may grow before it is pruned: looking for the oldest takes a while."""


class SqliteStore:
    """Keeps tasks in a file, about the newest `tasks_kept` of each provider. Raises ReelspecError for no such file.

    Written ahead (WAL): what was committed is there after the process is killed; with `fsync`, after the power is cut
    too. An addition is committed at once, or, with `grouped`, by `commit` together with all others since the last one.
    Ids rise with time, so the newest task has the greatest id.
    """

    def __init__(self, path: Path, tasks_kept: int = 1_000_000, *, grouped: bool = False, fsync: bool = False) -> None:
        self._path, self._tasks_kept, self._grouped = path, tasks_kept, grouped
        self._until_pruned: dict[str, int] = {}
        self.pending = self._lost = False
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            if not self._is_ours():
                self._db.executescript(_TABLES)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
            self._db.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
            self._adding = self._db.cursor()
        except (OSError, sqlite3.Error) as error:
            raise ReelspecError(str(path), f"cannot be used as a store: {error}", "give another --store") from None

    def _is_ours(self) -> bool:
        """Tell whether the file says that it is a store. Raises OSError where it is something else.

        One that is empty, or has our tables since before stores said so, does not say it yet.
        """
        self._db.execute("BEGIN")
        ((application,),) = self._db.execute("PRAGMA application_id")
        ((version,),) = self._db.execute("PRAGMA user_version")
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._db.execute("COMMIT")
        if application == _APPLICATION:
            if version != _VERSION:
                raise OSError("another version of reelspec wrote it")
            return True
        if application or tables not in (frozenset(), _NAMES):
            raise OSError("it is the database of something else")
        return False

    def add(self, provider: str, task: Task) -> bool:
        """Keep a task; False where its id is taken."""
        row = (provider, task.id, bytearray(encode(task)), bytearray(task.body))  # of bytes sqlite3 asks for an adapter
        with self._lock:
            try:
                if self._grouped and not self._db.in_transaction:
                    self._begin()
                added = self._adding.execute("INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, ?)", row).rowcount == 1
                left = self._until_pruned[provider] = self._until_pruned.get(provider, _PRUNED_FIRST) - 1
                if not left:
                    self._prune(provider)
            except sqlite3.Error as error:
                self._roll_back()
                raise self._failed(error) from error
        return added

    def commit(self) -> None:
        """Write what was added since the last time. Raises OSError where that fails; none of it is kept then."""
        with self._lock:
            try:
                if self._lost:
                    raise sqlite3.OperationalError("something of what was to be written together is lost")
                if self.pending:
                    self._db.execute("COMMIT")
                    self.pending = False
            except sqlite3.Error as error:
                self._roll_back()
                self.pending = self._lost = False
                raise self._failed(error) from error

    def get(self, provider: str, task_id: str) -> Task | None:
        """Return the task, or None where it is not kept (any more)."""
        found = self._read("SELECT data, body FROM tasks WHERE provider = ? AND id = ?", provider, task_id)
        return decode(task_id, *found[0]) if found else None

    def tasks(self, provider: str, limit: int) -> list[Task]:
        """Return the tasks added last, the newest first."""
        query = "SELECT id, data, body FROM tasks WHERE provider = ? ORDER BY id DESC LIMIT ?"
        return [decode(*row) for row in self._read(query, provider, limit)]

    def newest(self, provider: str, limit: int) -> list[str]:
        """Return the ids of the tasks added last, the newest first."""
        query = "SELECT id FROM tasks WHERE provider = ? ORDER BY id DESC LIMIT ?"
        return [task_id for (task_id,) in self._read(query, provider, limit)]

    def take(self, key: str, limit: int, now: float, window: float = 60) -> float:
        """Count a request of that key; return 0, or the seconds to wait where `limit` a window is reached."""
        with self._alone():
            found = self._db.execute("SELECT begun, count FROM counts WHERE key = ?", (key,)).fetchone()
            begun, count = found or (now, 0)
            if begins_anew(begun, now, window):
                begun, count = now, 0
            if count >= limit:
                return float(begun + window - now)
            self._db.execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", (key, begun, count + 1))
        return 0

    def running(self, key: str, now: float) -> list[float]:
        """Return when the tasks of that key end that have not ended yet, in rising order."""
        with self._alone():
            self._db.execute("DELETE FROM ends WHERE key = ? AND until <= ?", (key, now))
            rows = self._db.execute("SELECT until FROM ends WHERE key = ? ORDER BY until", (key,)).fetchall()
        return [until for (until,) in rows]

    def runs(self, key: str, until: float) -> None:
        """Note that a task of that key ends then."""
        with self._alone():
            self._db.execute("INSERT INTO ends VALUES (?, ?)", (key, until))

    def reset(self) -> None:
        """Forget everything."""
        with self._alone():
            for table in _NAMES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self.commit()

    def close(self) -> None:
        """Write what was added, and close the file."""
        self.commit()
        self._db.close()

    def _read(self, query: str, *values: str | int) -> list[Any]:
        """Return the rows that a query finds."""
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def _prune(self, provider: str) -> None:
        self._until_pruned[provider] = max(_PRUNED_FIRST, int(self._tasks_kept * _SURPLUS))
        oldest = "SELECT id FROM tasks WHERE provider = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        found = self._db.execute(oldest, (provider, self._tasks_kept)).fetchone()
        if found:
            self._db.execute("DELETE FROM tasks WHERE provider = ? AND id <= ?", (provider, *found))

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self.pending = True

    def _roll_back(self) -> None:
        """Undo what is not committed; whoever commits next learns of it, and until then something is pending."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._lost |= self.pending and self._grouped
        self.pending = self._lost

    def _failed(self, error: sqlite3.Error) -> OSError:
        return OSError(f"{self._path}: {error}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other thread or process write in between."""
        with self._lock:
            try:
                if not self._db.in_transaction:
                    self._begin()
                yield
                if not self._grouped:
                    self._db.execute("COMMIT")
                    self.pending = False
            except sqlite3.Error as error:
                self._roll_back()
                raise self._failed(error) from error
