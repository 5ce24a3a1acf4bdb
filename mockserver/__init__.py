"""A provider in a box: validates, lives through tasks on a clock, returns videos that can be looked at, misbehaves.

with MockProvider("novita") as mock:        # in a test: httpx is answered without a network
    …
    mock.clock.advance(30)

reelspec mock novita --port 8000            # on a port, for everything else
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.clock import Clock
    from mockserver.engine import Engine
    from mockserver.faults import Faults
    from mockserver.http import Reply, Request
    from mockserver.journal import Exchange, Journal
    from mockserver.provider import MockProvider
    from mockserver.settings import Settings
    from mockserver.threaded import MockServer

__all__ = [
    "Clock",
    "Engine",
    "Exchange",
    "Faults",
    "Journal",
    "MockProvider",
    "MockServer",
    "Reply",
    "Request",
    "Settings",
]

_HOMES = {
    "Clock": "clock", "Engine": "engine", "Exchange": "journal", "Faults": "faults", "Journal": "journal",
    "MockProvider": "provider", "MockServer": "threaded", "Reply": "http", "Request": "http", "Settings": "settings",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import what is asked for: a served mock starts without respx, a test without uvicorn."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"mockserver.{_HOMES[name]}"), name)
