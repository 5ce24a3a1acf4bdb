"""Where accepted tasks are kept: in memory, in an SQLite file, or in Redis."""

from mockserver.stores.memory import MemoryStore
from mockserver.stores.store import Store

__all__ = ["MemoryStore", "Store"]
