"""A provider made by hand, and a world in which flows are driven: replies are scripted, time passes by sleeping."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

from codegen.runtime.description import Operation, Provider, TaskShape
from codegen.runtime.effects import Answer, Effect, Failure, Flow, Reply, Send, Sleep
from codegen.runtime.requests import Request
from codegen.runtime.settings import Options, Secret, Settings

T = TypeVar("T")
SHAPE = TaskShape(
    poll="result",
    parameter="task_id",
    submitted={"id": (("task_id",),)},
    polled={
        "id": (("task", "id"),),
        "status": (("task", "status"),),
        "progress": (("task", "progress"),),
        "eta": (("task", "eta"),),
        "reason": (("task", "reason"),),
        "video": (("videos", "*", "url"),),
        "video_ttl": (("videos", "*", "ttl"),),
    },
    statuses={"QUEUED": "queued", "RUNNING": "running", "DONE": "succeeded", "FAILED": "failed", "GONE": "canceled"},
    expected_base=30.0,
    expected_per_second=6.0,
)
MAKE = Operation("make", "POST", "/make", "Make a video", "nowhere", task=SHAPE)
RESULT = Operation("result", "GET", "/result", "Result", "nowhere", elsewhere={"task_id": "query"})
PROVIDER = Provider(
    name="test",
    title="Test",
    package="test_kling",
    version="1.0",
    base_url="https://api.test",
    environment="TEST",
    header="Authorization",
    prefix="Bearer ",
    error_parts={"code": ("code",), "message": ("message",)},
    meanings={"NO_MONEY": "insufficient_balance", "NO_TASK": "task_not_found", "SLOW": "rate_limited"},
    operations={"make": MAKE, "result": RESULT},
)


class World:
    """Replies in order (the last one for ever), a clock that only sleeping moves, and what was sent."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[Send] = []
        self.slept: list[float] = []
        self.took = 0.0

    def settings(self, **options: Any) -> Settings:
        known: Options = {"clock": lambda: self.now, "chance": lambda: 0.5, **options}
        return Settings(PROVIDER, Secret("sk-very-secret"), "https://api.test").changed(known)

    def drive(self, flow: Flow[T], replies: Iterable[Answer | Failure | Callable[[Send], Answer]]) -> T:
        script = list(replies)

        def perform(effect: Effect) -> Reply:
            if isinstance(effect, Send):
                self.sent.append(effect)
                self.now += self.took
                reply = script.pop(0) if len(script) > 1 else script[0]
                return reply(effect) if callable(reply) else reply
            if isinstance(effect, Sleep):
                self.slept.append(effect.seconds)
                self.now += effect.seconds
                return None
            return effect.callback(effect.value)

        try:
            effect = next(flow)
            while True:
                effect = flow.send(perform(effect))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def request_() -> Request:
    return Request(MAKE, {"prompt": "boat"}, "/make", b'{"prompt":"boat"}')


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def polled(status: str, **more: Any) -> Answer:
    return answer(200, {"task": {"id": "t1", "status": status, **more}})


@pytest.fixture
def say() -> Callable[..., Answer]:
    return answer


@pytest.fixture
def tell() -> Callable[..., Answer]:
    return polled


@pytest.fixture(scope="session")
def provider() -> Provider:
    return PROVIDER
