"""The mock over HTTP: a plain ASGI application over engines, one at the root or each below its provider's name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mockserver.clock import Clock
from mockserver.delivery import developed, urls
from mockserver.engine import Engine
from mockserver.http import Reply, Request
from mockserver.keeping import keep
from mockserver.prepared import RESULTS
from mockserver.protocol import HANDLED
from mockserver.pump import pump
from mockserver.wire import LAST_PART, deliver

if TYPE_CHECKING:
    from mockserver.fetching import Images
    from mockserver.media import Renderer

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[["App", Request, Receive, Send], Awaitable[None]]

_HOST: Final = re.compile(rb"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")
_ORIGINS_KEPT: Final = 1_000
_HEADS_KEPT: Final = 1_000
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})


class Head(NamedTuple):
    """A request without its body, of which it says the length, and the engine that it is for."""

    engine: Engine
    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    origin: str
    length: int


Handled = tuple[Request, Reply]


class App:
    """Serves engines that share store, journal and faults, on one clock.

    `control` answers below `/_mock/`; `images` fetches what requests name by URL. Both may be left out.
    """

    def __init__(
        self,
        engines: Iterable[Engine],
        clock: Clock | None = None,
        control: Handler | None = None,
        images: Images | None = None,
    ) -> None:
        self.engines = {engine.contract.provider: engine for engine in engines}
        self.clock = clock if clock is not None else Clock()
        self._control, self._images = control, images
        any_engine = next(iter(self.engines.values()))
        self._alone = any_engine if len(self.engines) == 1 else None
        own = {"/healthz", "/"} if control is not None else {"/healthz"}
        self._own_paths = own - {operation.path for operation in any_engine.contract.operations}
        self.store, self.journal, self.faults = any_engine.store, any_engine.journal, any_engine.faults
        self.webhooks = any_engine.webhooks
        self._pump: asyncio.Task[None] | None = None
        self._origins: dict[tuple[str, bytes, str], str] = {}
        self._renderer: Renderer | None = None
        self.body_limit = max(engine.settings.body_limit for engine in self.engines.values())
        self.heads: dict[bytes, Head] = {}
        """The heads that came lately, by their bytes."""

        self._held: list[Callable[[], None]] = []
        self.stopping = asyncio.Event()
        """Set when the server is to stop: nothing that only passes the time goes on then."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        if scope["type"] != "http":
            await _lifespan(scope, receive, send)
            return
        handled: Handled | Exception | None = scope.get(HANDLED)
        if isinstance(handled, Exception):
            raise handled
        if handled is None:
            engine, request = await self._asked(scope, receive)
            if request is None:
                return
            if engine is None:
                await self._own(request, receive, send)
                return
            handled = request, self._replied(engine, request)
        await self._deliver(*handled, scope, receive, send)

    async def _deliver(self, request: Request, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
        if self.store.pending:
            self.keep()
        if reply.film is not None:
            fetched = await self._images.fetch(urls(reply.film)) if self._images is not None else {}
            reply = await asyncio.to_thread(developed, reply, request, self.renderer, fetched)
        if reply.delivery is not None:
            await deliver(reply, scope, receive, send, self.stopping)
            return
        await answer(reply, request.method, send)

    def head(
        self, method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], scheme: str, length: int
    ) -> Head | None:
        """Return what a request says before its body of that length; None where the path is our own."""
        engine, below, prefix = self._find(path)
        if engine is None:
            return None
        return Head(engine, method, below, query, headers, self._origin(scheme, headers, prefix), length)

    def learn(self, raw: bytes, head: Head) -> None:
        """Know a head by its bytes when it comes again."""
        if len(self.heads) >= _HEADS_KEPT:
            self.heads.clear()
        self.heads[raw] = head

    def quick(self, head: Head, body: bytes) -> Handled | None:
        """Return the request and the reply; None where media have to be fetched first."""
        if self._images is not None and body:
            return None
        engine, method, path, query, headers, origin, _ = head
        request = Request(method, path, query, headers, body, origin)
        return request, self._replied(engine, request)

    def when_kept(self, answer: Callable[[], None]) -> None:
        """Call `answer` as soon as the store keeps what was added to it, or cannot, and replies say which.

        That is at the end of this turn of the event loop, for all that was added in it at once.
        """
        if not self._held:
            asyncio.get_running_loop().call_soon(self.keep)
        self._held.append(answer)

    def keep(self) -> None:
        """Have the store keep what was added, and answer those who wait for that."""
        held, self._held = self._held, []
        keep(self.store, self.engines.values())
        for answer in held:
            answer()

    async def _asked(self, scope: Scope, receive: Receive) -> tuple[Engine | None, Request | None]:
        """Return the engine, none where the path is our own; and the request, none when the client has left."""
        engine, path, prefix = self._find(scope["path"])
        headers, method = dict(scope["headers"]), scope["method"]
        body = b"" if method in _WITHOUT_BODY else await self._read(receive)
        if body is None:
            return None, None
        origin = self._origin(scope["scheme"], headers, prefix)
        request = Request(method, path, scope["query_string"], headers, body, origin)
        if engine is not None and self._images is not None and body:
            request.fetched = await self._images.fetch(engine.media_urls(request))
        return engine, request

    def _replied(self, engine: Engine, request: Request) -> Reply:
        reply = engine.handle(request, self.clock.now())
        if self.webhooks.pending:
            self.send_webhooks()
        if reply.changes_at is not None:
            self.clock.seen(reply.changes_at)
        return reply

    def send_webhooks(self) -> None:
        """See to it that webhooks are sent when they are due."""
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(pump(self))

    def close(self) -> None:
        """Let go of the store's files and connections."""
        self.keep()
        self.store.close()

    def reset(self) -> None:
        """Forget tasks, journal and faults."""
        for engine in self.engines.values():
            engine.reset()

    @property
    def renderer(self) -> Renderer:
        """Renders results; made when the first one is asked for, since it takes a while to import."""
        if self._renderer is None:
            from mockserver.media import Renderer

            self._renderer = Renderer()
        return self._renderer

    def _find(self, path: str) -> tuple[Engine | None, str, str]:
        """Return the engine that a path leads to, the path below it and the prefix of it; no engine for our own."""
        if self._alone is not None:
            own = path in self._own_paths or (path.startswith("/_mock") and not path.startswith(RESULTS))
            return None if own else self._alone, path, ""
        name, slash, rest = path[1:].partition("/")
        engine = self.engines.get(name)
        return (engine, slash + rest, f"/{name}") if engine is not None else (None, path, "")

    def _origin(self, scheme: str, headers: Mapping[bytes, bytes], prefix: str) -> str:
        host = headers.get(b"host", b"")
        key = (scheme, host, prefix)
        known = self._origins.get(key)
        if known is not None:
            return known
        if not _HOST.fullmatch(host):
            host = b"127.0.0.1"
        made = f"{scheme}://{host.decode('ascii', 'replace')}{prefix}"
        if len(self._origins) < _ORIGINS_KEPT:
            self._origins[key] = made
        return made

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body, cut just beyond the limit so that the engine refuses it; None when the client left."""
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts = [message.get("body", b"")]
        size = len(parts[0])
        while message.get("more_body"):
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            if size <= self.body_limit:
                parts.append(part)
            size += len(part)
        return b"".join(parts)

    async def _own(self, request: Request, receive: Receive, send: Send) -> None:
        if request.path == "/healthz":
            await answer(Reply(200, b'{"status":"ok"}'), request.method, send)
        elif self._control is not None and (request.path + "/").startswith("/_mock/"):
            await self._control(self, request, receive, send)
        else:
            known = [f"/{name}/" for name in self.engines] if self._alone is None else []
            known += ["/_mock/"] if self._control is not None else []
            elsewhere = f"; look below {', '.join(known)}" if known else ""
            text = f'{{"error":"There is nothing here{elsewhere}"}}'
            await answer(Reply(404, text.encode()), request.method, send)


async def answer(reply: Reply, method: str, send: Send) -> None:
    """Send a reply as it is."""
    body = reply.body
    headers = [*reply.headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body} if method != "HEAD" else LAST_PART)


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "lifespan":
        await send({"type": "websocket.close"})
        return
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
