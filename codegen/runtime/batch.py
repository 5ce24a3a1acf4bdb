"""Many requests at once: bounded, in order, and resumable after a kill.

The journal is a file of JSON lines, one before each submit ("sending") and one after it. What a killed process leaves
behind tells what to do: an accepted task is resumed by its token, a refused request may be sent again, and a "sending"
without an answer, whole or torn, is an unknown outcome, which is reported and not repeated. A line that cannot be
written whole is taken back, and nothing is sent without its line. A request is known by the hash of what is sent, and
by how many equal ones came before it; the first line says which server the journal is of.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar, get_args

from specs.checks import is_object

from . import core, errors
from .effects import Flow, Sleep, Tell
from .requests import Request
from .settings import Settings, Timeout, seconds
from .tasks import AsyncTask, OnProgress, Task

R = TypeVar("R")
AnyTask = TypeVar("AnyTask", Task, AsyncTask)
Step = Literal["begun", "sending", "accepted", "refused", "unknown", "ended", "saved"]
End = Literal["failed", "canceled", "gone", "unknown"]
"""An end without a result: a journal remembers it, and a request with it can be submitted `again`."""

NEEDED = {
    "begun": ("server",), "sending": ("key",), "accepted": ("key", "id"), "refused": ("key",), "unknown": ("key",),
    "ended": ("key", "id", "state", "answer"), "saved": ("key", "path"),
}  # fmt: skip
"""What the lines of a journal say besides step and time."""

_HEADS = b'{"key": "', b'{"step": "begun"'
_KEY = re.compile(rb'"key": "([0-9a-f]{64}-[0-9]+)"')


@dataclass(frozen=True)
class Progress:
    """News of one request of a batch: its place from 0, and what was said of its task."""

    index: int
    snapshot: core.Snapshot


OnBatchProgress = Callable[[Progress], object]


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one request: a result, or an error; the error has its `.task` where there is one.

    `saved` is the file that `on_result` returned, now or in an earlier run.
    """

    index: int
    result: R | None
    error: Exception | None
    saved: Path | None = None

    def unwrap(self) -> R:
        """Return the result or raise the error."""
        if self.result is None:
            raise self.error or errors.ClientError(f"request {self.index} has no result")
        return self.result


