"""The mock in a test: httpx is answered without a network, through respx.

with MockProvider("novita") as mock:
    task = client.kling_v3_0_pro_i2v.submit(image="https://…", prompt="A fox")
    mock.clock.advance(30)
    assert mock.journal.submits[0].json["prompt"] == "A fox"
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httpx
import respx
from respx.models import SideEffectError

from mockserver.delivery import developed
from mockserver.engine import Engine
from mockserver.http import Request
from mockserver.media import Renderer
from mockserver.mock import Mock
from mockserver.perform import perform
from mockserver.webhooks import TIMEOUT, Sent, Webhooks
from specs.model import Contract

Function = TypeVar("Function", bound=Callable[..., Any])


class MockProvider(Mock):
    """One provider or several, in this process. A context manager (plain and async) and a decorator.

    Takes what Mock takes. Requests to other hosts are left to other respx routers; routes of your own that are added
    to `router` before the mock is entered come first.
    """

    def __init__(self, *providers: str | Contract, assert_all_called: bool = False, **options: Any) -> None:
        options.setdefault("webhooks", Webhooks(anywhere=True))
        super().__init__(*providers, **options)
        self.renderer = Renderer()
        self.router = respx.MockRouter(assert_all_called=assert_all_called, assert_all_mocked=True)

    @property
    def base_url(self) -> str:
        """The first provider's address, which is answered for."""
        return self.engine.contract.servers[0]

    def __enter__(self) -> MockProvider:
        self.router.start()
        for engine in self.engines.values():
            for host, prefix in dict.fromkeys(map(_host_and_prefix, engine.contract.servers)):
                answer = functools.partial(self._answer, engine, prefix)
                self.router.add(_Provider(answer, host), name=f"{engine.contract.provider} {host}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.router.stop(quiet=kind is not None)

    async def __aenter__(self) -> MockProvider:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Function) -> Function:
        """Run the function inside of the mock; it is given as `mock` where the function takes that parameter."""
        wanted = inspect.signature(function)
        given = {"mock": self} if "mock" in wanted.parameters else {}
        if inspect.iscoroutinefunction(function):

            async def asynchronous(*positional: Any, **named: Any) -> Any:
                async with self:
                    return await function(*positional, **named, **given)

            wrapper: Callable[..., Any] = functools.wraps(function)(asynchronous)
        else:

            def synchronous(*positional: Any, **named: Any) -> Any:
                with self:
                    return function(*positional, **named, **given)

            wrapper = functools.wraps(function)(synchronous)
        rest = [parameter for name, parameter in wanted.parameters.items() if name not in given]
        wrapper.__signature__ = wanted.replace(parameters=rest)  # type: ignore[attr-defined]
        return cast("Function", wrapper)

    def deliver_webhooks(self) -> list[Sent]:
        """Send the webhooks that are due, through httpx, so that respx routes can take them; return the attempts."""
        now, before = self.clock.now(), len(self.webhooks.sent)
        for notice in self.webhooks.due(now):
            event = notice.event or self.engines[notice.provider].event(notice, now)
            try:
                answer = httpx.post(notice.url, json=event, timeout=TIMEOUT)
                self.webhooks.answered(notice, event, now, answer.status_code)
            except httpx.HTTPError as error:
                self.webhooks.answered(notice, event, now, 0, str(error))
        return list(self.webhooks.sent)[before:]

    def _answer(self, engine: Engine, prefix: str, request: httpx.Request) -> httpx.Response:
        heard = _heard(request, prefix)
        reply = engine.handle(heard, self.clock.now())
        self.clock.seen(reply.changes_at)
        if reply.film is not None:
            reply = developed(reply, heard, self.renderer)
        return perform(reply, request, self.clock)


class _Provider(respx.Route):
    """The one route of a host: what is there is the engine's affair. Plain side effects are inspected at each call."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response], host: str) -> None:
        super().__init__(host=host)
        self._answer_to = answer

    def resolve(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Answer a request; what the client's transport would raise is raised as respx does it."""
        try:
            return self._answer_to(request)
        except httpx.TransportError as error:
            raise SideEffectError(self, origin=error) from error


def _host_and_prefix(server: str) -> tuple[str, str]:
    parts = urlsplit(server)
    return parts.hostname or "", parts.path.rstrip("/")


def _heard(request: httpx.Request, prefix: str) -> Request:
    url = request.url
    return Request(
        method=request.method,
        path=url.path.removeprefix(prefix) if prefix else url.path,
        query=url.query,
        headers={name.lower(): value for name, value in request.headers.raw},
        body=request.content,
        origin=f"{url.scheme}://{url.netloc.decode('ascii')}{prefix}",
    )
