"""The journal: every exchange, bounded, with keys masked wherever it is shown."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.decoded import loads
from mockserver.http import Reply, Request
from specs.checks import Violation
from specs.findings import Finding

_SECRET = ("authorization", "x-api-key", "api-key", "cookie", "proxy-authorization")
_KEY_IN_QUERY = re.compile(
    r"((?:^|&)[^=&]*?(?:key|token|secret|signature|password|authorization)=)([^&]+)", re.IGNORECASE
)
_BODY_SHOWN = 20_000


@dataclass(slots=True)
class Exchange:
    """One request and what came of it.

    `at` is the mock's time in seconds; `operation` is the operationId, empty where no route matched; `verdict` is
    "accepted" or the meaning of the refusal; `task` the id of the task that was started or asked about;
    `key_header` is the header (in lower case) that the API key stands in.
    """

    at: float
    provider: str
    request: Request
    reply: Reply | None = None
    operation: str = ""
    submits: bool = False
    verdict: str = "accepted"
    task: str = ""
    fault: str = ""
    findings: tuple[Finding, ...] = ()
    key_header: bytes = b""

    @property
    def status(self) -> int:
        """The status of the answer; 0 where there was none."""
        return self.reply.status if self.reply is not None else 0

    @property
    def json(self) -> Any:
        """The request's body, decoded; None where it is no JSON, or nested too deep to be shown."""
        return _decoded(self.request.body)

    @property
    def answer(self) -> Any:
        """The answer's body, decoded; None where it is no JSON."""
        return _decoded(self.reply.body) if self.reply is not None else None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that was found wrong with the request's body, warnings included."""
        return tuple(found.violation() for found in self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that the request broke, warnings included."""
        return tuple(found.said.rule for found in self.findings)

    def as_json(self, number: int = 0) -> dict[str, Any]:
        """Return the exchange for a page or a log, keys masked and long bodies cut."""
        request = self.request
        return {
            "number": number, "at": self.at, "provider": self.provider, "method": request.method, "path": request.path,
            "query": _masked_query(request.query), "headers": _masked_headers(request, self.key_header),
            "operation": self.operation, "status": self.status, "verdict": self.verdict, "task": self.task,
            "fault": self.fault,
            "request": _shown(request.body), "answer": _shown(self.reply.body if self.reply is not None else b""),
            "violations": [found.as_json() for found in self.violations],
        }  # fmt: skip


class Journal:
    """The last exchanges, the oldest first: `limit` of them and `bytes_kept` bytes of bodies."""

    def __init__(self, limit: int = 1_000, bytes_kept: int = 32_000_000) -> None:
        self._kept: deque[Exchange] = deque()
        self._limit, self._bytes_kept, self._bytes = limit, bytes_kept, 0
        self.count = 0
        self.listeners: list[Callable[[Exchange], None]] = []

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange and tell those who listen."""
        kept = self._kept
        kept.append(exchange)
        self.count += 1
        self._bytes += len(exchange.request.body)
        while len(kept) > self._limit or (self._bytes > self._bytes_kept and len(kept) > 1):
            self._bytes -= len(kept.popleft().request.body)
        for listener in self.listeners:
            listener(exchange)

    def refresh(self) -> None:
        """Tell the listeners what other processes added; nothing here."""

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, position: int) -> Exchange:
        return self._kept[position]

    @property
    def last(self) -> Exchange:
        """The newest exchange. Raises IndexError where there is none."""
        return self._kept[-1]

    @property
    def submits(self) -> list[Exchange]:
        """The requests that started a task."""
        return [found for found in self if found.submits and found.verdict == "accepted"]

    @property
    def refused(self) -> list[Exchange]:
        """The requests that were refused."""
        return [found for found in self if found.verdict != "accepted"]

    def numbered(self, after: int = 0) -> Iterator[tuple[int, Exchange]]:
        """Yield the kept exchanges with their numbers (from 1 since the start) that come after that one."""
        kept = tuple(self._kept)
        for number, exchange in enumerate(kept, self.count - len(kept) + 1):
            if number > after:
                yield number, exchange

    def clear(self) -> None:
        """Forget all exchanges."""
        self._kept.clear()
        self.count = self._bytes = 0


def _masked_headers(request: Request, key_header: bytes) -> dict[str, str]:
    """Return the request's headers with what signs it masked."""
    shown = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
    return {
        name: mask(value) if name in _SECRET or name.encode("latin-1") == key_header else value
        for name, value in shown.items()
    }


def _masked_query(query: bytes) -> str:
    """Return a query with what looks like a key masked: no contract asks for one there, but clients err."""
    return _KEY_IN_QUERY.sub(lambda found: found[1] + mask(found[2]), query.decode("latin-1"))


def mask(secret: str) -> str:
    """Return a key as it may be shown: the scheme and the last two characters of a long one."""
    scheme, blank, key = secret.rpartition(" ")
    return f"{scheme}{blank}…{key[-2:] if len(key) >= 12 else ''}"


def _decoded(body: bytes) -> Any:
    try:
        return loads(body)
    except orjson.JSONDecodeError:
        return None


def _shown(body: bytes) -> Any:
    if len(body) > _BODY_SHOWN:
        return f"{len(body):,} bytes"
    found = _decoded(body)
    return body.decode("utf-8", "replace") if found is None else found
