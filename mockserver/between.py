"""What the proxy and the playing back of a recording have in common: the requests that they answer themselves."""

from __future__ import annotations

from typing import Final

from mockserver.asgi import Receive, Scope, Send, answer
from mockserver.engine import Engine
from mockserver.http import Reply
from mockserver.refusals import Refusals, Refused

HEALTH: Final = Reply(200, b'{"status":"ok"}')


class Door:
    """Takes requests in, up to the engine's `body_limit` each; those for the server itself it answers."""

    def __init__(self, engine: Engine) -> None:
        self._refusals, self._body_limit = Refusals(engine.contract), engine.settings.body_limit

    async def body(self, scope: Scope, receive: Receive, send: Send) -> bytes | None:
        """Return the body of a request that is for the provider; None when it is answered, or the client has left."""
        body = await _read(receive, self._body_limit)
        if body is None:
            return None
        reply = self._own(scope["path"], len(body))
        if reply is None:
            return body
        await answer(reply, scope["method"], send)
        return None

    def _own(self, path: str, length: int) -> Reply | None:
        if path == "/healthz":
            return HEALTH
        if not path.startswith("/"):  # OPTIONS *
            return self._refusals.reply(Refused("not_found", f"There is nothing at {path[:200]}."))
        if length > self._body_limit:
            return self._refusals.reply(Refused("too_large", f"The body has more than {self._body_limit:,} bytes."))
        return None


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return a request's body, cut somewhere beyond the limit; None when the client has left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        if size <= limit:
            parts.append(part)
            size += len(part)
        if not message.get("more_body"):
            return b"".join(parts)
