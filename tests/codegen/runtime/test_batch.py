"""The journal: what a run left behind decides what the next one does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.runtime import errors
from codegen.runtime.batch import Journal, one
from codegen.runtime.description import Provider
from codegen.runtime.effects import Answer, Failure
from codegen.runtime.lifecycle import State
from codegen.runtime.requests import Request
from codegen.runtime.settings import DEFAULT
from codegen.runtime.tasks import Task
from codegen.runtime.wire import SyncShell


def run(world: Any, request: Request, path: Path, replies: list[Answer | Failure]) -> Any:
    def make(given: Request, task_id: str) -> Task:
        return Task(SyncShell(world.settings()), given.operation, task_id)

    with Journal(path) as journal:
        return world.drive(one(make, request, 0, journal, None, DEFAULT), replies)


def steps(path: Path) -> list[str]:
    return [json.loads(line)["step"] for line in path.read_text().splitlines()]


def posts(world: Any) -> int:
    return sum(sent.method == "POST" for sent in world.sent)


def test_a_run_writes_before_and_after_each_submit(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path = tmp_path / "runs.jsonl"
    task, found = run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    assert steps(path) == ["sending", "accepted", "ended"]
    assert (task.token, found.state) == ("make:t1", State.SUCCEEDED)
    # once more: everything is known, nothing is sent
    again = run(world, request_, path, [Failure("disconnected", "nothing may be asked")])
    assert again[1].raw == found.raw
    assert posts(world) == 1
    assert len(world.sent) == 2


@pytest.mark.parametrize("keep", range(4))
def test_whatever_is_left_of_the_journal_nothing_is_sent_twice(
    world: Any,
    request_: Request,
    tmp_path: Path,
    say: Callable[..., Answer],
    tell: Callable[..., Answer],
    keep: int,
) -> None:
    path = tmp_path / "runs.jsonl"
    run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join(lines[:keep]) + (lines[keep][:20] if keep < 3 else b""))
    before = posts(world)
    if keep == 0:
        run(world, request_, path, [say(200, {"task_id": "t2"}), tell("DONE")])
        assert posts(world) == before + 1
    elif keep == 1:
        with pytest.raises(errors.SubmitOutcomeUnknown, match="an earlier run"):
            run(world, request_, path, [])
        assert posts(world) == before
    else:
        task, _ = run(world, request_, path, [tell("DONE")])
        assert task.id == "t1"
        assert posts(world) == before


def test_what_was_refused_may_be_sent_again(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path = tmp_path / "runs.jsonl"
    with pytest.raises(errors.InsufficientBalance):
        run(world, request_, path, [say(400, {"code": "NO_MONEY"})])
    run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    assert steps(path) == ["sending", "refused", "sending", "accepted", "ended"]


def test_a_failed_task_is_not_paid_for_again(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path = tmp_path / "runs.jsonl"
    for replies in ([say(200, {"task_id": "t1"}), tell("FAILED", reason="dark")], []):
        with pytest.raises(errors.TaskFailed, match="dark") as raised:
            run(world, request_, path, replies)
        assert raised.value.task is not None
    assert posts(world) == 1


def test_equal_requests_are_told_apart(request_: Request, tmp_path: Path) -> None:
    with Journal(tmp_path / "runs.jsonl") as journal:
        assert journal.key(request_) != journal.key(request_)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    with Journal(path), pytest.raises(errors.ConfigurationError, match="in use"), Journal(path):
        pass
    with Journal(path):
        pass


@given(garbage=st.binary(max_size=80))
def test_a_damaged_journal_is_read_as_far_as_it_can_be(
    garbage: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("j") / "runs.jsonl"
    path.write_bytes(garbage)
    with Journal(path) as journal:
        journal.write("k", "sending")
    with Journal(path) as journal:
        assert journal.known["k"]["step"] == "sending"


def test_a_task_knows_its_token_everywhere(provider: Provider) -> None:
    from codegen.runtime.tasks import route

    assert route(provider.operations, "make:a:b", None)[1] == "a:b"
    assert route(provider.operations, "plain", None)[0].id == "make"
    assert route(provider.operations, "plain", "make")[0].id == "make"
    with pytest.raises(ValueError, match="no operation"):
        route(provider.operations, "plain", "result")
    with pytest.raises(ValueError, match="needed"):
        route(provider.operations, "", None)
