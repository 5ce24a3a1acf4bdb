"""The mock's own API below `/_mock/`: journal, tasks, clock, faults, reset and a stream of events, as JSON.

GET    /_mock/journal?after=N&limit=N    exchanges, the oldest first     DELETE forgets them
GET    /_mock/tasks?limit=N              tasks, the newest first
GET    /_mock/clock                      POST {"advance": 30} or {"speed": 60}
GET    /_mock/faults                     POST {"kind": "status", "times": 2}, DELETE forgets them
GET    /_mock/webhooks                   attempts to deliver one, the oldest first
                                         POST {"task": …, "url": …} sends that one again
POST   /_mock/reset                      forgets tasks, journal and faults
GET    /_mock/events                     exchanges as they happen (server-sent events)
GET    /_mock/openapi.json?provider=…    the contract that is served
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.clock import FASTEST
from mockserver.decoded import loads
from mockserver.faults import parse_fault
from mockserver.http import JSON, Reply, Request, is_json
from mockserver.journal import Exchange
from mockserver.tasks import Task
from mockserver.wire import LAST_PART, over
from specs.errors import ReelspecError

if TYPE_CHECKING:
    from mockserver.asgi import App, Receive, Send

_DIGITS: Final = 15
_TIME_IN_ID: Final = 13
"""Characters of an id that say when its task was created."""

_MOST: Final = {"advance": 1_000_000_000, "speed": FASTEST}
_BACKLOG: Final = 1_000
_TICK: Final = 0.25
_HEARTBEAT: Final = 60
"""Ticks after which a quiet stream shows that it is alive."""

_EVENTS: Final = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
Answer = Callable[["App", Request], Any]


class Control:
    """Answers requests below `/_mock/`; a page of another site cannot send what changes something (it is JSON)."""

    def __init__(self) -> None:
        self._routes: Mapping[str, Mapping[str, Answer]] = {
            "journal": {"GET": _journal, "DELETE": _forget_journal},
            "tasks": {"GET": _tasks},
            "clock": {"GET": _clock, "POST": _move_clock},
            "faults": {"GET": _faults, "POST": _add_fault, "DELETE": _forget_faults},
            "webhooks": {"GET": _webhooks, "POST": _send_again},
            "reset": {"POST": _reset},
            "openapi.json": {"GET": _document},
        }

    async def __call__(self, app: App, request: Request, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = request.path.removeprefix("/_mock").strip("/")
        if name == "events" and request.method == "GET":
            await _stream(app, request, receive, send)
            return
        if name not in self._routes:
            from mockserver import dashboard

            if await dashboard.answered(app, request, receive, send):
                return
        from mockserver.asgi import answer

        await answer(await self._answer(app, request, name), request.method, send)

    async def _answer(self, app: App, request: Request, name: str) -> Reply:
        methods = self._routes.get(name)
        if methods is None:
            return _problem(404, f"there is nothing at {request.path}")
        found = methods.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            return _problem(405, f"use {' or '.join(methods)}")
        if request.method == "POST" and not is_json(request.header(b"content-type")):
            return _problem(415, "the Content-Type must be application/json")
        try:
            value = found(app, request)
            return Reply(200, _encoded(await value if isinstance(value, Awaitable) else value), JSON)
        except ReelspecError as problem:
            return _problem(400, str(problem))
        except OSError as problem:
            return _problem(503, f"the store cannot be used: {problem}")


def _encoded(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)


def _problem(status: int, text: str) -> Reply:
    return Reply(status, orjson.dumps({"error": text}), JSON)


def _stated(request: Request) -> Mapping[str, Any]:
    try:
        stated = loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise ReelspecError("body", f"is no JSON: {error}") from None
    if not isinstance(stated, dict):
        raise ReelspecError("body", "is no object")
    return stated


def _count(request: Request, name: str, otherwise: int) -> int:
    given = request.parameter(name)
    if given is None:
        return otherwise
    found = _whole(given)
    if found is None:
        raise ReelspecError(name, f"{given[:40]!r} is no whole number of up to {_DIGITS} digits")
    return found


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _journal(app: App, request: Request) -> list[dict[str, Any]]:
    """Return the exchanges after a number; of those the last `limit`."""
    found = list(app.journal.numbered(_count(request, "after", 0)))
    limit = _count(request, "limit", len(found))
    return [exchange.as_json(number) for number, exchange in found[len(found) - min(limit, len(found)) :]]


def _forget_journal(app: App, _: Request) -> dict[str, Any]:
    app.journal.clear()
    return {"exchanges": 0}


async def _tasks(app: App, request: Request) -> list[dict[str, Any]]:
    listed, now = newest(app, _count(request, "limit", 100)), app.clock.now()
    found = await asyncio.to_thread(read_tasks, app, listed)
    return [{**fixed, **moment_as_json(app, name, task, now)} for name, task, fixed in found]


def newest(app: App, limit: int) -> list[tuple[str, str]]:
    """Return provider and id of the newest tasks, the newest first."""
    found = [(name, task_id) for name, engine in app.engines.items() for task_id in engine.store.newest(name, limit)]
    found.sort(key=lambda entry: entry[1][:_TIME_IN_ID], reverse=True)
    return found[:limit]


def read_tasks(app: App, listed: list[tuple[str, str]]) -> list[tuple[str, Task, dict[str, Any]]]:
    """Return those tasks that are known, without their bodies, each with what of it does not change in time.

    To be called in a thread: bodies with images in them take a while.
    """
    found = ((name, app.engines[name].task(task_id)) for name, task_id in listed)
    return [(name, task._replace(body=b""), _fixed(app, name, task)) for name, task in found if task is not None]


def _fixed(app: App, name: str, task: Task) -> dict[str, Any]:
    submit = app.engines[name].submits[task.operation]
    return {
        "provider": name, "id": task.id, "operation": submit.operation.id, "created": task.created,
        "started": task.started, "finished": task.finished, "outcome": task.outcome, "reason": task.reason,
        "seconds": task.seconds, "shots": submit.scene.shots(submit.body(task), task.seconds),
        "expires": submit.expires(task),
    }  # fmt: skip


def moment_as_json(app: App, name: str, task: Task, now: float) -> dict[str, Any]:
    """Return what is said of a task of that provider at that time."""
    moment, prefix = task.at(now), "" if len(app.engines) == 1 else f"/{name}"
    return {
        "state": moment.state, "progress": moment.progress, "eta": moment.eta,
        "video": f"{prefix}/_mock/results/{task.id}.mp4" if moment.state == "succeeded" else None,
    }  # fmt: skip


def _clock(app: App, _: Request) -> dict[str, Any]:
    return {"now": app.clock.now(), "speed": app.clock.speed, "stepping": app.clock.stepping}


def _move_clock(app: App, request: Request) -> dict[str, Any]:
    stated = _stated(request)
    if not stated or set(stated) - {"advance", "speed"}:
        raise ReelspecError("body", "a clock takes `advance` (seconds) or `speed`")
    for name, value in stated.items():
        most = _MOST[name]
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= most:
            raise ReelspecError(name, f"{value!r} is no number of 0 to {most:,}")
    if "speed" in stated:
        app.clock.speed = stated["speed"]
    if "advance" in stated:
        app.clock.advance(stated["advance"])
    return _clock(app, request)


def _faults(app: App, _: Request) -> list[dict[str, Any]]:
    return app.faults.as_json()


def _add_fault(app: App, request: Request) -> list[dict[str, Any]]:
    app.faults.load([parse_fault(_stated(request), "body", app.faults.operations)])
    return app.faults.as_json()


def _forget_faults(app: App, _: Request) -> list[dict[str, Any]]:
    app.faults.clear()
    return []


def _webhooks(app: App, _: Request) -> list[dict[str, Any]]:
    return [asdict(attempt) for attempt in app.webhooks.sent]


def _send_again(app: App, request: Request) -> list[dict[str, Any]]:
    stated = _stated(request)
    if set(stated) != {"task", "url"} or not all(isinstance(value, str) for value in stated.values()):
        raise ReelspecError("body", "names no `task` and `url`", "give those of an attempt")
    app.webhooks.again(stated["task"], stated["url"], app.clock.now())
    app.send_webhooks()
    return _webhooks(app, request)


def _reset(app: App, request: Request) -> dict[str, Any]:
    app.reset()
    return _clock(app, request)


def _document(app: App, request: Request) -> Any:
    name = request.parameter("provider") or next(iter(app.engines))
    if name not in app.engines:
        raise ReelspecError("provider", f"{name!r} is not served", f"one of: {', '.join(app.engines)}")
    prefix = "" if len(app.engines) == 1 else f"/{name}"
    return {**app.engines[name].contract.document, "servers": [{"url": request.origin + prefix}]}


async def _stream(app: App, request: Request, receive: Receive, send: Send) -> None:
    """Send each exchange as it happens, after those that the client missed (Last-Event-ID)."""
    backlog: asyncio.Queue[tuple[int, Exchange]] = asyncio.Queue(_BACKLOG)

    def heard(exchange: Exchange) -> None:
        if not backlog.full():
            backlog.put_nowait((app.journal.count, exchange))

    app.journal.refresh()
    after = _whole((request.header(b"last-event-id") or b"").decode("latin-1"))
    missed = [one for one in app.journal.numbered(after) if one[0] <= app.journal.count] if after is not None else []
    app.journal.listeners.append(heard)
    ended = asyncio.ensure_future(over(receive, app.stopping))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        await _send_part(send, b": the mock's exchanges\n\n")
        for number, exchange in missed:
            await _send_part(send, _event(number, exchange))
        quiet = 0
        while not ended.done():
            app.journal.refresh()
            waiting = asyncio.ensure_future(backlog.get())
            await asyncio.wait({waiting, ended}, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            quiet = 0 if waiting.done() else quiet + 1
            if waiting.done():
                await _send_part(send, _event(*waiting.result()))
            else:
                waiting.cancel()
            if quiet % _HEARTBEAT == _HEARTBEAT - 1:
                await _send_part(send, b": still here\n\n")
        await send(LAST_PART)
    finally:
        app.journal.listeners.remove(heard)
        ended.cancel()


def _event(number: int, exchange: Exchange) -> bytes:
    return b"id: %d\nevent: exchange\ndata: %b\n\n" % (number, _encoded(exchange.as_json(number)))


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})
