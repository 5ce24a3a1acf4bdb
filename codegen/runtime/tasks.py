"""Tasks: what was submitted, can be asked for, waited for and resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Generic, Self, TypeVar

from . import core
from .core import Snapshot, Watch
from .description import Operation
from .effects import Flow, Tell
from .errors import ClientError
from .lifecycle import State
from .requests import Request
from .results import AsyncVideoResult, VideoResult
from .settings import DEFAULT, Timeout
from .wire import AsyncShell, SyncShell

S = TypeVar("S", SyncShell, AsyncShell)
T = TypeVar("T")
OnProgress = Callable[[Snapshot], object]
"""Called with each snapshot; async clients take coroutine functions too."""


class _Task(Generic[S]):
    """What both kinds of task share: who it is, and what is known of it."""

    def __init__(self, shell: S, operation: Operation, task_id: str, duration: float = 5.0) -> None:
        self.shell: S = shell
        self.operation, self.id = operation, task_id
        self.expected = operation.expected(duration)
        self.snapshot: Snapshot | None = None

    @classmethod
    def submitting(cls, shell: S, request: Request, timeout: Timeout) -> Flow[Self]:
        """Submit a request, and return its task."""
        task_id = yield from core.submit(shell.settings, request, timeout)
        return cls(shell, request.operation, task_id, request.duration)

    @property
    def token(self) -> str:
        """Route and id in one printable word; `client.task(token)` resumes in another process."""
        return f"{self.operation.id}:{self.id}"

    @property
    def state(self) -> State:
        """The last known state."""
        return State.QUEUED if self.snapshot is None else self.snapshot.state

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.token!r}, {self.state})"

    def told(self, error: BaseException) -> None:
        """Give an error this task, so that the work can be resumed from it."""
        if isinstance(error, ClientError):
            error.task, error.token = self, self.token  # type: ignore[assignment] # the two subclasses are the union
        elif not isinstance(error, GeneratorExit):
            seen = "not polled yet" if self.snapshot is None else f"last seen {self.state}"
            core.tell(self.shell.settings, error, f"the task is {self.token} ({seen}); this token resumes it")

    def carrying(self, flow: Flow[T]) -> Flow[T]:
        """Run the flow; whatever goes wrong in it carries this task."""
        try:
            return (yield from flow)
        except BaseException as error:
            self.told(error)
            raise

    def watch(self, timeout: Timeout) -> Watch:
        limit = self.shell.settings.wait_limit(self.expected, timeout)
        return Watch(self.shell.settings, self.operation, self.id, self.expected, limit, self.state)

    def seen(self, found: Snapshot) -> Snapshot:
        """Keep what was told; an id alone does not tell which operation made the task, its first poll may."""
        self.snapshot, self.operation = found, self.shell.settings.provider.operations[found.operation]
        return found

    def stepping(self, step: Flow[Snapshot]) -> Flow[Snapshot]:
        return self.seen((yield from self.carrying(step)))

    def waiting(self, on_progress: OnProgress | None, timeout: Timeout) -> Flow[Snapshot]:
        """Wait for the end of the task; the callback is told each snapshot."""

        def whole() -> Flow[Snapshot]:
            watch = self.watch(timeout)
            while self.snapshot is None or not self.snapshot.ended:
                found = self.seen((yield from watch.step()))
                if on_progress is not None:
                    yield Tell(on_progress, found)
            return core.ended_well(self.snapshot)

        return self.carrying(whole())


class Task(_Task[SyncShell]):
    """One task at the provider. Iterating gives its snapshots until it ends."""

    def refresh(self) -> Snapshot:
        """Ask once how it stands; one that has ended stays so, and is asked for fresh addresses of its result."""
        return self.shell.run(self.stepping(self.watch(self.shell.settings.submit_timeout).step()))

    def wait(self, *, on_progress: OnProgress | None = None, timeout: Timeout = DEFAULT) -> VideoResult:
        """Wait until it has ended and return the result.

        `timeout` is the total in seconds; by default a generous multiple of the expected time, None for no limit.
        Raises TaskFailed, TaskCanceled, DeadlineExceeded, ConnectionFailed or ProviderError, each with `.task`.
        """
        return VideoResult(self.shell.run(self.waiting(on_progress, timeout)), self)

    def __iter__(self) -> Iterator[Snapshot]:
        for step in self.watch(DEFAULT).steps():
            yield self.shell.run(self.stepping(step))


class AsyncTask(_Task[AsyncShell]):
    """One task at the provider. Iterating (`async for`) gives its snapshots until it ends."""

    async def refresh(self) -> Snapshot:
        """Ask once how it stands; one that has ended stays so, and is asked for fresh addresses of its result."""
        return await self.shell.run(self.stepping(self.watch(self.shell.settings.submit_timeout).step()))

    async def wait(self, *, on_progress: OnProgress | None = None, timeout: Timeout = DEFAULT) -> AsyncVideoResult:
        """Wait until it has ended and return the result.

        `timeout` is the total in seconds; by default a generous multiple of the expected time, None for no limit.
        Raises TaskFailed, TaskCanceled, DeadlineExceeded, ConnectionFailed or ProviderError, each with `.task`.
        """
        return AsyncVideoResult(await self.shell.run(self.waiting(on_progress, timeout)), self)

    async def __aiter__(self) -> AsyncIterator[Snapshot]:
        for step in self.watch(DEFAULT).steps():
            yield await self.shell.run(self.stepping(step))


def route(operations: Mapping[str, Operation], id_or_token: str, operation: str | None) -> tuple[Operation, str]:
    """Tell which operation a task belongs to. Raises ValueError where an id alone does not tell."""
    submits = {name: found for name, found in operations.items() if found.task is not None}
    if not isinstance(id_or_token, str) or not id_or_token:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"a task's id or token is needed, a text; {id_or_token!r} is none")
    id_or_token = id_or_token.strip()
    head, colon, rest = id_or_token.partition(":")
    if colon and rest and head in submits:
        return submits[head], rest
    if operation is not None:
        if operation not in submits:
            raise ValueError(f"no operation {operation!r} starts tasks (one of: {', '.join(submits)})")
        return submits[operation], id_or_token
    polls = {found.task and found.task.poll: found for found in reversed(submits.values())}
    if len(polls) != 1:
        raise ValueError(f"the id tells no operation; give its token, or operation= one of: {', '.join(submits)}")
    return next(iter(polls.values())), id_or_token
