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
LAST_PART: Final = {"type": "http.response.body", "body": b""}
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


async def deliver(reply: Reply, scope: Message, receive: Receive, send: Send, stopping: asyncio.Event) -> None:
    """Send a reply the way its delivery says, without waiting any longer when the server is stopping.

    Without uvicorn's connection a break is a missing answer.
    """
    how = reply.delivery or Delivery()
    ended = asyncio.ensure_future(over(receive, stopping))
    try:
        if how.hang:
            await ended
        if how.delay:
            await asyncio.wait({ended}, timeout=how.delay)
        if how.reset or how.hang:
            await _break(scope, receive, reset=how.reset)
            return
        headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        for part in how.parts(reply.body):
            if how.drip:
                await asyncio.wait({ended}, timeout=how.drip)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if how.cut is not None:
            await _break(scope, receive, reset=False)
            return
        await send(LAST_PART)
    finally:
        ended.cancel()


async def over(receive: Receive, stopping: asyncio.Event) -> None:
    """Return when the client has left, or the server is to stop."""
    either = {asyncio.ensure_future(_left(receive)), asyncio.ensure_future(stopping.wait())}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in either:
            one.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _break(scope: Message, receive: Receive, *, reset: bool) -> None:
    """Close the connection: with a reset, or with an ordinary end after what was sent."""
    transport: asyncio.Transport | None = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("this server cannot break connections; serve with uvicorn and Protocol")
    connection = transport.get_extra_info("socket")
    if reset and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    if reset:
        transport.abort()
    else:
        transport.close()
    await _left(receive)  # uvicorn takes an answer that it misses for a mistake, until it knows of the end
