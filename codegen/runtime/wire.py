"""The two shells that perform flows over HTTP. This module alone names the HTTP library."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar

import httpx

from .effects import Answer, Effect, Failure, Flow, Reply, Send, Sleep
from .errors import ConfigurationError
from .settings import Settings

T = TypeVar("T")
HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient

MAX_JSON_BYTES = 32 << 20
"""An answer longer than this is cut off; what is meant to be long goes into a sink."""

_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol,
                  httpx.InvalidURL, httpx.ProxyError)  # fmt: skip
_ERRORS = (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, httpx.StreamError)


_address = lru_cache(maxsize=64)(httpx.URL)  # a submit's is always the same


class _TooLateError(Exception):
    """The deadline passed while an answer was arriving."""


class _Wire:
    """What both shells share: requests out of Sends, failures out of exceptions."""

    def __init__(self, settings: Settings) -> None:
        self.settings, provider = settings, settings.provider
        self.user_agent = f"{provider.package}/{provider.version}"
        self.home = settings.base_url + "/"

    def remaining(self, effect: Send) -> float | None:
        return None if effect.deadline is None else effect.deadline - self.settings.clock()

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
        timeout = {"timeout": self.timeout(remaining)}
        return httpx.Request(
            effect.method, _address(effect.url), headers=headers, content=effect.content, extensions=timeout
        )

    def failure(self, error: Exception) -> Failure:
        text = self.settings.hide(type(error).__name__ + (f": {error}" if str(error) else ""))
        if isinstance(error, _NOT_CONNECTED):
            return Failure("not connected", text)
        timed_out = isinstance(error, (httpx.TimeoutException, _TooLateError))
        return Failure("timed out" if timed_out else "disconnected", text)

    def late(self, effect: Send) -> bool:
        return effect.deadline is not None and self.settings.clock() > effect.deadline


AnyHttpClient = TypeVar("AnyHttpClient", httpx.Client, httpx.AsyncClient)


def _opened(client: AnyHttpClient, other: type[httpx.Client | httpx.AsyncClient]) -> AnyHttpClient:
    if isinstance(client, other):
        raise ConfigurationError(f"the HTTP client is an httpx.{other.__name__}; the twin of this client takes it")
    if client.is_closed:
        raise ConfigurationError("the HTTP client is closed")
    return client


_EXPIRED = Failure("not connected", "no time was left to send it")


class _Collect:
    """Takes an answer's bytes, into the effect's sink where it wants them."""

    def __init__(self, wire: _Wire, effect: Send, response: httpx.Response) -> None:
        self.wire, self.effect, self.size = wire, effect, 0
        self.answer = Answer(response.status_code, response.headers)
        self.sink = effect.sink if effect.sink is not None and effect.sink.start(self.answer) else None
        self.chunks: list[bytes] = []

    def take(self, chunk: bytes) -> object:
        if self.wire.late(self.effect):
            raise _TooLateError("the total time passed while the answer was arriving")
        if self.sink is not None:
            return self.sink.write(chunk)
        if (size := self.size + len(chunk)) <= MAX_JSON_BYTES:
            self.chunks.append(chunk)
            self.size = size
        return None

    def done(self) -> Answer:
        return Answer(self.answer.status, self.answer.headers, b"".join(self.chunks))


class SyncShell(_Wire):
    """Performs flows in the calling thread. The HTTP client is made at first use, or borrowed."""

    def __init__(self, settings: Settings, borrowed: httpx.Client | None = None) -> None:
        super().__init__(settings)
        self.borrowed = self.own = None if borrowed is None else _opened(borrowed, httpx.AsyncClient)
        self.sleep: Callable[[float], object] = time.sleep

    def http(self) -> httpx.Client:
        """Return the HTTP client, made now if need be."""
        if self.own is None:
            self.own = httpx.Client(follow_redirects=False)
        return _opened(self.own, httpx.AsyncClient)

    def close(self) -> None:
        """Close the HTTP client, unless it was borrowed."""
        if self.own is not None and self.borrowed is None:
            self.own.close()

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
            self.sleep(effect.seconds)
        else:
            effect.callback(effect.value)
        return None

    def send(self, effect: Send) -> Answer | Failure:
        """Send one request; what goes wrong on the wire is returned, not raised."""
        remaining = self.remaining(effect)
        if remaining is not None and remaining <= 0:
            return _EXPIRED
        http = self.http()
        try:
            response = http.send(self.request(effect, remaining), stream=True, auth=None, follow_redirects=False)
            try:
                collect = _Collect(self, effect, response)
                for chunk in response.iter_bytes():
                    collect.take(chunk)
            finally:
                response.close()
        except (*_ERRORS, _TooLateError) as error:
            return self.failure(error)
        return collect.done()


class AsyncShell(_Wire):
    """The same, awaiting."""

    def __init__(self, settings: Settings, borrowed: httpx.AsyncClient | None = None) -> None:
        super().__init__(settings)
        self.borrowed = self.own = None if borrowed is None else _opened(borrowed, httpx.Client)

    def http(self) -> httpx.AsyncClient:
        """Return the HTTP client, made now if need be."""
        if self.own is None:
            self.own = httpx.AsyncClient(follow_redirects=False)
        return _opened(self.own, httpx.Client)

    async def close(self) -> None:
        """Close the HTTP client, unless it was borrowed."""
        if self.own is not None and self.borrowed is None:
            await self.own.aclose()

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
            import asyncio  # takes long to import; who comes here has it already

            await asyncio.sleep(effect.seconds)
        elif isinstance(answer := effect.callback(effect.value), Awaitable):
            await answer
        return None

    async def send(self, effect: Send) -> Answer | Failure:
        """Send one request; what goes wrong on the wire is returned, not raised."""
        remaining = self.remaining(effect)
        if remaining is not None and remaining <= 0:
            return _EXPIRED
        http = self.http()
        try:
            response = await http.send(self.request(effect, remaining), stream=True, auth=None, follow_redirects=False)
            try:
                collect = _Collect(self, effect, response)
                async for chunk in response.aiter_bytes():
                    if isinstance(told := collect.take(chunk), Awaitable):
                        await told
            finally:
                await response.aclose()
        except (*_ERRORS, _TooLateError) as error:
            return self.failure(error)
        return collect.done()
