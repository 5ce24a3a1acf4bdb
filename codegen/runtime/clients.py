"""The bases that generated clients and operations stand on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar, Unpack

from . import core
from .batch import Batch, End, Journal, OnBatchProgress, Outcome
from .description import Operation, Provider
from .errors import ClientError
from .requests import Request, build
from .results import AnyPath, AsyncVideoResult, VideoResult
from .settings import DEFAULT, Options, Settings, Timeout, Validate, seconds, settings
from .tasks import AsyncTask, OnProgress, Task, route
from .wire import AsyncHttpClient, AsyncShell, HttpClient, SyncShell

S = TypeVar("S", SyncShell, AsyncShell)
H = TypeVar("H", HttpClient, AsyncHttpClient)


class _Bound(Generic[S]):
    """An operation of a client."""

    operation: Operation

    def __init__(self, shell: S) -> None:
        self.shell: S = shell

    def _request(self, given: Mapping[str, Any], validate: Validate | None) -> Request:
        return build(self.operation, given, validate or self.shell.settings.validate)

    def _answer(self, raw: Any) -> Any:
        """Return the answer as its model; one that does not fit is kept as it is, unchecked."""
        from pydantic_core import ValidationError

        if (model := self.operation.model(self.operation.answer_model)) is None:
            return raw
        try:
            return model.model_validate(raw)
        except ValidationError:
            return model.model_construct(**raw) if isinstance(raw, dict) else raw


class SyncOperation(_Bound[SyncShell]):
    """The sync side of an operation."""

    def _submit(self, given: Mapping[str, Any], timeout: Timeout, validate: Validate | None) -> Task:
        return self.shell.run(Task.submitting(self.shell, self._request(given, validate), timeout))

    def _run(
        self, given: Mapping[str, Any], on_progress: OnProgress | None, timeout: Timeout, validate: Validate | None
    ) -> VideoResult:
        seconds(timeout)  # what is no time is refused before anything is sent
        return self._submit(given, DEFAULT, validate).wait(on_progress=on_progress, timeout=timeout)

    def _call(self, given: Mapping[str, Any], timeout: Timeout, validate: Validate | None) -> Any:
        request = self._request(given, validate)
        return self._answer(self.shell.run(core.call(self.shell.settings, request, timeout)))


class AsyncOperation(_Bound[AsyncShell]):
    """The async side of an operation."""

    async def _submit(self, given: Mapping[str, Any], timeout: Timeout, validate: Validate | None) -> AsyncTask:
        return await self.shell.run(AsyncTask.submitting(self.shell, self._request(given, validate), timeout))

    async def _run(
        self, given: Mapping[str, Any], on_progress: OnProgress | None, timeout: Timeout, validate: Validate | None
    ) -> AsyncVideoResult:
        seconds(timeout)
        task = await self._submit(given, DEFAULT, validate)
        return await task.wait(on_progress=on_progress, timeout=timeout)

    async def _call(self, given: Mapping[str, Any], timeout: Timeout, validate: Validate | None) -> Any:
        request = self._request(given, validate)
        return self._answer(await self.shell.run(core.call(self.shell.settings, request, timeout)))


class _Client(Generic[S, H]):
    """What both kinds of client share."""

    provider: Provider
    settings: Settings
    shell: S
    _shell: Callable[[Settings, Any, Any], S]

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        http_client: H | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._start(settings(self.provider, api_key, base_url, options), http_client)

    def _start(self, chosen: Settings, http_client: Any = None, shared: Any = None) -> None:
        self.settings, self.shell = chosen, self._shell(chosen, http_client, shared)
        self._bind()

    def _bind(self) -> None:
        """Make the operations; generated clients do."""

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Return a client with other options that shares this one's connections."""
        other = type(self).__new__(type(self))
        other._start(self.settings.changed(options), shared=self.shell.http)
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.base_url!r})"


