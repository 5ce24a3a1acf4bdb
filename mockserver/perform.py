"""Replies as httpx sees them, in process: what goes wrong on a wire becomes what httpx makes of it.

Nothing sleeps: a delay moves the mock's clock, and is a ReadTimeout where it is longer than the client waits.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator

import httpx

from mockserver.clock import Clock
from mockserver.http import Reply


def perform(reply: Reply, request: httpx.Request, clock: Clock) -> httpx.Response:
    """Return the response, or raise what the client's transport would. Raises httpx.TransportError."""
    how, bodiless = reply.delivery, request.method == "HEAD"
    answer = functools.partial(httpx.Response, reply.status, headers=_sized(reply), request=request)
    if how is None:
        return answer(content=b"" if bodiless else reply.body)
    patience = _patience(request)
    if how.reset:
        raise httpx.ReadError("[mock] the connection was reset", request=request)
    if how.hang or (patience is not None and max(how.delay, how.drip) >= patience):
        clock.pass_by(patience or 0)
        raise httpx.ReadTimeout("[mock] no answer in time", request=request)
    parts = how.parts(reply.body)
    clock.pass_by(how.delay + how.drip * len(parts))
    if how.cut is not None and not bodiless:
        return answer(stream=_Cut(b"".join(parts), request))
    return answer(content=b"" if bodiless else reply.body)


class _Cut(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends too soon."""

    def __init__(self, part: bytes, request: httpx.Request) -> None:
        self._part, self._request = part, request

    def __iter__(self) -> Iterator[bytes]:
        yield self._part
        raise self._ended()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._part
        raise self._ended()

    def _ended(self) -> httpx.RemoteProtocolError:
        message = f"[mock] the connection was closed after {len(self._part)} bytes of the body"
        return httpx.RemoteProtocolError(message, request=self._request)


def _sized(reply: Reply) -> list[tuple[bytes, bytes]]:
    return [*reply.headers, (b"content-length", b"%d" % len(reply.body))]


def _patience(request: httpx.Request) -> float | None:
    timeouts = request.extensions.get("timeout") or {}
    found: float | None = timeouts.get("read")
    return found
