"""Ways to send: over HTTP, or straight into our mock's engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from contract.cases import Call, address
from contract.exchange import Answer
from contract.runner import Send, Unreachable

if TYPE_CHECKING:
    import httpx

    from mockserver.mock import Mock

_MOST = 1 << 20
"""Bytes of an answer that are read: those that are documented have some thousand."""
_SLOW = 100_000
"""Bytes a second at which a body is sent over a slow line."""


@contextmanager
def http(base_url: str, timeout: float = 30) -> Iterator[Send]:
    """Send over HTTP to a base URL. Redirects are answers.

    `timeout` is in seconds for each request and its answer as a whole, however slowly they drip; a large body is given
    a second more for each 100 kB.
    """
    import httpx
    from anyio.from_thread import start_blocking_portal

    certified = not base_url.lower().startswith("http:")  # to load certificates takes longer than a request
    client = httpx.AsyncClient(timeout=None, follow_redirects=False, verify=certified)  # noqa: S113 (`_exchanged` limits it)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(client) as opened,
    ):

        def send(call: Call, headers: dict[str, str]) -> Answer:
            return portal.call(_exchanged, opened, base_url, call, headers, timeout)

        yield send


async def _exchanged(
    client: httpx.AsyncClient, base_url: str, call: Call, headers: dict[str, str], timeout: float
) -> Answer:
    """Return the answer. Raises Unreachable, which tells whether anything was sent, and never what was sent."""
    import httpx
    from anyio import fail_after

    began = False

    async def trace(event: str, _: Any) -> None:
        nonlocal began
        began = began or event.endswith("send_request_headers.started")

    allowed = timeout + len(call.content or b"") / _SLOW
    try:
        with fail_after(allowed):
            async with client.stream(
                call.method, address(base_url, call), content=call.content, headers=headers, extensions={"trace": trace}
            ) as found:
                return Answer(
                    found.status_code, _decoded(found, await _body(found)),
                    {name.lower(): value for name, value in found.headers.items()},
                )  # fmt: skip
    except TimeoutError:
        raise Unreachable(f"no answer within {allowed:.0f} s", sent=began) from None
    except (httpx.LocalProtocolError, httpx.InvalidURL) as problem:
        raise Unreachable(f"{type(problem).__name__}: the request cannot be sent", sent=False) from None
    except httpx.RequestError as problem:
        raise Unreachable(f"{type(problem).__name__}: {problem}", sent=began) from problem


async def _body(found: httpx.Response) -> bytes:
    body = bytearray()
    async for part in found.aiter_raw():
        body += part
        if len(body) > _MOST:
            break
    return bytes(body)


def _decoded(found: httpx.Response, body: bytes) -> bytes:
    """Return the body as its Content-Encoding says, and as it came where that is not true."""
    import httpx

    try:
        return httpx.Response(found.status_code, headers=found.headers, content=body).content
    except httpx.DecodingError:
        return body


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
