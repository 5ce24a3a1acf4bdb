"""Every kind of fault, as the user of a generated client sees it."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import pytest
import respx

import specs
from mockserver import Clock, MockProvider
from mockserver.clock import START
from mockserver.faults import KINDS
from specs.model import Contract

HOME = Path(__file__).parents[2] / "generated" / "novita"
OPERATION = "kling_v3_0_std_i2v"
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
HOOK = "https://app.test/hook"


@pytest.fixture(scope="module")
def novita() -> Iterator[ModuleType]:
    """The generated package, not one that another test generated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HOME))
        for name in [name for name in sys.modules if name.partition(".")[0] == "novita_kling"]:
            patch.delitem(sys.modules, name)
        yield importlib.import_module("novita_kling")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return specs.load("novita")


class World:
    """A generated client against a mock. The client's pauses pass on the mock's clock, none really."""

    def __init__(self, novita: ModuleType, mock: MockProvider, folder: Path) -> None:
        self.novita, self.mock, self.folder = novita, mock, folder
        self.events: list[Any] = []
        self.client = novita.Client(
            "a-test-key", mock.base_url, attempts=3, on_event=self.events.append, clock=mock.clock.now,
            chance=lambda: 0.5,
        )  # fmt: skip
        self.client.shell.sleep = mock.clock.pass_by

    def submit(self) -> Any:
        return getattr(self.client, OPERATION).submit(**BODY)

    def run(self) -> Any:
        return self.submit().wait()

    def save(self) -> Path:
        path: Path = self.run().video.save(self.folder / "video.mp4")
        return path

    @property
    def retries(self) -> int:
        return sum(event.kind == "retry" for event in self.events)

    @property
    def accepted(self) -> int:
        return len(self.mock.journal.submits)


@pytest.fixture
def world(novita: ModuleType, contract: Contract, tmp_path: Path) -> Iterator[World]:
    """A mock whose clock is moved by polls and pauses, and a client of it."""
    with MockProvider(contract, clock=Clock.steps()) as mock:
        made = World(novita, mock, tmp_path)
        with made.client:
            yield made


class Seen(NamedTuple):
    """A fault, what the user does, and what comes of it: an error by name, or a check of what is returned.

    `submits` are the requests to submit that reach the provider, `retries` the client's pauses before it tries again.
    """

    kind: str
    act: Callable[[World], Any]
    error: str | None = None
    check: Callable[[World, Any], bool] = lambda _, __: True
    submits: int = 1
    retries: int = 0
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed


ONCE = {"times": 1}
ON_SUBMIT = {"on": "submit", "times": 1}
ON_POLL = {"on": "poll", "times": 1}
ON_RESULT = {"on": "result", "times": 1}


def is_video(_: World, path: Path) -> bool:
    return path.read_bytes()[4:8] == b"ftyp"


def has_one(_: World, error: Any) -> bool:
    """The error carries the task that goes on."""
    return error.task is not None


def ended(world: World, result: Any) -> bool:
    return result.video.url.endswith(".mp4") and world.accepted == 1


def took_long(world: World, result: Any) -> bool:
    """Five times as long as the two minutes that a task is expected to take."""
    return ended(world, result) and world.mock.clock.now() - START > 5 * 60


