"""What a finished task gives: videos that can be saved."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from . import core
from .effects import Answer, Flow
from .errors import ClientError, ProviderError, UnexpectedAnswer
from .settings import DEFAULT, Timeout, seconds
from .wire import AsyncShell, SyncShell

if TYPE_CHECKING:
    from .tasks import AsyncTask, Task

V = TypeVar("V")
AnyPath = str | os.PathLike[str]
OnBytes = Callable[[int, int | None], object]
"""Called with the bytes received and the whole length, where the server tells it; async clients await what can be."""


EXPIRED = (403, 404, 410)
"""What an address that was good for an hour or so answers later: the task has a fresh one."""


class Part:
    """A download on its way: bytes go to `name.part` beside the target, which takes its place when all is there.

    Raises OSError where no file can be put there.
    """

    def __init__(self, target: Path, on_bytes: OnBytes | None) -> None:
        target = target.resolve()  # a link stays one
        if target.exists() and not target.is_file():
            code = errno.EISDIR if target.is_dir() else errno.EEXIST
            raise OSError(code, "a video is saved as a file; there is something else", str(target))
        self.target, self.on_bytes = target, on_bytes
        self.path = target.with_name(f"{target.name}.{os.getpid()}-{id(self):x}.part")
        self.received, self.length, self.validator = 0, None, ""
        self.file: IO[bytes] = self.path.open("wb")

    length: int | None

    def resume(self) -> Mapping[str, str]:
        """Ask for the rest where the server named a version; If-Range gives the whole if that has changed."""
        if not self.received or not self.validator:
            return {}
        return {"range": f"bytes={self.received}-", "if-range": self.validator}

    def start(self, answer: Answer) -> bool:
        """Begin anew with a 200, go on with a fitting 206, and want nothing else.

        A part of another version than what is at hand is not put together with it (RFC 9110, section 15.3.7.3).
        """
        if answer.status == 206 and self._fits(answer.headers):
            return True
        if answer.status in {206, core.RANGE_NOT_SATISFIABLE}:
            self.received, self.validator = 0, ""
        if answer.status != 200 or core.is_page(answer):
            return False
        headers, encoded = answer.headers, "content-encoding" in answer.headers  # encoded bytes cannot be counted
        length, etag = headers.get("content-length", ""), headers.get("etag", "")
        self.length = int(length) if length.isdecimal() and len(length) < 20 and not encoded else None
        self.validator = "" if encoded or etag.startswith("W/") else etag or headers.get("last-modified", "")
        self.received = 0
        self.file.seek(0)
        self.file.truncate()
        return True

    def _fits(self, headers: Mapping[str, str]) -> bool:
        place = headers.get("content-range", "")
        same = headers.get("etag", self.validator) == self.validator or not self.validator.startswith('"')
        whole = self.length is None or place.endswith((f"/{self.length}", "/*"))
        return same and whole and place.startswith(f"bytes {self.received}-")

    def write(self, chunk: bytes) -> object:
        """Append; return what the callback returns, to be awaited where it can be."""
        self.file.write(chunk)
        self.received += len(chunk)
        return None if self.on_bytes is None else self.on_bytes(self.received, self.length)

    def problem(self) -> str | None:
        """Say how much is missing, or None."""
        if self.received == 0:
            return "the file is empty"
        if self.length is not None and self.received != self.length:
            return f"{self.received} of {self.length} bytes arrived"
        return None

    def finish(self) -> None:
        """Put the file in its place."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.path.replace(self.target)

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):  # on a full disk
            self.file.close()
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Video:
    """One video of a result. `ttl` is how many seconds the URL is good for, where the provider says so."""

    url: str
    ttl: float | None
    task: Any = field(repr=False)
    position: int = field(default=0, repr=False)

    def _saving(self, path: Path, on_bytes: OnBytes | None, timeout: Timeout) -> Flow[Path]:
        settings = self.task.shell.settings
        deadline = core.Deadline(settings, seconds(timeout, default=settings.download_timeout))

        def whole() -> Flow[Path]:
            part = Part(path, on_bytes)
            try:
                yield from self._fetched(part, deadline)
                part.finish()
            except BaseException:
                part.discard()
                raise
            return path

        saving: Flow[Path] = self.task.carrying(whole())
        return saving

    def _fetched(self, part: Part, deadline: core.Deadline) -> Flow[None]:
        settings, operation, task = self.task.shell.settings, self.task.operation.id, self.task.id
        try:
            yield from core.download(settings, self.url, part, deadline, operation, task)
        except ProviderError as refused:
            if refused.status not in EXPIRED or (url := (yield from self._fresh(deadline))) is None:
                raise
            yield from core.download(settings, url, part, deadline, operation, task)

    def _fresh(self, deadline: core.Deadline) -> Flow[str | None]:
        """Ask the task for the video's address of now; None where it gives no other."""
        task = self.task
        try:
            asked = core.poll(task.shell.settings, task.operation, task.id, deadline, task.state)
            polled: Flow[core.Snapshot] = task.stepping(asked)
            found = yield from polled
        except ClientError:  # what the old address was answered says more
            return None
        urls = [url for url, _ in core.videos(task.operation, found.raw)]
        return next((url for url in urls[self.position : self.position + 1] if url != self.url), None)


class Video(_Video):
    """One video of a result. `ttl` is how many seconds the URL is good for, where the provider says so."""

    def save(self, path: AnyPath, *, on_bytes: OnBytes | None = None, timeout: Timeout = DEFAULT) -> Path:
        """Download to `path`, which appears only when it is complete; return it.

        An address that has expired is asked for anew. Raises ProviderError, ConnectionFailed, DeadlineExceeded or
        OSError.
        """
        shell: SyncShell = self.task.shell
        return shell.run(self._saving(Path(path), on_bytes, timeout))


class AsyncVideo(_Video):
    """One video of a result. `ttl` is how many seconds the URL is good for, where the provider says so."""

    async def save(self, path: AnyPath, *, on_bytes: OnBytes | None = None, timeout: Timeout = DEFAULT) -> Path:
        """Download to `path`, which appears only when it is complete; return it.

        An address that has expired is asked for anew. Raises ProviderError, ConnectionFailed, DeadlineExceeded or
        OSError.
        """
        shell: AsyncShell = self.task.shell
        return await shell.run(self._saving(Path(path), on_bytes, timeout))


@dataclass(frozen=True)
class _Result(Generic[V]):
    snapshot: core.Snapshot
    task: Any
    _video: ClassVar[Callable[..., Any]]

    @property
    def raw(self) -> Mapping[str, Any]:
        """The provider's whole answer, unknown members included."""
        return self.snapshot.raw

    @property
    def videos(self) -> tuple[V, ...]:
        """All videos. Raises UnexpectedAnswer where the provider gives none."""
        found = core.videos(self.task.operation, self.snapshot.raw)
        if not found:
            error = UnexpectedAnswer(200, None, "the task succeeded but gives no video", body=self.raw)
            self.task.told(error)
            raise error
        return tuple(type(self)._video(*each, self.task, number) for number, each in enumerate(found))

    @property
    def video(self) -> V:
        """The first video."""
        return self.videos[0]


class VideoResult(_Result[Video]):
    """What a task made: `video` (the first), `videos`, `raw` (the provider's answer) and `task`."""

    task: Task
    _video = Video


class AsyncVideoResult(_Result[AsyncVideo]):
    """What a task made: `video` (the first), `videos`, `raw` (the provider's answer) and `task`."""

    task: AsyncTask
    _video = AsyncVideo
