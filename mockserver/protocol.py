"""uvicorn's HTTP protocol with a short way for plain answers.

A request whose answer is known at once (nearly all: no delay, no broken connection, no video to render) is answered
where it was read, without a task, a scope and two messages for it. All others go through ASGI as ever. Clients repeat
the heads of their requests byte for byte, so a head that was parsed once is known and not parsed again.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    from mockserver.asgi import App, Handled, Head
    from mockserver.http import Headers, Reply, Request

TRANSPORT: Final = "mock.transport"
"""The key in the ASGI scope under which the application finds the connection, in order to break it."""

HANDLED: Final = "mock.handled"
"""The key under which it finds request and reply where these are known already, or what went wrong."""

_HEAD_LENGTH: Final = 4_096
_BODY_LENGTH: Final = 65_536
"""Bytes of the longest head that is remembered, and of the longest body behind one."""

_END: Final = b"\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """Serves an App."""

    _app: App | None = None
    _used = False
    """Whether a request came since the keep-alive timer was set."""

    _begun = b""
    """A known head and as much of its body as has come."""

    _parsing = _waiting = _held = False
    """Whether the parser is within a request; whether that may take the short way; whether an answer waits for the
    store."""

    _whole: bytes | None = None
    _head: bytes | None = None
    """The head of the request that the parser is given next, and of the one that it has; None where it has come in
    pieces."""

    _handled: Handled | Exception | None = None
    """The request in the parser and its reply, or what went wrong with it, where that is known already."""

    _upgrading = False
    """Whether the request in the parser asks for another protocol."""

    _method: bytes
    _version: bytes
    _parts: list[bytes]
    _size = 0
    _defaults: list[tuple[bytes, bytes]] | None = None
    _starts: dict[tuple[int, tuple[tuple[bytes, bytes], ...]], bytes]

    def connection_made(self, transport: Any) -> None:
        """Begin to serve a connection."""
        super().connection_made(transport)
        self._app = cast("App", self.app) if hasattr(self.app, "quick") else None

    def data_received(self, data: bytes) -> None:
        """Answer a request with a known head; leave all else to the parser."""
        self._used = True
        if self._held and self._app is not None:
            self._app.keep()
        if self._app is not None and not self._parsing and (self.cycle is None or self.cycle.response_complete):
            if self._begun:
                data, self._begun = self._begun + data, b""
            end = data.find(_END) + 4
            self._whole = data[:end]
            head = self._app.heads.get(self._whole)
            if head is not None and self._taken(self._app, head, data, end):
                return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        """Give the parser what has come.

        It ends at a request that asks for another protocol, whose body it loses. Such a wish is not to be heard (RFC
        9110, 7.8: the client goes on with HTTP/1.1), so the request is then parsed anew without it.
        """
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as ended:
            if self._upgrading:
                self._upgrading = False
                self.parser = httptools.HttpRequestParser(self)
                self._whole = self._head
                self._parse(self._without_upgrade() + data[ended.args[0] :])
            else:
                self._unsupported_upgrade_warning()
        except httptools.HttpParserError:
            message = "Invalid HTTP request received."
            self.logger.warning(message)
            self.send_400_response(message)

    def _without_upgrade(self) -> bytes:
        """Return the head that was parsed, without its wish for another protocol."""
        lines = [b"%b: %b\r\n" % line for line in self.headers if line[0] != b"upgrade"]
        start = b"%b %b HTTP/%b\r\n" % (self._method, self.url, self._version)
        return b"".join([start, *lines, b"\r\n"])

    def _taken(self, app: App, head: Head, data: bytes, end: int) -> bool:
        """Tell whether nothing is left for the parser to do about a request with a known head."""
        missing = end + head.length - len(data)
        if missing > 0:
            self._begun = data
            return True
        if missing < 0 or self.flow.write_paused:
            return False
        self._handled = handled = _replied(app, head, data[end:])
        if not isinstance(handled, tuple) or not _is_plain(handled[1]):
            return False
        self._handled = None
        self._answer(app, *handled)
        if self.timeout_keep_alive_task is None:
            self._watch()
        return True

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made when it is needed."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._parsing, self._head, self._whole = True, self._whole, None

    def on_headers_complete(self) -> None:
        """Take the short way where no earlier request is being answered and the connection stays as it is."""
        parser = self.parser
        if parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers):
            self._upgrading = True
            self._method, self._version = parser.get_method(), parser.get_http_version().encode()
            return
        idle = self.cycle is None or self.cycle.response_complete
        plain = parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()
        if idle and plain and not self.expect_100_continue and self._app is not None:
            self._waiting, self._parts, self._size = True, [], 0
        else:
            self._go_through_asgi()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body; what is far beyond the limit is dropped, since it will be refused."""
        if not self._waiting or self._app is None:
            super().on_body(body)
        elif self._size <= self._app.body_limit:
            self._parts.append(body)
            self._size += len(body)

    def on_message_complete(self) -> None:
        """Answer the request if that can be done at once."""
        self._parsing = False
        if self._upgrading:
            return
        if not self._waiting or self._app is None:
            super().on_message_complete()
            return
        self._waiting = False
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        handled, self._handled = self._handled or self._parsed(self._app, body), None
        if isinstance(handled, tuple) and _is_plain(handled[1]):
            self._answer(self._app, *handled)
            self.on_response_complete()
            return
        self._go_through_asgi(handled)
        if body:
            super().on_body(body)
        super().on_message_complete()

    def _parsed(self, app: App, body: bytes) -> Handled | Exception | None:
        """Return the request and what the engine replies, as `_replied` does."""
        if self._held:
            app.keep()
        if self.flow.write_paused:
            return None
        parsed = httptools.parse_url(self.url)
        path = parsed.path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        verb = self.parser.get_method()
        headers = dict(self.headers)
        head = app.head(verb.decode("ascii"), path, parsed.query or b"", headers, self.scheme or "http", len(body))
        if head is None:
            return None
        raw = self._head
        if raw is not None and len(raw) <= _HEAD_LENGTH and self._size <= _BODY_LENGTH:
            begins = raw.startswith(b"%b %b HTTP/1.1\r\n" % (verb, self.url))  # not with blank lines, as it may
            sized = b"transfer-encoding" not in headers and int(headers.get(b"content-length", b"0")) == len(body)
            if begins and sized:
                app.learn(raw, head)
        return _replied(app, head, body)

    def _answer(self, app: App, request: Request, reply: Reply) -> None:
        """Write a reply, as soon as what was accepted with it is kept."""
        if app.store.pending:
            self._held = True
            app.when_kept(partial(self._kept, reply, request.method == "HEAD"))
        else:
            self._write(reply, head_only=request.method == "HEAD")

    def _kept(self, reply: Reply, head_only: bool) -> None:
        self._held = False
        if not self.transport.is_closing():
            self._write(reply, head_only=head_only)

    def _write(self, reply: Reply, *, head_only: bool) -> None:
        start, body = self._start(reply.status, reply.headers), reply.body
        self.transport.write(b"%b%d\r\n\r\n%b" % (start, len(body), b"" if head_only else body))

    def _start(self, status: int, headers: Headers) -> bytes:
        """Return an answer up to its length. The server's own headers change each second."""
        if self._defaults is not self.server_state.default_headers:
            self._defaults, self._starts = self.server_state.default_headers, {}
        key = status, tuple(headers)
        start = self._starts.get(key)
        if start is None:
            lines = b"".join([b"%b: %b\r\n" % line for line in (*self.server_state.default_headers, *headers)])
            start = self._starts[key] = STATUS_LINE[status] + lines + b"content-length: "
        return start

    def _go_through_asgi(self, handled: Handled | Exception | None = None) -> None:
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers.extend(headers)
        scope: MutableMapping[str, Any] = cast("MutableMapping[str, Any]", self.scope)
        scope[TRANSPORT] = self.transport
        if handled is not None:
            scope[HANDLED] = handled
        super().on_headers_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection over which nothing came since the timer was set."""
        if self._used or self._begun:
            self._used = False
            self._watch()
        else:
            super().timeout_keep_alive_handler()

    def _watch(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def shutdown(self) -> None:
        """Answer what waits for the store or for a time to pass, then close as ever."""
        if self._app is not None:
            self._app.stopping.set()
            if self._held:
                self._app.keep()
        super().shutdown()


def _replied(app: App, head: Head, body: bytes) -> Handled | Exception | None:
    """Return request and reply, or what went wrong; None where the application has to look at it itself."""
    try:
        return app.quick(head, body)
    except Exception as error:  # it is raised again by the application, where uvicorn logs it and answers 500
        return error


def _is_plain(reply: Reply) -> bool:
    return reply.delivery is None and reply.film is None
