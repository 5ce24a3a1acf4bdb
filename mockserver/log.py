"""Exchanges as lines of JSON, for those who collect logs. No key and no body stands in them."""

from __future__ import annotations

from typing import TextIO

import orjson

from mockserver.journal import Exchange


class Log:
    """A journal listener that writes to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, exchange: Exchange) -> None:
        """Write one line."""
        line = {
            "at": exchange.at, "provider": exchange.provider, "method": exchange.request.method,
            "path": exchange.request.path, "operation": exchange.operation, "status": exchange.status,
            "verdict": exchange.verdict, "task": exchange.task, "fault": exchange.fault, "rules": exchange.rules,
        }  # fmt: skip
        print(orjson.dumps(line).decode(), file=self._stream, flush=True)
