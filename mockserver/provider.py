"""The mock in a test: httpx is answered without a network, through respx.

with MockProvider("novita") as mock:
    task = client.kling_v3_0_pro_i2v.submit(image="https://…", prompt="A fox")
    mock.clock.advance(30)
    assert mock.journal.submits[0].json["prompt"] == "A fox"
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httpx
import respx
from respx.models import AllMockedAssertionError, SideEffectError

from mockserver.delivery import developed
from mockserver.engine import Engine
from mockserver.faults import FaultState
from mockserver.http import Request
from mockserver.keeping import keep
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
        self._running = 0
        self.router = respx.MockRouter(assert_all_called=assert_all_called, assert_all_mocked=True)

    @property
    def base_url(self) -> str:
        """The first provider's address, which is answered for."""
        return self.engine.contract.servers[0]

    def __enter__(self) -> MockProvider:
        self.router.start()
        for name, engine in self.engines.items():
            prefixes = dict(map(_host_and_prefix, engine.contract.servers))
            self.router.add(_Provider(functools.partial(self._answer, engine, prefixes), tuple(prefixes)), name=name)
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
        """Run the function inside of the mock; it is given as `mock` where the function takes that parameter.

        Each call begins anew, with the faults that are scripted now. Raises TypeError for what is no function that
        runs while it is called: a class, a generator.
        """
        _check_wrappable(function)
        wanted = inspect.signature(function)
        given = {"mock": self} if "mock" in wanted.parameters else {}
        scripted = self.faults.state()
        if inspect.iscoroutinefunction(function):

            async def asynchronous(*positional: Any, **named: Any) -> Any:
                with self._anew(scripted):
                    return await function(*positional, **named, **given)

            wrapper: Callable[..., Any] = functools.wraps(function)(asynchronous)
        else:

            def synchronous(*positional: Any, **named: Any) -> Any:
                with self._anew(scripted):
                    return function(*positional, **named, **given)

            wrapper = functools.wraps(function)(synchronous)
        rest = [parameter for name, parameter in wanted.parameters.items() if name not in given]
        wrapper.__signature__ = wanted.replace(parameters=rest)  # type: ignore[attr-defined]
        return cast("Function", wrapper)

    @contextmanager
    def _anew(self, scripted: FaultState) -> Iterator[None]:
        """Enter the mock as it was when it was made, unless a decorated function that is still running has."""
        if not self._running:
            self.reset()
            self.faults.restore(scripted)
            self.clock.restart()
        self._running += 1
        try:
            with self:
                yield
        finally:
            self._running -= 1

    def deliver_webhooks(self) -> list[Sent]:
        """Send the webhooks that are due, through httpx, so that respx routes can take them; return the attempts.

        One that no route takes is an attempt that failed.
        """
        now, before = self.clock.now(), len(self.webhooks.sent)
        for notice in self.webhooks.due(now):
            event = notice.event or self.engines[notice.provider].event(notice, now)
            status, error = 0, ""
            try:
                with httpx.stream("POST", notice.url, json=event, timeout=TIMEOUT) as answer:
                    status = answer.status_code
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, AllMockedAssertionError) as problem:
                error = str(problem) or type(problem).__name__
            self.webhooks.answered(notice, event, now, status, error)
        return list(self.webhooks.sent)[before:]

    def _answer(self, engine: Engine, prefixes: Mapping[str, str], request: httpx.Request) -> httpx.Response:
        heard = _heard(request, prefixes[request.url.host])
        reply = engine.handle(heard, self.clock.now())
        if self.store.pending:
            keep(self.store, self.engines.values())
        self.clock.seen(reply.changes_at)
        if reply.film is not None:
            reply = developed(reply, heard, self.renderer)
        return perform(reply, request, self.clock)


class _Provider(respx.Route):
    """The one route to a provider's hosts: what is there is the engine's affair.

    It is no side effect of a plain route, since respx inspects these at each call.
    """

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response], hosts: tuple[str, ...]) -> None:
        super().__init__(host__in=hosts)
        self._answer_to = answer

    def resolve(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Answer a request; what the client's transport would raise is raised as respx does it."""
        try:
            return self._answer_to(request)
        except httpx.TransportError as error:
            raise SideEffectError(self, origin=error) from error


def _check_wrappable(function: Callable[..., Any]) -> None:
    """Raise TypeError for what would run after its call has returned, outside of the mock: to the real provider."""
    name = getattr(function, "__qualname__", repr(function))
    if inspect.isclass(function):
        raise TypeError(
            f"MockProvider decorates functions, not the class {name}; decorate its methods, or use a fixture"
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"the generator {name} would run outside of the mock; put `with MockProvider(…) as mock:` around its yield"
        )
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        raise TypeError(f"MockProvider decorates functions, not {name}; put it next to the function")


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
