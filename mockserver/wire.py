"""Replies that go wrong on the wire: what the adapter over HTTP does with a Delivery."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.http import Delivery, Reply

TRANSPORT: Final = "mock.transport"
"""The key in the ASGI scope under which Protocol gives the connection."""

HANG: Final = 3_600.0
"""Seconds for which an answer that never comes is not given; clients have left by then."""

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which lets the application break the connection."""

    def on_message_begin(self) -> None:
        """Give the request's scope its connection."""
        super().on_message_begin()
        scope: MutableMapping[str, Any] = cast("MutableMapping[str, Any]", self.scope)
        scope[TRANSPORT] = self.transport


async def deliver(
    reply: Reply, scope: MutableMapping[str, Any], send: Callable[[MutableMapping[str, Any]], Awaitable[None]]
) -> None:
    """Send a reply the way its delivery says. Without uvicorn's connection a break is a missing answer."""
    how = reply.delivery or Delivery()
    if how.hang:
        await asyncio.sleep(HANG)
        return
    if how.delay:
        await asyncio.sleep(how.delay)
    if how.reset:
        _break(scope, reset=True)
        return
    headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    end = len(reply.body) if how.cut is None else min(how.cut, len(reply.body))
    step = how.drip_bytes if how.drip else max(1, end)
    for start in range(0, end, step):
        if how.drip:
            await asyncio.sleep(how.drip)
        part = reply.body[start : min(start + step, end)]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    if end < len(reply.body):
        _break(scope, reset=False)
        return
    await send({"type": "http.response.body", "body": b""})


def _break(scope: MutableMapping[str, Any], *, reset: bool) -> None:
    """Close the connection: with a reset, or with an ordinary end after what was sent."""
    transport: asyncio.Transport | None = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("this server cannot break connections; serve with uvicorn and Protocol")
    if not reset:
        transport.close()
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
