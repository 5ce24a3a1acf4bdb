"""The journal: what a run left behind decides what the next one does."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.runtime import errors
from codegen.runtime.batch import Batch, End, Journal, Outcome
from codegen.runtime.description import Provider
from codegen.runtime.effects import Answer, Failure, Send
from codegen.runtime.lifecycle import State
from codegen.runtime.requests import Request
from codegen.runtime.results import VideoResult
from codegen.runtime.settings import DEFAULT, Settings
from codegen.runtime.tasks import Task
from codegen.runtime.wire import SyncShell


def ended(
    world: Any, request: Request, path: Path, replies: list[Any], *, again: tuple[End, ...] = (), on_result: Any = None
) -> Outcome[VideoResult]:
    settings = world.settings()
    with Journal(path, settings) as journal:
        batch = Batch[VideoResult](journal, 1, None, on_result, DEFAULT, again)
        task = Task(SyncShell(settings), request.operation, "")
        flow = batch.one(0, journal.key(request), request, task, VideoResult)
        return world.drive(flow, replies)  # type: ignore[no-any-return]


def run(world: Any, request: Request, path: Path, replies: list[Any], **more: Any) -> VideoResult:
    return ended(world, request, path, replies, **more).unwrap()


def steps(path: Path) -> list[str]:
    lines = [json.loads(line) for line in path.read_text().splitlines() if line]
    assert lines[0]["server"] == "test at https://api.test"
    return [line["step"] for line in lines[1:]]


def posts(world: Any) -> int:
    return sum(sent.method == "POST" for sent in world.sent)


def test_a_run_writes_before_and_after_each_submit(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path = tmp_path / "runs.jsonl"
    found = run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    assert steps(path) == ["sending", "accepted", "ended"]
    assert (found.task.token, found.snapshot.state) == ("make:t1", State.SUCCEEDED)
    # once more: everything is known, nothing is sent
    again = run(world, request_, path, [Failure("disconnected", "nothing may be asked")])
    assert again.raw == found.raw
    assert posts(world) == 1
    assert len(world.sent) == 2


@pytest.mark.parametrize("keep", range(4))
@pytest.mark.parametrize("torn", [0, 20, 90, 150])
def test_whatever_is_left_of_the_journal_nothing_is_sent_twice(
    world: Any,
    request_: Request,
    tmp_path: Path,
    say: Callable[..., Answer],
    tell: Callable[..., Answer],
    keep: int,
    torn: int,
) -> None:
    path = tmp_path / "runs.jsonl"
    run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    head, *lines = path.read_bytes().splitlines(True)
    path.write_bytes(head + b"".join(lines[:keep]) + (lines[keep][:torn] if keep < 3 else b""))
    before = posts(world)
    if keep == 0 and torn < 90:  # nothing says that it was sent
        run(world, request_, path, [say(200, {"task_id": "t2"}), tell("DONE")])
        assert posts(world) == before + 1
        return
    for _ in range(2):  # what was torn means the same when it stands in the middle
        if keep < 2:
            with pytest.raises(errors.SubmitOutcomeUnknown, match="an earlier run"):
                run(world, request_, path, [])
        else:
            assert run(world, request_, path, [tell("DONE")]).task.id == "t1"
        with Journal(path, world.settings()) as journal:
            journal.write(f"{'0' * 64}-1", "refused")
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


@pytest.mark.parametrize("end", ["failed", "unknown"])
def test_an_end_without_a_result_is_tried_again_where_that_is_asked_for(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer], end: End
) -> None:
    path, kind = tmp_path / "runs.jsonl", {"failed": errors.TaskFailed, "unknown": errors.SubmitOutcomeUnknown}[end]
    first = [say(200, {"task_id": "t1"}), tell("FAILED")] if end == "failed" else [Failure("timed out", "no answer")]
    for again in ((), ("canceled",)):
        with pytest.raises(kind):
            run(world, request_, path, first, again=again)
    assert posts(world) == 1
    replies = [say(200, {"task_id": "t2"}), tell("DONE")]
    assert run(world, request_, path, replies, again=(end,)).task.id == "t2"
    assert run(world, request_, path, [], again=(end,)).task.id == "t2"
    assert posts(world) == 2
    with pytest.raises(errors.ConfigurationError, match="no end 'succeeded'"):
        run(world, request_, path, [], again=("succeeded",))


def test_a_saved_result_is_not_saved_again_while_its_file_is_there(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path, target, seen = tmp_path / "runs.jsonl", tmp_path / "v.mp4", list[int]()

    def save(index: int, result: VideoResult) -> Path:
        seen.append(index)
        target.write_text(result.task.id)
        return target

    for _ in range(2):
        run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")], on_result=save)
    assert (seen, steps(path)[-1]) == ([0], "saved")
    target.unlink()
    run(world, request_, path, [], on_result=save)
    assert (seen, target.read_text()) == ([0, 0], "t1")


def test_a_journal_is_of_one_server(world: Any, tmp_path: Path) -> None:
    path, settings = tmp_path / "runs.jsonl", world.settings()
    with Journal(path, settings):
        pass
    other = dataclasses.replace(settings, base_url="http://localhost:8000")
    for _ in range(2):  # and whoever is refused lets go of it
        with pytest.raises(errors.ConfigurationError, match=r"test at https://api.test.*test at http://localhost:8000"):
            Journal(path, other).__enter__()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"key": "k", "step": "accepted", "at": "2026-01-01T00:00:00Z"}', "line 2 .* lacks id"),
        ('{"key": "k", "step": "sending"}', "line 2 .* lacks at"),
        ('{"key": "k", "step": "sending", "at": "yesterday"}', "line 2 .*isoformat"),
        ('{"key": "k", "step": "dreamt", "at": "2026-01-01T00:00:00Z"}', "line 2 .* lacks a known step"),
        ('{"key": [], "step": "sending", "at": "2026-01-01T00:00:00Z"}', "line 2 .*unhashable"),
    ],
)
def test_a_line_that_says_too_little_is_named(world: Any, tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "runs.jsonl"
    with Journal(path, world.settings()):
        pass
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(errors.ConfigurationError, match=problem):
        Journal(path, world.settings()).__enter__()


class Disk:
    """A disk that takes so many more bytes, and of each write at most `piece`."""

    def __init__(self, room: int, piece: int = 1 << 20) -> None:
        self.room, self.piece, self.write = room, piece, os.write

    def __call__(self, file: int, data: bytes) -> int:
        size = min(len(data), self.piece, self.room)
        if not size:
            raise OSError(28, "No space left on device")
        self.room -= size
        return self.write(file, data[:size])


@pytest.mark.parametrize("written", range(0, 700, 13))
def test_a_disk_that_fills_up_makes_nothing_paid_twice(
    world: Any, request_: Request, tmp_path: Path, say: Any, tell: Any, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, end = tmp_path / "runs.jsonl", [tell("DONE")]
    with monkeypatch.context() as patched, suppress(OSError):  # the head of the journal may not fit
        patched.setattr(os, "write", Disk(written, 50))
        error = ended(world, request_, path, [say(200, {"task_id": "t1"}), *end]).error
        assert error is None or "No space left" in str(error)
        if error is not None and posts(world):
            assert vars(error)["task"].id == "t1"
            assert "make:t1" in "".join(error.__notes__)
    paid, known = posts(world), path.read_text()
    assert known == "" or known.endswith("\n")
    replies = end if '"accepted"' in known else [say(200, {"task_id": "t2"}), *end]
    error = ended(world, request_, path, replies).error
    assert error is None or (isinstance(error, errors.SubmitOutcomeUnknown) and paid == 1)
    assert posts(world) == 1
    assert steps(path)


def test_an_unknown_outcome_stays_one_when_the_disk_is_full(
    world: Any, request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.jsonl"

    def full(_: Send) -> Failure:
        monkeypatch.setattr(os, "write", Disk(0))
        return Failure("timed out", "no answer")

    with pytest.raises(errors.SubmitOutcomeUnknown) as raised:
        run(world, request_, path, [full])
    assert "journal could not be written" in raised.value.__notes__[0]
    monkeypatch.undo()
    with pytest.raises(errors.SubmitOutcomeUnknown):
        run(world, request_, path, [])
    assert posts(world) == 1


def test_equal_requests_are_told_apart(request_: Request, world: Any) -> None:
    with Journal(None, world.settings()) as journal:
        assert journal.key(request_) != journal.key(request_)


def test_one_process_at_a_time(world: Any, tmp_path: Path) -> None:
    path, settings = tmp_path / "runs.jsonl", world.settings()
    with Journal(path, settings), pytest.raises(errors.ConfigurationError, match="in use"), Journal(path, settings):
        pass
    with Journal(path, settings):
        pass


@given(torn=st.integers(0, 400), more=st.integers(0, 3))
def test_a_torn_line_ends_no_journal(
    torn: int, more: int, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, settings = tmp_path_factory.mktemp("j") / "runs.jsonl", Settings(provider, None, "https://api.test")
    for number in range(more + 1):
        with Journal(path, settings) as journal:
            journal.write(f"{number}" * 64 + "-1", "sending")
        path.write_bytes(path.read_bytes()[: -1 - torn] or b"")
    with Journal(path, settings) as journal:
        assert {entry["step"] for entry in journal.known.values()} <= {"unknown"}
        journal.write("k", "accepted", id="t1")
    with Journal(path, settings) as journal:
        assert journal.known["k"]["step"] == "accepted"


@given(garbage=st.binary(min_size=1, max_size=80).filter(lambda data: data[:1] not in (b"{", b"\r", b"\n")))
def test_what_is_no_journal_is_not_taken_for_an_empty_one(
    garbage: bytes, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, settings = tmp_path_factory.mktemp("j") / "runs.jsonl", Settings(provider, None, "https://api.test")
    path.write_bytes(garbage)
    with pytest.raises(errors.ConfigurationError, match="line 1 of the journal"):
        Journal(path, settings).__enter__()
    assert path.read_bytes() == garbage


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda data: data.decode().encode("utf-16"), 2),
        (gzip.compress, 1),
        (lambda data: data + bytes(200), 5),
        (lambda data: b"\n".join(json.dumps(json.loads(one), indent=1).encode() for one in data.splitlines()), 2),
    ],
    ids=["UTF-16", "gzip", "a tail of NULs", "pretty"],
)
def test_a_journal_that_cannot_be_read_pays_for_nothing_again(
    world: Any, request_: Request, tmp_path: Path, say: Any, tell: Any, damage: Callable[[bytes], bytes], line: int
) -> None:
    path = tmp_path / "runs.jsonl"
    run(world, request_, path, [say(200, {"task_id": "t1"}), tell("DONE")])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(errors.ConfigurationError, match=f"line {line} of the journal"):
        run(world, request_, path, [])
    assert posts(world) == 1


def test_a_task_that_is_gone_can_be_submitted_again(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path, gone = tmp_path / "runs.jsonl", say(404, {"code": "NO_TASK"})
    with pytest.raises(errors.TaskNotFound):
        run(world, request_, path, [say(200, {"task_id": "t1"}), gone])
    assert steps(path)[-1] == "ended"
    with pytest.raises(errors.TaskNotFound):  # it is asked for once more
        run(world, request_, path, [gone])
    assert run(world, request_, path, [tell("DONE")]).task.id == "t1"
    assert run(world, request_, path, [], again=("gone",)).task.id == "t1"  # it was found again


def test_a_task_that_stays_gone_is_paid_for_again_where_that_is_asked_for(
    world: Any, request_: Request, tmp_path: Path, say: Callable[..., Answer], tell: Callable[..., Answer]
) -> None:
    path = tmp_path / "runs.jsonl"
    with pytest.raises(errors.TaskNotFound):
        run(world, request_, path, [say(200, {"task_id": "t1"}), say(404, {"code": "NO_TASK"})])
    assert run(world, request_, path, [say(200, {"task_id": "t2"}), tell("DONE")], again=("gone",)).task.id == "t2"
    assert posts(world) == 2


def test_a_closed_journal_takes_no_line(world: Any, tmp_path: Path) -> None:
    with Journal(tmp_path / "runs.jsonl", world.settings()) as journal:
        pass
    with pytest.raises(OSError, match="Bad file descriptor"):
        journal.write("k", "sending")


def test_a_task_knows_its_token_everywhere(provider: Provider) -> None:
    from codegen.runtime.tasks import route

    assert route(provider.operations, "make:a:b", None)[1] == "a:b"
    assert route(provider.operations, "plain", None)[0].id == "make"
    assert route(provider.operations, "plain", "make")[0].id == "make"
    with pytest.raises(ValueError, match="no operation"):
        route(provider.operations, "plain", "result")
    with pytest.raises(ValueError, match="needed"):
        route(provider.operations, "", None)
