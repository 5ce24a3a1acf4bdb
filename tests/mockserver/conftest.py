"""A provider's engine with short ways to talk to it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

import specs
from mockserver.clock import START
from mockserver.engine import Engine
from mockserver.http import Reply, Request
from mockserver.settings import Settings
from specs.model import Operation

ORIGIN = "https://mock.test"


class Caller:
    """Sends requests to an engine at a time that the test moves."""

    def __init__(self, engine: Engine, now: float = START) -> None:
        self.engine, self.now = engine, now
        self.headers = {"authorization": "Bearer a-test-key", "content-type": "application/json"}

    def send(
        self, method: str, path: str, body: bytes = b"", query: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        sent = self.headers if headers is None else headers
        raw = {name.encode(): value.encode() for name, value in sent.items()}
        return self.engine.handle(Request(method, path, query, raw, body, ORIGIN), self.now)

    def submit(self, operation: Operation, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        given = plain(operation) if body is None else body
        return self.send(operation.method, operation.path, orjson.dumps(given), headers=headers)

    def id_of(self, operation: Operation, reply: Reply) -> str:
        assert operation.task is not None
        return str(at(orjson.loads(reply.body), operation.task.submitted["id"]))

    def started(self, operation: Operation, **more: Any) -> str:
        reply = self.submit(operation, {**plain(operation), **more})
        assert reply.status < 300, reply.body
        return self.id_of(operation, reply)

    def poll(self, operation: Operation, task_id: str) -> Reply:
        task = operation.task
        assert task is not None
        poll = self.engine.contract.operation(task.poll)
        if "{" in poll.path:
            return self.send("GET", poll.path.replace("{" + task.parameter + "}", task_id))
        return self.send("GET", poll.path, query=f"{task.parameter}={task_id}".encode())

    def told(self, operation: Operation, task_id: str, quantity: str, variant: str | None = None) -> Any:
        """Return a quantity as the poll's answer tells it; None where it is absent."""
        task = operation.task
        assert task is not None
        places = {**task.polled, **(task.variants[variant].polled if variant else {})}
        return at(orjson.loads(self.poll(operation, task_id).body), places[quantity])


def at(value: Any, pointer: str) -> Any:
    for name in pointer.strip("/").split("/"):
        key = 0 if name == "*" else name
        if not value or isinstance(value, list) != (key == 0):
            return None
        value = value[0] if key == 0 else value.get(name)
    return value


def plain(operation: Operation) -> dict[str, Any]:
    """Return the plainest body that the operation accepts: an image and a prompt."""
    assert operation.task is not None
    video = operation.task.video
    body = {video["prompt"][1:]: "A fox in the snow"}
    if "first_frame" in video:
        body[video["first_frame"][1:]] = "https://images.test/fox.png"
    assert not [found for found in operation.validate(body) if found.severity == "error"]
    return body


load = functools.cache(specs.load)


def submits() -> list[tuple[str, str]]:
    return [(name, operation.id) for name in specs.providers() for operation in load(name).submits]


@pytest.fixture(params=submits(), ids=lambda given: f"{given[0]}-{given[1]}")
def each(request: pytest.FixtureRequest) -> tuple[Caller, Operation]:
    """Every submit operation of every provider, with a fresh engine."""
    provider, operation = request.param
    contract = load(provider)
    return Caller(Engine(contract)), contract.operation(operation)


@pytest.fixture
def call() -> Any:
    """Make a caller of a provider's engine: `call("novita", seed=3)`."""

    def make(provider: str, **settings: Any) -> Caller:
        return Caller(Engine(load(provider), Settings(**settings)))

    return make
