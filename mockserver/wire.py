"""Replies that go wrong on the wire: what the adapter over HTTP does with a Delivery."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from mockserver.http import Delivery, Reply
from mockserver.protocol import TRANSPORT

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


async def deliver(reply: Reply, scope: Message, receive: Receive, send: Send) -> None:
    """Send a reply the way its delivery says. Without uvicorn's connection a break is a missing answer."""
    how = reply.delivery or Delivery()
    if how.hang:
        while (await receive())["type"] != "http.disconnect":
            continue
        return
    if how.delay:
        await asyncio.sleep(how.delay)
    if how.reset:
        _break(scope, reset=True)
        return
    headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    for part in how.parts(reply.body):
        if how.drip:
            await asyncio.sleep(how.drip)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    if how.cut is not None:
        _break(scope, reset=False)
        return
    await send({"type": "http.response.body", "body": b""})


def _break(scope: Message, *, reset: bool) -> None:
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
