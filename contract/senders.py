"""Ways to send: over HTTP, or straight into our mock's engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from contract.cases import Call, address
from contract.exchange import Answer
from contract.runner import Send, Unreachable

if TYPE_CHECKING:
    from mockserver.mock import Mock


@contextmanager
def http(base_url: str, timeout: float = 30) -> Iterator[Send]:
    """Send over HTTP to a base URL; `timeout` in seconds for each request. Redirects are answers."""
    import httpx

    with httpx.Client(timeout=timeout, follow_redirects=False) as client:

        def send(call: Call, headers: dict[str, str]) -> Answer:
            try:
                found = client.request(call.method, address(base_url, call), content=call.content, headers=headers)
            except (httpx.TransportError, httpx.InvalidURL) as problem:
                raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
            return Answer(found.status_code, found.content, {k.lower(): v for k, v in found.headers.items()})

        yield send


def in_process(mock: Mock) -> Send:
    """Send to the engine of a mock in this process, without httpx."""
    from mockserver.http import Request

    engine, clock = mock.engine, mock.clock

    def send(call: Call, headers: dict[str, str]) -> Answer:
        request = Request(
            method=call.method, path=call.path, query=urlencode(call.query).encode(),
            headers={name.lower().encode(): value.encode() for name, value in headers.items()},
            body=call.content or b"", origin=engine.contract.servers[0],
        )  # fmt: skip
        reply = engine.handle(request, clock.now())
        clock.seen(reply.changes_at)
        headers_back = {name.decode(): value.decode() for name, value in reply.headers}
        odd = frozenset(found.rule for found in engine.journal.last.violations if found.severity == "warning")
        return Answer(reply.status, reply.body, headers_back, odd)

    return send
