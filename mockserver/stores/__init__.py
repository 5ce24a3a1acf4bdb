"""Where accepted tasks are kept: in memory, in an SQLite file, or in Redis."""

from __future__ import annotations

import os
from pathlib import Path

from mockserver.stores.memory import MemoryStore
from mockserver.stores.store import Store
from specs.errors import ReelspecError

__all__ = ["MemoryStore", "Store", "default_place", "open_store"]


def open_store(place: str, *, grouped: bool = False, fsync: bool = False) -> Store:
    """Return the store at a place: `memory`, a `redis://` URL, or the path of an SQLite file. Raises ReelspecError.

    `grouped` and `fsync` are for a file, see SqliteStore.
    """
    elsewhere = place.startswith(("redis://", "rediss://", "unix://"))
    if fsync and (elsewhere or place == "memory"):
        raise ReelspecError("--fsync", "does nothing for a store that is no file", "leave it out")
    if place == "memory":
        return MemoryStore()
    if elsewhere:
        from mockserver.stores.redis import RedisStore

        return RedisStore(place)
    from mockserver.stores.sqlite import SqliteStore

    return SqliteStore(Path(place), grouped=grouped, fsync=fsync)


def default_place() -> str:
    """Return the path of the file in which a served mock keeps its tasks, in the user's state directory."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return str(Path(home) / "reelspec" / "mock.sqlite3")