SEEN = [
    Seen("status", World.submit, "SubmitOutcomeUnknown", lambda _, e: e.cause.status == 503, options=ON_SUBMIT),
    Seen("status", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("status", World.save, None, is_video, retries=1, options=ON_RESULT),
    Seen("rate_limited", World.run, None, ended, submits=2, retries=1, options={**ON_SUBMIT, "seconds": 7}),
    Seen("rate_limited", World.submit, "RateLimited", lambda _, e: e.retry_after == 7, 3, 2, {"seconds": 7}),
    Seen("refuse", World.submit, "ContentRefused", options={"meaning": "content_refused"}),
    Seen("refuse", World.submit, "InsufficientBalance", options={"meaning": "insufficient_balance"}),
    Seen("reset_before", World.submit, "SubmitOutcomeUnknown", lambda w, _: not w.mock.journal.last.task),
    Seen("reset_before", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("reset_after", World.submit, "SubmitOutcomeUnknown", lambda w, _: bool(w.mock.journal.last.task)),
    Seen("reset_after", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("hang_before", World.submit, "SubmitOutcomeUnknown", lambda w, _: not w.mock.journal.last.task),
    Seen("hang_after", World.submit, "SubmitOutcomeUnknown", lambda w, _: bool(w.mock.journal.last.task)),
    Seen("hang_after", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("delay", World.run, None, ended, options={**ONCE, "seconds": 5}),
    Seen("delay", World.submit, "SubmitOutcomeUnknown", options={**ONCE, "seconds": 90}),
    Seen("drip", World.run, None, ended, options={**ONCE, "seconds": 2}),
    Seen("drip", World.save, None, is_video, options={**ON_RESULT, "seconds": 0.5}),
    Seen("truncate", World.submit, "SubmitOutcomeUnknown", options=ON_SUBMIT),
    Seen("truncate", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("truncate", World.save, None, is_video, retries=1, options=ON_RESULT),
    Seen("garbage", World.submit, "SubmitOutcomeUnknown", options=ON_SUBMIT),
    Seen("garbage", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("html", World.submit, "SubmitOutcomeUnknown", lambda _, e: e.cause.status == 502, options=ON_SUBMIT),
    Seen("html", World.run, None, ended, retries=1, options=ON_POLL),
    Seen("fail", World.run, "TaskFailed", lambda _, e: e.reason == "No face.", options={"reason": "No face."}),
    Seen("cancel", World.run, "TaskError", has_one),
    Seen("stuck", World.run, "DeadlineExceeded", has_one),
    Seen("waiting", World.run, "DeadlineExceeded", has_one),
    Seen("slow", World.run, None, took_long, options={"pace": 5}),
    Seen("vanish", World.run, "TaskNotFound", has_one),
    Seen("unknown_status", World.run, "DeadlineExceeded", has_one),
    Seen("expire", World.save, "PermissionDenied"),
]


def _named(seen: Seen) -> str:
    return f"{seen.kind}-{seen.options.get('on', 'any')}-{seen.act.__name__}-{seen.error}"


@pytest.mark.parametrize("seen", SEEN, ids=_named)
def test_what_the_user_of_a_client_sees(world: World, seen: Seen, caplog: pytest.LogCaptureFixture) -> None:
    world.mock.faults.add(seen.kind, **seen.options)
    if seen.error is None:
        found = seen.act(world)
    else:
        with pytest.raises(getattr(world.novita, seen.error)) as caught:
            seen.act(world)
        found = caught.value
    assert seen.check(world, found)
    assert sum(one.submits for one in world.mock.journal) == seen.submits
    assert world.retries == seen.retries
    assert ("unknown status" in caplog.text) == (seen.kind == "unknown_status")


class AsyncWorld(World):
    """The same with the asynchronous client, whose pauses are asyncio's."""

    def __init__(self, novita: ModuleType, mock: MockProvider, folder: Path) -> None:
        super().__init__(novita, mock, folder)
        self.client.close()
        self.client = novita.AsyncClient(
            "a-test-key", mock.base_url, attempts=3, on_event=self.events.append, clock=mock.clock.now,
            chance=lambda: 0.5,
        )  # fmt: skip
        self.loop: asyncio.AbstractEventLoop | None = None

    async def perform(self, act: Callable[[World], Any]) -> Any:
        self.loop = asyncio.get_running_loop()
        async with self.client:
            task = await getattr(self.client, OPERATION).submit(**BODY)
            if act is World.submit:
                return task
            result = await task.wait()
            return result if act is World.run else await result.video.save(self.folder / "video.mp4")


@pytest.mark.parametrize("seen", {seen.kind: seen for seen in SEEN}.values(), ids=_named)
def test_what_the_user_of_an_asynchronous_client_sees(
    novita: ModuleType, contract: Contract, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MockProvider(contract, clock=Clock.steps()) as mock:
        world = AsyncWorld(novita, mock, tmp_path)

        slept = asyncio.sleep

        async def sleep(seconds: float) -> None:
            """Pauses of this test pass on the mock's clock; servers that other tests left running keep theirs."""
            if asyncio.get_running_loop() is world.loop:
                mock.clock.pass_by(seconds)
            else:
                await slept(seconds)

        monkeypatch.setattr(asyncio, "sleep", sleep)
        mock.faults.add(seen.kind, **seen.options)
        if seen.error is None:
            found = asyncio.run(world.perform(seen.act))
        else:
            with pytest.raises(getattr(novita, seen.error)) as caught:
                asyncio.run(world.perform(seen.act))
            found = caught.value
        assert seen.check(world, found)
        assert sum(one.submits for one in mock.journal) == seen.submits
        assert world.retries == seen.retries


def test_webhooks_that_are_lost_or_repeated(novita: ModuleType, tmp_path: Path) -> None:
    """The client reads what is posted; lost, a poll tells the same; repeated, both posts name one task."""
    for kind, times in (("webhook_lost", 0), ("webhook_repeated", 2)):
        with (
            MockProvider("novita", clock=Clock.steps(), webhook=HOOK) as mock,
            respx.mock(assert_all_called=False) as hooks,
        ):
            posted = hooks.post(HOOK).mock(return_value=httpx.Response(200))
            world = World(novita, mock, tmp_path)
            mock.faults.add(kind)
            result = world.run()
            mock.deliver_webhooks()
            events = [world.novita.parse_webhook(call.request.content) for call in posted.calls]
            assert len(events) == times
            assert {event.snapshot.id for event in events} <= {mock.journal.submits[0].task}
            assert result.video.url.endswith(".mp4")


def test_every_kind_is_seen() -> None:
    assert {seen.kind for seen in SEEN} | {"webhook_lost", "webhook_repeated"} == set(KINDS)
