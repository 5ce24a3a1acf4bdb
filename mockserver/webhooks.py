"""Webhooks: a task's end, told to a URL that its request or the mock's settings name.

What is sent is the documented event of the novita family: `{"event_type": "ASYNC_TASK_RESULT", "payload": …}` with the
body that a poll would answer, tried again up to five times where it is not answered 2xx within five seconds. Nothing is
sent here: adapters take what is due, send it, and say what came of it.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit

import orjson

from specs.checks import member
from specs.errors import ReelspecError
from specs.model import STATES, State

RETRIES: Final = 5
TIMEOUT: Final = 5.0
_FIRST_PAUSE: Final = 1.0
"""Seconds before the first retry, doubled for each further one; the pauses are not documented."""

_PLACES: Final = (("extra", "webhook", "url"), ("webhook_url",), ("callback_url",))
_SENT_KEPT: Final = 1_000


@dataclass(slots=True)
class Notice:
    """One event to be delivered at `due` (seconds of the mock's clock). `simulated` is the state in test mode.

    `event` is what is sent where that was decided before; `attempts` were made so far.
    """

    due: float
    url: str
    provider: str
    task: str
    origin: str
    simulated: State | None = None
    attempts: int = 0
    event: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt: its status, or 0 and what went wrong."""

    at: float
    url: str
    task: str
    attempt: int
    status: int
    error: str = ""
    event: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""


class SentLog(Protocol):
    """Attempts, the oldest first."""

    @property
    def total(self) -> int:
        """How many there were since all were forgotten."""

    def append(self, attempt: Sent, /) -> None:
        """Keep an attempt."""

    def clear(self) -> None:
        """Forget all."""

    def __iter__(self) -> Iterator[Sent]: ...

    def __len__(self) -> int: ...


class Attempts(deque[Sent]):
    """Attempts in this process, the newest `_SENT_KEPT`."""

    def __init__(self) -> None:
        super().__init__(maxlen=_SENT_KEPT)
        self.total = 0

    def append(self, attempt: Sent, /) -> None:
        """Keep an attempt."""
        self.total += 1
        super().append(attempt)

    def clear(self) -> None:
        """Forget all."""
        self.total = 0
        super().clear()


class Webhooks:
    """What is to be sent and what was. With `anywhere`, to other hosts than this one too."""

    def __init__(self, *, anywhere: bool = False, sent: SentLog | None = None) -> None:
        self._anywhere = anywhere
        self._pending: list[Notice] = []
        self.sent: SentLog = sent if sent is not None else Attempts()

    def plan(self, notice: Notice) -> None:
        """Send a notice when it is due; where its URL is none, or of a host that is not allowed, only record that."""
        host = _host(notice.url)
        if host is not None and (self._anywhere or _is_loopback(host)):
            self._pending.append(notice)
        else:
            refusal = "this is no URL" if host is None else "only loopback addresses are sent to by default"
            self.sent.append(Sent(notice.due, notice.url, notice.task, 0, 0, refusal, provider=notice.provider))

    def again(self, task: str, url: str, now: float) -> None:
        """Send what was sent to that URL about that task once more, now. Raises ReelspecError where nothing was.

        It counts as the next attempt: where it fails, the retries that are left follow.
        """
        made = [one for one in self.sent if (one.task, one.url) == (task, url) and one.attempt]
        if not made:
            raise ReelspecError("webhook", f"nothing was sent to {url!r} about the task {task!r}", "see the attempts")
        last = made[-1]
        self._pending = [one for one in self._pending if (one.task, one.url) != (task, url)]
        self.plan(Notice(now, url, last.provider, task, "", None, last.attempt, last.event))

    def forget(self, task: str) -> None:
        """Send nothing about a task."""
        self._pending = [one for one in self._pending if one.task != task]

    @property
    def pending(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._pending)

    def due(self, now: float) -> list[Notice]:
        """Take the notices whose time has come, in the order of their times."""
        found = sorted((notice for notice in self._pending if notice.due <= now), key=lambda notice: notice.due)
        self._pending = [notice for notice in self._pending if notice.due > now]
        return found

    def answered(self, notice: Notice, event: Mapping[str, Any], now: float, status: int, error: str = "") -> None:
        """Record an attempt; plan another where it failed and there is one left."""
        notice.attempts += 1
        self.sent.append(Sent(now, notice.url, notice.task, notice.attempts, status, error, event, notice.provider))
        if not 200 <= status < 300 and notice.attempts <= RETRIES:
            notice.due = now + _FIRST_PAUSE * 2 ** (notice.attempts - 1)
            self._pending.append(notice)

    def clear(self) -> None:
        """Forget what is to be sent and what was."""
        self._pending.clear()
        self.sent.clear()


def names_webhook(body: bytes) -> bool:
    """Tell whether a request may name a webhook; a look is cheaper than decoding it again.

    So is `find` than `in`, which tries bytes as a number first.
    """
    return body.find(b"webhook") >= 0 or body.find(b"callback_url") >= 0


def asked_for(body: bytes, settled: str | None) -> tuple[str | None, State | None]:
    """Return the URL that a request wants its end told to, and the state that its test mode asks for."""
    if not names_webhook(body):
        return settled, None
    stated = orjson.loads(body)
    found = next((url for place in _PLACES if isinstance(url := member(stated, *place), str)), settled)
    test = member(stated, "extra", "webhook", "test_mode")
    if member(test, "enabled") is not True:
        return found, None
    wanted = str(member(test, "return_task_status") or "").lower()
    return found, next((cast("State", state) for state in STATES if state[:6] in wanted), "succeeded")


def is_url(url: str) -> bool:
    """Tell whether something can be sent there."""
    return _host(url) is not None


def _host(url: str) -> str | None:
    """Return the host of a URL; None where it is none to send to."""
    if not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:  # brackets that hold no address, a port that is no number or too large
        return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
