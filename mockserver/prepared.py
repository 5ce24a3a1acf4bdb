"""What of a contract is prepared once, so that answering costs little: checks, templates, routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import Any, Final, NamedTuple

import orjson

from mockserver.answers import Getter, Template
from mockserver.images import compile_media
from mockserver.lenient import compile_lenient
from mockserver.refusals import Refusals
from mockserver.scenes import Scene
from mockserver.settings import Settings
from mockserver.tasks import Moment, Task
from specs.errors import ReelspecError
from specs.model import STATES, Contract, Operation, State
from specs.model import Task as Cycle

RESULTS: Final = "/_mock/results/"
UNKNOWN_WORD: Final = "MOCK_UNHEARD_OF"
_REQUEST_SHOWN: Final = 4_096
_DAY: Final = 86_400.0


class Shown(NamedTuple):
    """What an answer about a task is made of."""

    task: Task
    moment: Moment
    now: float
    origin: str


class Submit:
    """An operation that starts a task. `position` is its place among the contract's submits."""

    def __init__(self, operation: Operation, position: int, settings: Settings, refusals: Refusals) -> None:
        if operation.task is None:
            raise ReelspecError(operation.id, "does not start a task", "give it an x-task")
        self.operation, self.position, self.cycle = operation, position, operation.task
        self.find = operation.find
        self.media = compile_media(operation, data_uris="data_uri" in settings.lenient)
        self.relax = compile_lenient(operation, settings.lenient)
        self.scene = Scene(operation, self.cycle)
        self._instant = settings.instant
        self.ttl = self.cycle.result_ttl if settings.result_ttl is None else settings.result_ttl
        self.status, schema = _success(operation)
        self._variant = settings.variant if settings.variant in self.cycle.variants else None
        self._values = _Values(self, self._variant, refusals)
        places = self.cycle.submitted
        later = frozenset(self._places() - set(places.values()))
        self._accepted = Template[Shown](
            schema, {p: self._values.getter(q, "queued") for q, p in places.items()}, later
        )
        self._tells_moment = not _MOVING.isdisjoint(places)

    def accepted(self, task: Task, now: float, origin: str) -> bytes:
        """Return the body by which it is told that a task was accepted."""
        moment = task.at(now) if self._tells_moment else NO_MOMENT
        return self._accepted.fill(Shown(task, moment, now, origin))

    def polled(self, schema: Mapping[str, Any]) -> Mapping[State, Template[Shown]]:
        """Return the bodies by which the poll operation tells each state."""
        cycle = self.cycle
        variant = cycle.variants[self._variant] if self._variant else None
        active = {**cycle.polled, **(variant.polled if variant else {})}
        foreign = frozenset(self._places() - set(active.values()))
        moving = frozenset(pointer for quantity, pointer in active.items() if quantity in _MOVING)
        return {
            state: Template[Shown](
                schema, {p: self._values.getter(q, state) for q, p in active.items()}, foreign, moving
            )
            for state in _STATES
        }

    def _places(self) -> set[str]:
        """Return every place where the poll answers in any variant tell something."""
        stated = (self.cycle.polled, *(variant.polled for variant in self.cycle.variants.values()))
        return {pointer for places in stated for pointer in places.values()}

    def body(self, task: Task) -> dict[str, Any]:
        """Return the request of a task in the documented form; empty where it was not kept."""
        body: dict[str, Any] = orjson.loads(task.body) if task.body else {}
        return body if self.relax is None else self.relax(body)

    def expected(self, seconds: int) -> float:
        """Return how many seconds a video of that length takes to be made."""
        return 0 if self._instant else self.cycle.expected(seconds)

    def expires(self, task: Task) -> float:
        """Return when the task's result is no longer served."""
        if task.outcome == "expired":
            return task.finished
        return inf if self.ttl is None else task.finished + self.ttl


def check_variant(variant: str | None, *contracts: Contract) -> None:
    """Raise ReelspecError for a variant that no operation of the contracts has."""
    known = {name: None for contract in contracts for name in variants(contract)}
    if variant is not None and variant not in known:
        names = ", ".join(contract.provider for contract in contracts)
        raise ReelspecError(names, f"no variant {variant!r}", f"one of: {', '.join(known) or 'none'}")


def variants(contract: Contract) -> list[str]:
    """Return the names of the variants that a contract's operations have."""
    return [name for operation in contract.submits if operation.task for name in operation.task.variants]


NO_MOMENT: Final = Moment("queued", 0, 0, inf)
"""Stands where an answer tells nothing that changes with time."""

_MOVING: Final = frozenset({"progress", "eta", "video_ttl"})
"""The quantities that change while a task's state does not."""

_STATES: Final[tuple[State, ...]] = ("queued", "running", "succeeded", "failed", "canceled")
assert set(_STATES) == set(STATES)  # noqa: S101 - a table that has to follow the contract's