class BaseClient(_Client[SyncShell, HttpClient]):
    """A client. The HTTP client is made at first use, or borrowed and left open."""

    _shell = SyncShell

    def task(self, id_or_token: str, *, operation: str | None = None) -> Task:
        """Return a task that was submitted before, here or elsewhere. Nothing is sent."""
        return Task(self.shell, *route(self.provider.operations, id_or_token, operation))

    def submit(self, request: Request, *, timeout: Timeout = DEFAULT) -> Task:
        """Submit a request that was made before."""
        return self.shell.run(Task.submitting(self.shell, request, timeout))

    def run_many(
        self, requests: Iterable[Request], *, concurrency: int = 4, journal: AnyPath | None = None,
        on_progress: OnBatchProgress | None = None, on_result: Callable[[int, VideoResult], object] | None = None,
        timeout: Timeout = DEFAULT, again: Collection[End] = (),
    ) -> list[Outcome[VideoResult]]:  # fmt: skip
        """Run requests, so many at a time, and return what became of them, in order.

        `on_result` is called with place and result as soon as each task has succeeded: save its video there, before
        its address expires. Callbacks are called from worker threads. What one raises is that request's error; if it
        is no ClientError, nothing more is submitted.

        With a `journal` the batch can be run again after a kill: what was submitted is resumed, what has ended is read
        from the journal, an unknown outcome is reported and not repeated. A Path that `on_result` returns is written
        down; while that file is there, it is not called again. Requests whose recorded end is in `again` ("failed",
        "canceled", "gone", "unknown") are submitted anew: a "gone" one is no longer known to the provider, an "unknown"
        one may be paid for twice.

        Raises ConfigurationError. What else stops it (an interrupt, an error of the iterable) stops submitting, waits
        for the answers of submits that are on their way, and has a note of the tasks begun.
        """
        from concurrent.futures import Future, ThreadPoolExecutor  # only batches need it

        self.shell.http()  # where none can be made, nothing begins
        with Journal(journal, self.settings) as book:
            batch = Batch(book, concurrency, on_progress, on_result, timeout, again)
            shell, gate = SyncShell(self.settings, shared=self.shell.http), threading.Semaphore(concurrency)
            stop, running = threading.Event(), list[Future[Outcome[VideoResult]]]()

            def sleep(seconds: float) -> None:
                if stop.wait(seconds):
                    raise ClientError("the batch was stopped")

            shell.sleep = sleep
            with ThreadPoolExecutor(concurrency, self.provider.package) as pool:
                try:
                    for index, request in enumerate(requests):
                        gate.acquire()
                        task = Task(shell, request.operation, "", request.duration)
                        flow = batch.one(index, book.key(request), request, task, VideoResult)
                        running.append(pool.submit(shell.run, flow))
                        running[-1].add_done_callback(lambda _: gate.release())
                    return [found.result() for found in running]
                except BaseException as error:
                    book.stopped = error
                    stop.set()
                    while True:
                        with suppress(KeyboardInterrupt):  # another one: what is on its way may be paid for
                            while book.sending():
                                time.sleep(0.02)
                            break
                    raise

    def close(self) -> None:
        """Close the connections, unless the HTTP client was borrowed."""
        self.shell.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class BaseAsyncClient(_Client[AsyncShell, AsyncHttpClient]):
    """The async client. The HTTP client is made at first use, or borrowed and left open."""

    _shell = AsyncShell

    def task(self, id_or_token: str, *, operation: str | None = None) -> AsyncTask:
        """Return a task that was submitted before, here or elsewhere. Nothing is sent."""
        return AsyncTask(self.shell, *route(self.provider.operations, id_or_token, operation))

    async def submit(self, request: Request, *, timeout: Timeout = DEFAULT) -> AsyncTask:
        """Submit a request that was made before."""
        return await self.shell.run(AsyncTask.submitting(self.shell, request, timeout))

    async def run_many(
        self, requests: Iterable[Request], *, concurrency: int = 4, journal: AnyPath | None = None,
        on_progress: OnBatchProgress | None = None, on_result: Callable[[int, AsyncVideoResult], object] | None = None,
        timeout: Timeout = DEFAULT, again: Collection[End] = (),
    ) -> list[Outcome[AsyncVideoResult]]:  # fmt: skip
        """Run requests, so many at a time, and return what became of them, in order.

        As with `Client.run_many`; the callbacks may be coroutine functions.
        """
        import asyncio

        self.shell.http()
        with Journal(journal, self.settings) as book:
            batch = Batch(book, concurrency, on_progress, on_result, timeout, again)
            shell, gate = AsyncShell(self.settings, shared=self.shell.http), asyncio.Semaphore(concurrency)
            stop, running = asyncio.Event(), dict[str, asyncio.Task[Outcome[AsyncVideoResult]]]()

            async def sleep(seconds: float) -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may swallow a cancellation
                        await stop.wait()
                if stop.is_set():
                    raise ClientError("the batch was stopped")

            shell.sleep = sleep
            try:
                for index, request in enumerate(requests):
                    await gate.acquire()
                    key, task = book.key(request), AsyncTask(shell, request.operation, "", request.duration)
                    flow = batch.one(index, key, request, task, AsyncVideoResult)
                    running[key] = asyncio.create_task(shell.run(flow))
                    running[key].add_done_callback(lambda _: gate.release())
                return [await asyncio.shield(found) for found in running.values()]
            except BaseException as error:
                book.stopped = error
                stop.set()
                for key in running.keys() - book.sending():
                    running[key].cancel()
                await asyncio.gather(*running.values(), return_exceptions=True)
                raise

    async def close(self) -> None:
        """Close the connections, unless the HTTP client was borrowed."""
        await self.shell.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()
