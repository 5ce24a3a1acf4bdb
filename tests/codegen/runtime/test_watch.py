"""Waiting: patient with the network, finite in time, and never confused by a word."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.runtime import core, errors
from codegen.runtime.description import Provider
from codegen.runtime.effects import Answer, Failure, Flow
from codegen.runtime.lifecycle import State
from codegen.runtime.tasks import Task
from codegen.runtime.wire import SyncShell


def waited(watch: core.Watch) -> Flow[core.Snapshot]:
    for step in watch.steps():
        yield from step
    assert watch.last is not None
    return watch.last


def watch(world: Any, provider: Provider, timeout: float | None = 600, **options: Any) -> core.Watch:
    return core.Watch(world.settings(**options), provider.operations["make"], "t1", 60.0, timeout)


def test_polls_until_the_end(world: Any, provider: Provider, tell: Callable[..., Answer]) -> None:
    replies = [tell("QUEUED"), tell("RUNNING", progress="40", eta=12), tell("DONE")]
    found = world.drive(waited(watch(world, provider)), replies)
    assert found.state is State.SUCCEEDED
    assert world.slept == [2.0, 3.0]  # a thirtieth of 60 s; a quarter of the estimate
    assert world.sent[0].url == "https://api.test/result?task_id=t1"


TROUBLE: list[Answer | Failure] = [
    *(Failure(kind, "") for kind in ("timed out", "disconnected", "not connected")),  # type: ignore[arg-type]
    *(Answer(status, {}) for status in (500, 429, 503)),
    *(Answer(200, {}, content) for content in (b"garbage", b"[]")),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_on_the_way_is_waited_out(
    world: Any, provider: Provider, tell: Callable[..., Answer], trouble: Answer | Failure
) -> None:
    found = world.drive(waited(watch(world, provider)), [trouble] * 12 + [tell("DONE")])
    assert found.state is State.SUCCEEDED
    assert len(world.sent) == 13


@pytest.mark.parametrize("trouble", [Failure("disconnected", "x"), Answer(500, {}), Answer(200, {}, b"garbage")])
def test_but_not_for_ever(world: Any, provider: Provider, trouble: Answer | Failure) -> None:
    with pytest.raises((errors.DeadlineExceeded, errors.ServerError, errors.UnexpectedAnswer)):
        world.drive(waited(watch(world, provider, 100)), [trouble])
    assert world.now <= 100


def test_a_task_without_end_meets_the_deadline(world: Any, provider: Provider, tell: Callable[..., Answer]) -> None:
    with pytest.raises(errors.DeadlineExceeded, match="it goes on"):
        world.drive(waited(watch(world, provider, 100)), [tell("RUNNING")])
    assert world.now <= 100


@pytest.mark.parametrize("timeout", [0.5, 3.0, 100.0])
def test_a_wait_uses_the_time_that_it_has(
    world: Any, provider: Provider, tell: Callable[..., Answer], timeout: float
) -> None:
    with pytest.raises(errors.DeadlineExceeded) as raised:
        world.drive(waited(watch(world, provider, timeout)), [tell("RUNNING")])
    left = min(timeout / 2, 1.0)
    assert timeout - left <= world.now < timeout
    assert f"after {world.now:.3g} s" in str(raised.value)
    assert len(world.sent) == len(world.slept) + 1  # each pause ends with a look


def test_the_default_deadline_is_finite(world: Any) -> None:
    from codegen.runtime.settings import DEFAULT

    settings = world.settings()
    assert settings.wait_limit(90.0, DEFAULT) == 960.0
    assert settings.wait_limit(90.0, None) is None
    assert world.settings(wait_timeout=5.0).wait_limit(90.0, DEFAULT) == 5.0


def test_an_unknown_task_ends_the_wait(world: Any, provider: Provider, say: Callable[..., Answer]) -> None:
    with pytest.raises(errors.TaskNotFound):
        world.drive(waited(watch(world, provider)), [say(400, {"code": "NO_TASK"})])


@pytest.mark.parametrize(("word", "kind"), [("FAILED", errors.TaskFailed), ("GONE", errors.TaskCanceled)])
def test_the_other_ends(
    world: Any, provider: Provider, tell: Callable[..., Answer], word: str, kind: type[errors.TaskError]
) -> None:
    found = world.drive(waited(watch(world, provider)), [tell(word, reason="too dark")])
    assert len(world.sent) == 1
    with pytest.raises(kind, match="too dark"):
        core.ended_well(found)


def test_an_unknown_word_is_reported_once(
    world: Any, provider: Provider, tell: Callable[..., Answer], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "test_kling"):
        found = world.drive(waited(watch(world, provider)), [tell("THINKING")] * 5 + [tell("DONE")])
    assert found.state is State.SUCCEEDED
    assert [line.getMessage() for line in caplog.records] == ["make: the unknown status 'THINKING' counts as running"]


def test_a_task_that_ended_stays_so(world: Any, provider: Provider, tell: Callable[..., Answer]) -> None:
    task = Task(SyncShell(world.settings()), provider.operations["make"], "t1")
    flow = task.stepping(task.watch(60).step())
    assert world.drive(flow, [tell("DONE")]).state is State.SUCCEEDED
    again = world.drive(task.stepping(task.watch(60).step()), [tell("RUNNING", progress=3)])
    assert (again.state, again.status, again.progress) == (State.SUCCEEDED, "RUNNING", 3)
    assert task.state is State.SUCCEEDED


@pytest.mark.parametrize("odd", ["1" + "0" * 400, "NaN", "Infinity", '"nan"', "true", "[]"])
def test_a_number_that_is_none(provider: Provider, odd: str) -> None:
    raw = json.loads(f'{{"task": {{"status": "RUNNING", "progress": {odd}, "eta": {odd}}}}}')
    found = core.snapshot(provider.operations["make"], "t1", raw)
    assert (found.progress, found.eta) == (None, None)
    ended = json.loads(f'{{"videos": [{{"url": "https://x/y", "ttl": {odd}}}]}}')
    assert core.videos(provider.operations["make"], ended) == [("https://x/y", None)]


def test_the_answer_tells_which_operation_made_a_task(world: Any, provider: Provider) -> None:
    made = provider.operations["make"].task
    assert made is not None
    shape = made._replace(polled={**made.polled, "type": (("task", "type"),)})
    names = ("kling_v3_0_pro_i2v", "kling_v3_0_std_i2v")
    operations = {name: replace(provider.operations["make"], id=name, task=shape) for name in names}
    settings = replace(
        world.settings(), provider=provider._replace(operations={**operations, "result": provider.operations["result"]})
    )
    task = Task(SyncShell(settings), operations[names[0]], "t1")
    for said, told in (("KLING_V3.0_STD_I2V", names[1]), ("SOMETHING", names[1])):
        answered = Answer(200, {}, json.dumps({"task": {"status": "RUNNING", "type": said}}).encode())
        assert world.drive(task.stepping(task.watch(60).step()), [answered]).operation == told
    assert task.token == f"{names[1]}:t1"


@pytest.mark.parametrize(
    ("state", "told"), [("RUNNING", "last seen running"), ("DONE", "last seen succeeded"), (None, "not polled yet")]
)
def test_a_note_fits_the_state(
    world: Any,
    provider: Provider,
    tell: Callable[..., Answer],
    state: str | None,
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    task = Task(SyncShell(world.settings()), provider.operations["make"], "t1")
    if state is not None:
        world.drive(task.stepping(task.watch(60).step()), [tell(state)])
    error = KeyboardInterrupt()
    task.told(error)
    assert error.__notes__ == [f"the task is make:t1 ({told}); this token resumes it"]
    assert caplog.text == ""
    task.told(asyncio.CancelledError())  # a task group swallows it, note and all
    assert error.__notes__[0] in caplog.text


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                           lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(
                               ["task", "status", "videos", "url", "ttl", "progress", "eta", "id", "reason"]), part),
                           max_leaves=12)  # fmt: skip


@given(raw=json_values)
def test_no_answer_confuses_the_reader(provider: Provider, raw: Any) -> None:
    found = core.snapshot(provider.operations["make"], "t1", raw)
    assert isinstance(found.state, State)
    core.videos(provider.operations["make"], raw)
