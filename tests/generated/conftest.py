"""The committed clients, imported as users import them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import specs

GENERATED = Path(__file__).parents[2] / "generated"
PROVIDERS = [name for name in specs.providers() if (GENERATED / name).is_dir()]


def package(provider: str) -> ModuleType:
    home = GENERATED / provider
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
    return importlib.import_module(next(path.parent.name for path in home.glob("*/_runtime")))


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client_package(provider: str) -> ModuleType:
    return package(provider)


@pytest.fixture
def novita() -> ModuleType:
    return package("novita")


class Fake:
    """A provider in the process: accepts every submit, ends every task at the third poll, serves a file."""

    def __init__(self, provider: str) -> None:
        self.contract = specs.load(provider)
        self.requests: list[httpx.Request] = []
        self.polls: dict[str, int] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host == "files.test":
            return httpx.Response(200, content=b"a video")
        operation = self.contract.submits[0]
        assert operation.task is not None
        if request.method == "POST":
            found = next(each for each in self.contract.submits if each.path == request.url.path)
            assert found.task is not None
            status = min(code for code in found.responses if code < 300)
            return httpx.Response(status, json=placed({found.task.submitted["id"]: f"t{len(self.requests)}"}))
        task_id = request.url.params.get(operation.task.parameter) or request.url.path.rpartition("/")[2]
        self.polls[task_id] = self.polls.get(task_id, 0) + 1
        done = self.polls[task_id] >= 3
        word = operation.task.word("succeeded" if done else "running")
        values: dict[str, Any] = {operation.task.polled["status"]: word, operation.task.polled["id"]: task_id}
        if done:
            values[operation.task.polled["video"]] = "https://files.test/v.mp4"
        return httpx.Response(200, json=placed(values))

    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.requests)


def placed(values: dict[str, Any]) -> Any:
    """Return an object with each value at its pointer; `*` makes an array of one."""
    whole: dict[str, Any] = {}
    for pointer, value in values.items():
        holder: Any = whole
        steps = pointer[1:].split("/")
        for step, after in zip(steps, [*steps[1:], None], strict=True):
            new: Any = value if after is None else [] if after == "*" else {}
            if step == "*":
                holder.append(new)
                holder = holder[-1]
            else:
                holder = holder.setdefault(step, new)
    return whole


@pytest.fixture
def fake(provider: str) -> Fake:
    return Fake(provider)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fake], None]:
    """Make every HTTP client that anyone makes talk to a fake provider."""

    def serve(fake: Fake) -> None:
        async def answer(request: httpx.Request) -> httpx.Response:
            return fake(request)

        monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(fake))
        monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda **_: httpx.MockTransport(answer))
        for module in ("httpx._client",):
            client = importlib.import_module(module)
            monkeypatch.setattr(client, "HTTPTransport", lambda **_: httpx.MockTransport(fake))
            monkeypatch.setattr(client, "AsyncHTTPTransport", lambda **_: httpx.MockTransport(answer))

    return serve


@pytest.fixture
def make_fake() -> Callable[[str], Fake]:
    return Fake
