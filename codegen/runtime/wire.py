"""The two shells that perform flows over HTTP. This module alone names the HTTP library."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing, nullcontext
from functools import lru_cache
from inspect import isawaitable
from typing import Any, Generic, TypeVar

import httpx

from .effects import Answer, Effect, Failure, Flow, Reply, Send, Sleep
from .errors import ConfigurationError
from .settings import Settings

T = TypeVar("T")
HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient
H = TypeVar("H", httpx.Client, httpx.AsyncClient)

MAX_JSON_BYTES = 32 << 20
"""An answer longer than this is cut off; what is meant to be long goes into a sink."""

_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol,
                  httpx.InvalidURL, httpx.ProxyError)  # fmt: skip
_ERRORS = (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, httpx.StreamError)


_url = lru_cache(maxsize=64)(httpx.URL)  # a submit's is always the same


class _Wire(Generic[H]):
    """What both shells share: the HTTP client, requests out of Sends, failures out of exceptions."""

    kind: type[H]
    here: Callable[[], object]
    made: tuple[object, H] | None
    shared: Callable[[], H] | None

    def __init__(self, settings: Settings, borrowed: H | None = None, shared: Callable[[], H] | None = None) -> None:
        self.shared, self.made = shared, None if borrowed is None else (None, self.usable(borrowed))
        self.settings, provider = settings, settings.provider
        self.user_agent = f"{provider.package}/{provider.version}"
        self.home = settings.base_url + "/"

    def http(self) -> H:
        """Return the HTTP client, another shell's, a borrowed one or one of its own, which is made at first use.

        Connections are of one process and of one event loop, where two would read each other's answers: in another one
        another client is made. A borrowed one is of nowhere.
        """
        if self.shared is not None:
            return self.shared()
        made, here = self.made, self.here()
        if made is None or made[0] not in (None, here):
            try:
                self.made = made = (here, self.kind(follow_redirects=False))
            except Exception as error:  # of a proxy or certificates in the environment
                raise ConfigurationError(f"no HTTP client can be made: {error}") from error
        return self.usable(made[1])

    def usable(self, client: H) -> H:
        """Return the HTTP client. Raises ConfigurationError for one that is closed, or of the other kind."""
        if not isinstance(client, self.kind):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"an httpx.{self.kind.__name__} is needed as HTTP client, not {client!r:.80}")
        if client.is_closed:
            raise ConfigurationError("the HTTP client is closed")
        return client

    def remaining(self, effect: Send) -> float | None:
        return None if effect.deadline is None else max(effect.deadline - self.settings.clock(), 1e-3)

    def timeout(self, remaining: float | None) -> dict[str, float]:
        connect, read = self.settings.connect_timeout, self.settings.read_timeout
        if remaining is not None:
            connect, read = min(connect, remaining), min(read, remaining)
        return {"connect": connect, "read": read, "write": read, "pool": connect}

    def request(self, effect: Send, remaining: float | None) -> httpx.Request:
        """Make the request itself: headers and cookies of a borrowed client, which may be secrets, stay out of it."""
        settings = self.settings
        headers = {"user-agent": self.user_agent, "accept-encoding": "gzip, deflate", **effect.headers}
        own = effect.url.startswith(self.home) or settings.own_origin(effect.url)
        if effect.signed and settings.api_key is not None and own:
            headers[settings.provider.header] = settings.provider.prefix + settings.api_key.reveal()
        more = {"timeout": self.timeout(remaining)}
        return httpx.Request(effect.method, _url(effect.url), headers=headers, content=effect.content, extensions=more)

    def failure(self, error: Exception) -> Failure:
        text = self.settings.hide(type(error).__name__ + (f": {error}" if str(error) else ""))
        if isinstance(error, _NOT_CONNECTED):
            return Failure("not connected", text)
        return Failure("timed out" if isinstance(error, httpx.TimeoutException) else "disconnected", text)


class _Collect:
    """Takes an answer's bytes, into the effect's sink where it wants them."""

    def __init__(self, wire: _Wire[Any], effect: Send, response: httpx.Response) -> None:
        self.wire, self.effect, self.size = wire, effect, 0
        self.answer = Answer(response.status_code, response.headers)
        self.sink = effect.sink if effect.sink is not None and effect.sink.start(self.answer) else None
        self.chunks: list[bytes] = []

    def take(self, chunk: bytes) -> object:
        if self.effect.deadline is not None and self.wire.settings.clock() > self.effect.deadline:
            raise httpx.ReadTimeout("the total time passed while the answer was arriving")
        if self.sink is not None:
            return self.sink.write(chunk)
        if (size := self.size + len(chunk)) <= MAX_JSON_BYTES:
            self.chunks.append(chunk)
            self.size = size
        return None

    def done(self) -> Answer:
        text = b"".join(self.chunks).decode("latin-1")  # a provider may repeat the key in whatever it says
        return self.answer._replace(content=self.wire.settings.hide(text).encode("latin-1"))


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def _plain(answer: object) -> object:
    if isinstance(answer, Coroutine):
        answer.close()
        raise ConfigurationError("the callback is a coroutine function, which only an async client awaits")
    return answer


class SyncShell(_Wire[httpx.Client]):
    """Performs flows in the calling thread."""

    kind = httpx.Client
    here = staticmethod(os.getpid)
    sleep: Callable[[float], object] = staticmethod(_sleep)

    def close(self) -> None:
        """Close the HTTP client, unless it was borrowed."""
        if self.made is not None and self.made[0] is not None and self.made[0] == self.here():
            self.made[1].close()

    def run(self, flow: Flow[T]) -> T:
        """Perform the flow's effects and return what it returns. What goes wrong here is thrown into the flow."""
        try:
            effect = next(flow)
            while True:
                try:
                    reply = self.perform(effect)
                except BaseException as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value

    def perform(self, effect: Effect) -> Reply:
        """Do what one effect asks for."""
        if isinstance(effect, Send):
            return self.send(effect)
        if isinstance(effect, Sleep):
            return self.sleep(effect.seconds)
        return _plain(effect.callback(effect.value))

    def send(self, effect: Send) -> Answer | Failure:
        """Send one request; what goes wrong on the wire is returned, not raised."""
        http, remaining = self.http(), self.remaining(effect)
        try:
            response = http.send(self.request(effect, remaining), stream=True, auth=None, follow_redirects=False)
            with closing(response):
                collect = _Collect(self, effect, response)
                for chunk in response.iter_bytes():
                    _plain(collect.take(chunk))
        except _ERRORS as error:
            return self.failure(error)
        return collect.done()