class _Values:
    """The getters of a task's quantities."""

    def __init__(self, submit: Submit, variant: str | None, refusals: Refusals) -> None:
        self._submit = submit
        self._word = _words(submit.cycle, variant)
        code, kind = refusals.code("task_failed"), submit.operation.id.upper()
        title = refusals.title("task_failed")
        self._always: Mapping[str, Getter[Shown]] = {
            "id": lambda shown: shown.task.id,
            "type": lambda _: kind,
            "progress": lambda shown: shown.moment.progress,
            "eta": lambda shown: shown.moment.eta,
            "created": lambda shown: iso(shown.task.created),
            "updated": lambda shown: iso(_updated(shown)),
            "submitted_ms": lambda shown: _ms(shown.task.created, shown.now),
            "started_ms": lambda shown: _ms(shown.task.started, shown.now),
            "finished_ms": lambda shown: _ms(shown.task.finished, shown.now),
            "request": lambda shown: _request(shown.task),
        }
        self._of_failed: Mapping[str, Getter[Shown]] = {
            "reason": lambda shown: shown.task.reason,
            "reason_code": lambda _: code.code,
            "reason_title": lambda _: title,
        }
        self._of_succeeded: Mapping[str, Getter[Shown]] = {
            "video": lambda shown: f"{shown.origin}{RESULTS}{shown.task.id}.mp4",
            "video_ttl": self._ttl,
            "video_type": lambda _: "mp4",
        }

    def getter(self, quantity: str, state: State) -> Getter[Shown] | None:
        """Return what gives the quantity in that state; None where it has no value then."""
        if quantity == "status":
            return self._status(state)
        if quantity in self._always:
            return self._always[quantity]
        if state == "failed" and quantity in self._of_failed:
            return self._of_failed[quantity]
        return self._of_succeeded.get(quantity) if state == "succeeded" else None

    def _status(self, state: State) -> Callable[[Shown], str]:
        word = self._word[state]
        if state == "running":
            return lambda shown: UNKNOWN_WORD if shown.task.outcome == "unknown_status" else word
        return lambda _: word

    def _ttl(self, shown: Shown) -> int:
        expires = self._submit.expires(shown.task)
        return int(max(0, min(expires - shown.now, _DAY)))


def _words(cycle: Cycle, variant: str | None) -> Mapping[State, str]:
    """Return the provider's word for each state; what it has no word for is told as the next state that it has."""
    stand_in: Mapping[State, State] = {"queued": "running", "canceled": "failed"}
    return {s: cycle.word(s, variant) or cycle.word(stand_in.get(s, s), variant) or s for s in _STATES}


def _updated(shown: Shown) -> float:
    task = shown.task
    return max(time for time in (task.created, task.started, task.finished) if time <= max(shown.now, task.created))


def _ms(time: float, now: float) -> int:
    return round(time * 1000) if time <= now else 0


def _request(task: Task) -> str:
    return task.body.decode("utf-8", "replace") if len(task.body) <= _REQUEST_SHOWN else ""


@lru_cache(4_096)
def iso(time: float) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation as a destination: `submit` for those that start a task, `polled` for those that tell of one."""

    operation: Operation
    submit: Submit | None
    polled: Mapping[str, Mapping[State, Template[Shown]]]
    parameter: str
    status: int
    plain: Template[Shown]
    needed: tuple[str, ...]


class Routes:
    """Finds the route of a method and path: a look-up first, then the path templates one by one."""

    def __init__(self, contract: Contract, submits: Mapping[str, Submit]) -> None:
        self._exact: dict[str, dict[str, Route]] = {}
        templates: dict[str, dict[str, Route]] = {}
        self._by_id = {operation.id: _route(operation, submits) for operation in contract.operations}
        for route in self._by_id.values():
            self._templates_of(route.operation.path, templates)[route.operation.method] = route
        self._templates = [(_pattern(path), methods) for path, methods in templates.items()]

    def poll(self, operation_id: str) -> Route:
        """Return the route of an operation."""
        return self._by_id[operation_id]

    def _templates_of(self, path: str, templates: dict[str, dict[str, Route]]) -> dict[str, Route]:
        return (templates if "{" in path else self._exact).setdefault(path, {})

    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        """Return the routes of a path by method, and the values of its parameters; nothing where there are none."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact, _NO_VALUES
        for pattern, methods in self._templates:
            if match := pattern.fullmatch(path):
                return methods, match.groupdict()
        return {}, _NO_VALUES


_NO_VALUES: Final[Mapping[str, str]] = {}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^{}]+)\}", path)
    names = [re.sub(r"\W", "_", name) for name in parts[1::2]]
    texts = [re.escape(part) for part in parts[::2]]
    return re.compile(texts[0] + "".join(f"(?P<{n}>[^/]+){t}" for n, t in zip(names, texts[1:], strict=True)))


def _route(operation: Operation, submits: Mapping[str, Submit]) -> Route:
    status, schema = _success(operation)
    mine = [submit for submit in submits.values() if submit.cycle.poll == operation.id]
    return Route(
        operation=operation,
        submit=submits.get(operation.id),
        polled={submit.operation.id: submit.polled(schema) for submit in mine},
        parameter=mine[0].cycle.parameter if mine else "",
        status=status,
        plain=Template[Shown](schema, {}),
        needed=tuple(found.name for found in operation.at("query") if found.required),
    )


def _success(operation: Operation) -> tuple[int, Mapping[str, Any]]:
    for status, response in sorted(operation.responses.items()):
        if 200 <= status < 300:
            return status, response.schema
    return 200, {}
