"""The folder that the workers share: values that are replaced whole, and lines that all append to."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

Version = tuple[int, int] | None

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
