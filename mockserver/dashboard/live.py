"""The stream that keeps a page up to date: first everything shown, then what is new, a few times a second.

Each connection has a Watch, which compares what the mock is with what the page was told. So it does not matter who
moved the clock or scripted a fault: another page, a test in this process, a request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.control import moment_as_json, newest, read_tasks
from mockserver.http import Request
from mockserver.journal import Exchange
from mockserver.stores import MemoryStore
from mockserver.tasks import Task
from mockserver.wire import LAST_PART, over

if TYPE_CHECKING:
    from mockserver.asgi import App, Receive, Send

TASKS_SHOWN: Final = 60
EXCHANGES_SHOWN: Final = 300
ATTEMPTS_SHOWN: Final = 200
_LOG: Final = logging.getLogger("uvicorn.error")
_TICK: Final = 0.25
_HEARTBEAT: Final = 60
"""Ticks after which a quiet stream shows that it is alive."""

_LOOKED_UP: Final = 8
"""Ticks after which tasks are looked for that other processes accepted."""

_TEXT_SHOWN: Final = 600
_BODY_READ: Final = 16_000_000
_EVENTS: Final = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]

News = tuple[str, dict[str, Any]]


class Watch:
    """What one page has been told. `news` is asked again and again; `real` is the time in seconds."""

    def __init__(self, app: App, real: Callable[[], float] = time.monotonic) -> None:
        self._app, self._real = app, real
        self._heard: deque[tuple[int, Exchange]] = deque(maxlen=EXCHANGES_SHOWN)
        self._tasks: dict[tuple[str, str], tuple[str, Task, dict[str, Any]]] = {}
        self._states: dict[tuple[str, str], str] = {}
        self._ticks = self._count = self._attempts = 0
        self._faults: list[dict[str, Any]] = []
        self._told = 0.0, 0.0, 0.0, False
        self._started = False
        app.journal.listeners.append(self._hear)

    def close(self) -> None:
        """Listen no more."""
        self._app.journal.listeners.remove(self._hear)

    async def news(self) -> News | None:
        """Return ("start", everything) at first and after a reset, else ("news", what changed), or None."""
        self._ticks += 1
        self._app.journal.refresh()
        if not self._started or self._forgotten():
            return "start", await self._everything()
        found: dict[str, Any] = {}
        if self._heard:
            heard = [self._heard.popleft() for _ in range(len(self._heard))]
            self._count = heard[-1][0]
            found["exchanges"] = [shown(exchange, number) for number, exchange in heard]
            if any(exchange.task for _, exchange in heard):
                await self._look()
        elif self._ticks % _LOOKED_UP == 0 and self._others():
            await self._look()
        if changed := self._changed():
            found["tasks"] = changed
        if (faults := self._app.faults.as_json()) != self._faults:
            found["faults"] = self._faults = faults
        if self._app.webhooks.sent.total != self._attempts:
            found["webhooks"] = self._sent()
        if found or self._moved():
            found["clock"] = self._clock()
        return ("news", found) if found else None

    def _hear(self, exchange: Exchange) -> None:
        self._heard.append((self._app.journal.count, exchange))

    def _forgotten(self) -> bool:
        """Tell whether the journal was cleared since."""
        return self._app.journal.count < self._count or bool(self._heard and self._heard[0][0] <= self._count)

    async def _everything(self) -> dict[str, Any]:
        self._heard.clear()
        journal = self._app.journal
        self._started, self._count = True, journal.count
        kept = [one for one in journal.numbered(journal.count - EXCHANGES_SHOWN) if one[0] <= journal.count]
        self._tasks.clear()
        self._states.clear()
        await self._look()
        self._faults = self._app.faults.as_json()
        return {
            "clock": self._clock(), "faults": self._faults, "tasks": self._changed(),
            "exchanges": [shown(exchange, number) for number, exchange in kept], "webhooks": self._sent(),
        }  # fmt: skip

    async def _look(self) -> None:
        """List the newest tasks anew; those that are known are not read again."""
        listed = newest(self._app, TASKS_SHOWN)
        unknown = [one for one in listed if one not in self._tasks]
        read = await asyncio.to_thread(read_tasks, self._app, unknown) if unknown else []
        found = {**self._tasks, **{(name, task.id): (name, task, fixed) for name, task, fixed in read}}
        self._tasks = {one: found[one] for one in listed if one in found}
        self._states = {one: state for one, state in self._states.items() if one in self._tasks}

    def _others(self) -> bool:
        """Tell whether another process may have accepted a task that is not known here."""
        if isinstance(self._app.store, MemoryStore):
            return False
        return any(one not in self._tasks for one in newest(self._app, TASKS_SHOWN))

    def _changed(self) -> list[dict[str, Any]]:
        """Return the tasks whose state is not the one that was told."""
        now, found = self._app.clock.now(), []
        for one, (name, task, fixed) in self._tasks.items():
            state = task.at(now).state
            if self._states.get(one) != state:
                self._states[one] = state
                found.append({**fixed, **moment_as_json(self._app, name, task, now)})
        return found

    def _sent(self) -> list[dict[str, Any]]:
        """Return the attempts to deliver webhooks, the oldest first."""
        sent = self._app.webhooks.sent
        self._attempts = sent.total
        return [asdict(attempt) for attempt in list(sent)[-ATTEMPTS_SHOWN:]]

    def _clock(self) -> dict[str, Any]:
        clock = self._app.clock
        self._told = self._real(), clock.now(), clock.speed, clock.stepping
        return {"now": self._told[1], "speed": clock.speed, "stepping": clock.stepping}

    def _moved(self) -> bool:
        """Tell whether the clock is not where the page believes it to be."""
        real, now, speed, stepping = self._told
        clock = self._app.clock
        if (clock.speed, clock.stepping) != (speed, stepping):
            return True
        return abs(now + (self._real() - real) * speed - clock.now()) > 0.1 * max(1, speed)


def shown(exchange: Exchange, number: int) -> dict[str, Any]:
    """Return an exchange for the page: long texts, such as images, are cut, so that the rest of a body is seen."""
    found = exchange.as_json(number)
    if isinstance(found["request"], str) and 0 < len(exchange.request.body) <= _BODY_READ:
        decoded = exchange.json
        found["request"] = found["request"] if decoded is None else decoded
    found["request"] = _cut(found["request"])
    for violation in found["violations"]:
        violation["given"] = _cut(violation["given"])
    return found


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, str) and len(value) > _TEXT_SHOWN:
        return f"{value[: _TEXT_SHOWN // 4]}… ({len(value):,} characters)"
    return value


async def stream(app: App, _request: Request, receive: Receive, send: Send) -> None:
    """Send a page what it shows until it is closed."""
    watch = Watch(app)
    ended = asyncio.ensure_future(over(receive, app.stopping))
    quiet = 0
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        while not ended.done():
            news = await watch.news()
            quiet = 0 if news is not None else quiet + 1
            if news is not None:
                await _send(send, b"event: %b\ndata: %b\n\n" % (news[0].encode(), _encoded(news[1])))
            elif quiet % _HEARTBEAT == 0:
                await _send(send, b": still here\n\n")
            await asyncio.wait({ended}, timeout=_TICK)
        await send(LAST_PART)
    except OSError as problem:
        _LOG.error("a page of the dashboard has to ask again: %s", problem)
        await send(LAST_PART)
    finally:
        watch.close()
        ended.cancel()


def _encoded(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)


async def _send(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})
