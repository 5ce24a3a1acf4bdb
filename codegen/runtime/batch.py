"""Many requests at once: bounded, in order, and resumable after a kill.

The journal is a file of JSON lines, one before each submit ("sending") and one after it. What a killed process leaves
behind tells what to do: an accepted task is resumed by its token, a refused request may be sent again, and a "sending"
without an answer is an unknown outcome, which is reported and not repeated. A request is known by the hash of what is
sent, and by how many equal ones came before it.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar

from specs.checks import is_object

from . import core, errors
from .effects import Flow, Tell
from .requests import Request
from .settings import Timeout
from .tasks import AsyncTask, Task

R = TypeVar("R")
Step = Literal["sending", "accepted", "refused", "unknown", "ended"]


@dataclass(frozen=True)
class Progress:
    """News of one request of a batch: its place from 0, and what was said of its task."""

    index: int
    snapshot: core.Snapshot


OnBatchProgress = Callable[[Progress], object]


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one request: a result, or an error; the error has its `.task` where there is one."""

    index: int
    result: R | None
    error: errors.ClientError | None

    def unwrap(self) -> R:
        """Return the result or raise the error."""
        if self.result is None:
            raise self.error or errors.ClientError(f"request {self.index} has no result")
        return self.result


class Journal:
    """The journal of a batch; without a path it is kept in memory only. One process at a time can have it open."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(path)
        self.known: dict[str, dict[str, Any]] = {}
        self.counted: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.file: int | None = None

    def __enter__(self) -> Self:
        if self.path is not None:
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            _lock(self.file, self.path)
            text = self.path.read_bytes()
            if text and not text.endswith(b"\n"):
                os.write(self.file, b"\n")  # the last line was torn by a kill; it says nothing
            for line in text.splitlines():
                self._learn(line)
        return self

    def __exit__(self, *raised: object) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def _learn(self, line: bytes) -> None:
        try:
            entry: Any = json.loads(line)
        except ValueError:
            return
        if is_object(entry) and isinstance(entry.get("key"), str):
            self.known[entry["key"]] = dict(entry)

    def key(self, request: Request) -> str:
        """Return what the request is known by; equal requests are counted."""
        with self.lock:
            self.counted[request.sha256] += 1
            return f"{request.sha256}-{self.counted[request.sha256]}"

    def write(self, key: str, step: Step, **more: Any) -> None:
        """Append a line; it is on disk before this returns."""
        entry = {"key": key, "step": step, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **more}
        with self.lock:
            self.known[key] = entry
            if self.file is not None:
                os.write(self.file, json.dumps(entry).encode() + b"\n")
                os.fsync(self.file)


def _lock(file: int, path: Path) -> None:
    """Keep other processes out; the system lets go when this one ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise errors.ConfigurationError(f"the journal {path} is in use by another process") from None


AnyTask = TypeVar("AnyTask", Task, AsyncTask)


def one(
    make: Callable[[Request, str], AnyTask],
    request: Request,
    index: int,
    journal: Journal,
    on_progress: OnBatchProgress | None,
    timeout: Timeout,
) -> Flow[tuple[AnyTask, core.Snapshot]]:
    """Bring one request to its end, from wherever the journal says that it stands."""
    key = journal.key(request)
    task = make(request, "")
    entry = journal.known.get(key, {})
    step = entry.get("step")
    if step in ("sending", "unknown"):
        sent_at = datetime.fromisoformat(entry["at"])
        raise errors.SubmitOutcomeUnknown(
            request.operation.id, request.sha256, sent_at, "an earlier run ended before the answer came"
        )
    if step in ("accepted", "ended"):
        task.id = str(entry["id"])
        if step == "ended":
            task.snapshot = core.snapshot(request.operation, task.id, entry["answer"])
    else:
        yield from _submitted(task, request, key, journal)

    def told(found: core.Snapshot) -> Flow[None]:
        if on_progress is not None:
            yield Tell(on_progress, Progress(index, found))

    try:
        return task, (yield from task.waiting(told, timeout))
    finally:
        last = task.snapshot
        if last is not None and last.ended and step != "ended":
            journal.write(key, "ended", id=task.id, token=task.token, state=last.state, answer=last.raw)


def _submitted(task: Task | AsyncTask, request: Request, key: str, journal: Journal) -> Flow[None]:
    settings = task.shell.settings
    journal.write(key, "sending", operation=request.operation.id, sha256=request.sha256)
    try:
        task.id = yield from core.submit(settings, request, settings.submit_timeout)
    except errors.SubmitOutcomeUnknown as error:
        journal.write(key, "unknown", error=str(error))
        raise
    except errors.ClientError as error:  # a refusal, or proof that nothing was sent: it may be sent again
        journal.write(key, "refused", error=str(error))
        raise
    journal.write(key, "accepted", id=task.id, token=task.token)