class Journal:
    """The journal of a batch; without a path it is kept in memory only. One process at a time can have it open."""

    def __init__(self, path: str | os.PathLike[str] | None, settings: Settings) -> None:
        self.path = None if path is None else Path(path)
        self.server = f"{settings.provider.name} at {settings.base_url}"
        self.known: dict[str, dict[str, Any]] = {}
        self.counted: Counter[str] = Counter()
        self.stopped: BaseException | None = None
        self.lock, self.flying = threading.Lock(), set[str]()
        self.file, self.at, self.gap = -1, "", b""

    def __enter__(self) -> Self:
        if self.path is not None:
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            try:
                self._open(self.file, self.path)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, kind: object = None, error: BaseException | None = None, trace: object = None) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
        begun = [entry.get("token") or f"{entry.get('operation')} sent at {entry['at']} (outcome unknown)"
                 for entry in self.known.values() if entry["step"] != "refused"]  # fmt: skip
        if error is not None and begun:
            error.add_note(f"tasks of this batch: {', '.join(begun)}")

    def _open(self, file: int, path: Path) -> None:
        _lock(file, path)
        text = path.read_bytes()
        for number, line in enumerate(text.splitlines(), 1):
            try:
                self._read(line)
            except (TypeError, ValueError) as error:
                raise errors.ConfigurationError(f"line {number} of the journal {path}: {error}") from None
        for entry in self.known.values():
            if entry["step"] == "sending":  # on its way when an earlier run ended
                entry["step"] = "unknown"
        self.gap = b"" if text[-1:] in (b"", b"\n") else b"\n"  # the last line was torn by a kill
        if not self.at:
            self._append({"step": "begun", "server": self.server})

    def _read(self, line: bytes) -> None:
        try:
            entry: Any = json.loads(line)
        except ValueError:
            entry = None
        if not is_object(entry):
            if not any(line.startswith(head[: len(line)]) for head in _HEADS):
                raise ValueError("it is damaged, or the file is no journal; mend it, or use another one")
            for key in (found.decode() for found in _KEY.findall(line)):  # torn, of what may have been sent
                if self.known.get(key, {}).get("step", "refused") == "refused":
                    self.known[key] = {"step": "unknown", "at": self.at or datetime.now(UTC).isoformat()}
            return
        for name in ("at", *NEEDED.get(str(entry.get("step")), ("a known step",))):
            if name not in entry:
                raise ValueError(f"it lacks {name}")
        self.at = datetime.fromisoformat(entry["at"]).isoformat()
        if entry["step"] != "begun":
            self._learn(dict(entry))
        elif entry["server"] != self.server:
            raise ValueError(f"it is of {entry['server']}, and this client talks to {self.server}; use another journal")

    def sending(self) -> set[str]:
        """Return the keys of the submits that are on their way; once `stopped` is set, no more begin."""
        with self.lock:
            return set(self.flying)

    def _learn(self, entry: dict[str, Any]) -> None:
        """Add a line to what is known; what is sent anew has nothing from before."""
        self.known[entry["key"]] = (self.known.get(entry["key"], {}) if entry["step"] != "sending" else {}) | entry

    def key(self, request: Request) -> str:
        """Return what the request is known by; equal requests are counted."""
        self.counted[request.sha256] += 1
        return f"{request.sha256}-{self.counted[request.sha256]}"

    def write(self, key: str, step: Step, **more: Any) -> None:
        """Append a line; it is on disk before this returns. Raises OSError, and then nothing of it is there.

        Raises ClientError where a submit is to begin after the batch was stopped.
        """
        with self.lock:
            if step == "sending" and self.stopped is not None:
                raise errors.ClientError(f"not sent: the batch was stopped by {self.stopped!r}")
            self._learn(self._append({"key": key, "step": step, **more}))
            if step == "sending":
                self.flying.add(key)

    def _append(self, entry: dict[str, Any]) -> dict[str, Any]:
        entry["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        if self.path is not None:  # and where it is closed, the system says so
            line, size = self.gap + json.dumps(entry).encode() + b"\n", os.fstat(self.file).st_size
            try:
                while line:
                    line = line[os.write(self.file, line) :]
                os.fsync(self.file)
            except BaseException:
                self.gap = b"\n"
                os.ftruncate(self.file, size)
                raise
            self.gap = b""
        return entry

    def saved(self, key: str) -> Path | None:
        """Return the file that a result was saved to, if it is still there."""
        path = self.known.get(key, {}).get("path")
        return Path(path) if path is not None and os.path.isfile(path) else None


def _lock(file: int, path: Path) -> None:
    """Keep other processes out; the system lets go when this one ends, however it ends."""
    with suppress(ImportError):  # on Windows
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.ConfigurationError(f"the journal {path} is in use by another process") from None


@dataclass(frozen=True)
class Batch(Generic[R]):
    """What the requests of one batch have in common. Raises ConfigurationError."""

    journal: Journal
    concurrency: int
    on_progress: OnBatchProgress | None
    on_result: Callable[[int, R], object] | None
    timeout: Timeout
    again: Collection[End]

    def __post_init__(self) -> None:
        seconds(self.timeout)
        if self.concurrency < 1:
            raise errors.ConfigurationError(f"concurrency is {self.concurrency}; at least 1 is needed")
        if unknown := set(self.again) - set(get_args(End)):
            raise errors.ConfigurationError(f"there is no end {unknown.pop()!r} (one of: {', '.join(get_args(End))})")

    def one(
        self, index: int, key: str, request: Request, task: AnyTask, made: Callable[[core.Snapshot, AnyTask], R]
    ) -> Flow[Outcome[R]]:
        """Bring one request to its end, from wherever the journal says that it stands; an error is an end too."""
        try:
            result = made((yield from self._ended(index, key, request, task)), task)
            if self.on_result is not None and self.journal.saved(key) is None:
                saved = yield Tell(partial(self.on_result, index), result)
                if isinstance(saved, Path):
                    self.journal.write(key, "saved", path=os.path.abspath(saved))
            return Outcome(index, result, None, self.journal.saved(key))
        except BaseException as error:
            if not isinstance(error, errors.ClientError):  # a callback, the disk or an interrupt: pay for nothing more
                self.journal.stopped = error
            if not isinstance(error, Exception):
                raise
            if task.id:
                if not hasattr(error, "__notes__"):
                    task.told(error)
                vars(error)["task"] = task  # what a callback or the disk raises has it too
            return Outcome(index, None, error)

    def _ended(self, index: int, key: str, request: Request, task: Task | AsyncTask) -> Flow[core.Snapshot]:
        entry = self.journal.known.get(key, {})
        end = "unknown" if entry.get("step") == "unknown" else entry.get("state")
        if end in self.again:
            entry, end = {}, None
        if end == "unknown":
            at, problem = datetime.fromisoformat(entry["at"]), "an earlier run ended before the answer came"
            raise errors.SubmitOutcomeUnknown(request.operation.id, request.sha256, at, problem)
        task.id = str(entry.get("id", ""))
        if end is not None:
            task.snapshot = core.snapshot(request.operation, task.id, entry["answer"])
        elif not task.id:
            yield from self._submitted(key, request, task)
            yield Sleep(0)  # where the batch was stopped, it ends here
        news = self.on_progress
        try:
            tell: OnProgress | None = None if news is None else lambda found: news(Progress(index, found))
            return (yield from task.waiting(tell, self.timeout))
        except errors.TaskNotFound:
            self.journal.write(key, "ended", id=task.id, token=task.token, state="gone", answer={})
            raise
        finally:
            last = task.snapshot
            if last is not None and last.ended and last.state != end:
                self.journal.write(key, "ended", id=task.id, token=task.token, state=last.state, answer=last.raw)

    def _submitted(self, key: str, request: Request, task: Task | AsyncTask) -> Flow[None]:
        self.journal.write(key, "sending", operation=request.operation.id, sha256=request.sha256)
        try:
            task.id = yield from core.submit(task.shell.settings, request)
        except errors.ClientError as error:  # a refusal, or proof that nothing was sent, may be sent again
            unknown = isinstance(error, errors.SubmitOutcomeUnknown)
            try:
                self.journal.write(key, "unknown" if unknown else "refused", error=str(error))
            except OSError as full:  # "sending" stays, which counts as unknown
                error.add_note(f"the journal could not be written: {full}")
            raise
        else:
            self.journal.write(key, "accepted", id=task.id, token=task.token)
        finally:
            self.journal.flying.discard(key)
