"""uvicorn's HTTP protocol with a short way for plain answers.

A request whose answer is known at once (nearly all: no delay, no broken connection, no video to render) is answered
where it was parsed, without a task, a scope and two messages for it. All others go through ASGI as ever.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    from mockserver.asgi import App
    from mockserver.http import Reply, Request

TRANSPORT: Final = "mock.transport"
"""The key in the ASGI scope under which the application finds the connection, in order to break it."""

HANDLED: Final = "mock.handled"
"""The key under which it finds request and reply where these are known already."""


class Protocol(HttpToolsProtocol):
    """Serves an App."""

    _waiting = False
    _parts: list[bytes]
    _size = 0

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made when it is needed."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Take the short way where no earlier request is being answered and the connection stays as it is."""
        parser = self.parser
        idle = self.cycle is None or self.cycle.response_complete
        plain = parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()
        if idle and plain and not self.expect_100_continue and hasattr(self.app, "quick"):
            self._waiting, self._parts, self._size = True, [], 0
        else:
            self._go_through_asgi()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body; what is far beyond the limit is dropped, since it will be refused."""
        if not self._waiting:
            super().on_body(body)
        elif self._size <= cast("App", self.app).body_limit:
            self._parts.append(body)
            self._size += len(body)

    def on_message_complete(self) -> None:
        """Answer the request if that can be done at once."""
        if not self._waiting:
            super().on_message_complete()
            return
        self._waiting = False
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        handled = self._handled(body)
        if handled is not None and handled[1].delivery is None and handled[1].film is None:
            self._write(handled[1], head_only=handled[0].method == "HEAD")
            self.on_response_complete()
            return
        self._go_through_asgi(handled)
        if body:
            super().on_body(body)
        super().on_message_complete()

    def _handled(self, body: bytes) -> tuple[Request, Reply] | None:
        """Return the request and what the engine replies; None where the application has to look at it itself."""
        if self.flow.write_paused:
            return None
        parsed = httptools.parse_url(self.url)
        path = parsed.path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        method = self.parser.get_method().decode("ascii")
        app = cast("App", self.app)
        try:
            return app.quick(method, path, parsed.query or b"", dict(self.headers), body, self.scheme or "http")
        except Exception:  # it is raised again by the application, where uvicorn logs it and answers 500
            return None

    def _write(self, reply: Reply, *, head_only: bool) -> None:
        parts = [STATUS_LINE[reply.status]]
        for name, value in (*self.server_state.default_headers, *reply.headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"content-length: %d\r\n\r\n" % len(reply.body), b"" if head_only else reply.body)
        self.transport.write(b"".join(parts))

    def _go_through_asgi(self, handled: tuple[Request, Reply] | None = None) -> None:
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers.extend(headers)
        scope: MutableMapping[str, Any] = cast("MutableMapping[str, Any]", self.scope)
        scope[TRANSPORT] = self.transport
        if handled is not None:
            scope[HANDLED] = handled
        super().on_headers_complete()