def _loop() -> object:
    import asyncio  # takes long to import; who comes here has it already

    return asyncio.get_running_loop()


async def _sleep_awaiting(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


class AsyncShell(_Wire[httpx.AsyncClient]):
    """The same, awaiting."""

    kind = httpx.AsyncClient
    here = staticmethod(_loop)
    sleep: Callable[[float], Awaitable[object]] = staticmethod(_sleep_awaiting)

    async def close(self) -> None:
        """Close the HTTP client, unless it was borrowed."""
        if self.made is not None and self.made[0] is not None and self.made[0] == self.here():
            await self.made[1].aclose()

    async def run(self, flow: Flow[T]) -> T:
        """Perform the flow's effects and return what it returns. What goes wrong here is thrown into the flow."""
        try:
            effect = next(flow)
            while True:
                try:
                    reply = await self.perform(effect)
                except BaseException as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value

    async def perform(self, effect: Effect) -> Reply:
        """Do what one effect asks for."""
        if isinstance(effect, Send):
            return await self.send(effect)
        if isinstance(effect, Sleep):
            return await self.sleep(effect.seconds)
        answer = effect.callback(effect.value)
        return await answer if isawaitable(answer) else answer

    async def send(self, effect: Send) -> Answer | Failure:
        """Send one request; what goes wrong on the wire is returned, not raised."""
        import asyncio

        http, remaining = self.http(), self.remaining(effect)
        # headers may trickle in; a submit is not cut off, its id may be paid for
        limit = remaining if effect.method == "GET" else None
        try:
            request = self.request(effect, remaining)
            try:
                async with nullcontext() if limit is None else asyncio.timeout(limit):
                    response = await http.send(request, stream=True, auth=None, follow_redirects=False)
            except TimeoutError:
                raise httpx.ReadTimeout("the total time passed before the answer began") from None
            try:
                collect = _Collect(self, effect, response)
                async for chunk in response.aiter_bytes():
                    if isinstance(told := collect.take(chunk), Awaitable):
                        await told
            finally:
                await response.aclose()
        except _ERRORS as error:
            return self.failure(error)
        return collect.done()
