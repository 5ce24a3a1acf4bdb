"""The command line of a client: nothing is paid before it can be kept, no file is another's, hints are commands."""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

URL = "https://example.com/a.png"
SINGLE = ["pro-i2v", "--image", URL, "--prompt", "boat", "--poll-interval", "0"]
Command = Callable[..., int]


@pytest.fixture
def command(novita: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command of the client in an empty folder."""
    monkeypatch.setenv("NOVITA_API_KEY", "a-secret-key")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        return int(importlib.import_module(f"{novita.__name__}.__main__").main(arguments))

    return run


def lines(path: Path, *entries: Any) -> str:
    path.write_text("\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries))
    return str(path)


def entry(prompt: str, **more: Any) -> dict[str, Any]:
    return {"operation": "pro-i2v", "parameters": {"image": URL, "prompt": prompt}, **more}


def batch(file: str, *more: str) -> list[str]:
    return ["batch", file, "--poll-interval", "0", *more]


def test_videos_of_another_batch_are_neither_claimed_nor_overwritten(
    command: Command, make_fake: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_fake("novita")
    served(fake)
    for name in ("a", "b"):
        assert command(*batch(lines(tmp_path / f"{name}.jsonl", entry(f"{name} 1"), entry(f"{name} 2")))) == 0
        assert "1: saving" in capsys.readouterr().err
    assert {path.name for path in tmp_path.glob("*.mp4")} == {f"{name}-000{n}.mp4" for name in "ab" for n in (1, 2)}
    (tmp_path / "c-0001.mp4").write_text("mine")
    capsys.readouterr()
    for _ in range(2):
        assert command(*batch(lines(tmp_path / "c.jsonl", entry("c 1")))) == 0
        assert capsys.readouterr().out.splitlines() == [f"1: {tmp_path / 'c-0001-2.mp4'}"]
    assert (tmp_path / "c-0001.mp4").read_text() == "mine"
    assert fake.posts() == 5


def test_a_failed_task_is_no_video_though_a_file_is_there(
    command: Command, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posts = list[str]()

    def failing(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            posts.append("one")
            return httpx.Response(200, json={"task_id": "t1"})
        return httpx.Response(200, json={"task": {"task_id": "t1", "status": "TASK_STATUS_FAILED", "reason": "dark"}})

    served(failing)
    (tmp_path / "mine.mp4").write_text("mine")
    file = lines(tmp_path / "a.jsonl", entry("boat", output="mine.mp4"))
    for more, paid in (([], 1), ([], 1), (["--again", "failed"], 2)):
        assert command(*batch(file, *more)) == 1
        assert "dark" in capsys.readouterr().out
        assert len(posts) == paid


def test_wrong_lines_are_named_before_anything_is_sent(
    command: Command, make_fake: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_fake("novita")
    served(fake)
    good = entry("boat\u2028sea")
    for wrong, word in (
        ("{", "line 3"),
        ("[]", "line 3: it needs"),
        ({**good, "operation": []}, "line 3"),
        ({**good, "parameters": {"image": URL, "duration": 99}}, "line 3.*duration"),
        ({**good, "output": "a/b.mp4"}, "line 3.*without folders"),
        ({**good, "output": "b-0001.mp4"}, "line 3.*earlier line"),
    ):
        text = json.dumps(good, ensure_ascii=False)
        assert command(*batch(lines(tmp_path / "b.jsonl", text, "", wrong))) == 2
        shown = capsys.readouterr().err.replace("\n", " ")
        assert word.partition(".*")[0] in shown
        assert word.rpartition(".*")[2] in shown
    assert fake.requests == []


def test_where_no_file_can_be_written_nothing_is_sent(
    command: Command, make_fake: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_fake("novita")
    served(fake)
    for wrong in ("nowhere/out.mp4", "."):
        assert command(*SINGLE, "-o", wrong) == 2
        assert "no file can be written" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert command(*batch(lines(tmp_path / "b.jsonl", entry("boat")), "-o", "file")) != 0
    assert fake.requests == []


def test_the_token_is_told_before_the_wait_and_hints_are_commands(
    command: Command, served: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"task_id": "t1"})
        assert capsys.readouterr().err == "kling_v3_0_pro_i2v:t1\n"
        raise KeyboardInterrupt

    served(handler)
    assert command(*SINGLE) == 130
    shown = capsys.readouterr().err
    assert shown.startswith("novita-kling: interrupted\n")
    assert shown.endswith("novita-kling resume kling_v3_0_pro_i2v:t1\n")
    assert "client." not in shown

    def hanging(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    served(hanging)
    assert command(*SINGLE) == 130
    assert "may have been accepted" in " ".join(capsys.readouterr().err.split())


def test_a_save_that_fails_says_how_to_go_on(
    command: Command, make_fake: Any, served: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served(make_fake("novita"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert command(*SINGLE, "-o", "a.mp4") == 1
    shown = capsys.readouterr().err
    assert "No space left" in shown
    assert "novita-kling resume kling_v3_0_pro_i2v:t" in shown


class Full(io.StringIO):
    """A stream that takes nothing, as a full disk or a closed pipe."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_token_that_cannot_be_printed_is_not_lost(
    command: Command, make_fake: Any, served: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served(make_fake("novita"))
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", Full())
        assert command(*SINGLE, "--no-wait") == 1
    assert "to go on: novita-kling resume kling_v3_0_pro_i2v:t1" in capsys.readouterr().err
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", Full())
        assert command(*SINGLE, "-o", "a.mp4") == 0
    assert capsys.readouterr().out == "a.mp4\n"


def test_a_batch_tells_the_token_of_what_its_journal_could_not_take(
    command: Command, make_fake: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    served(make_fake("novita"))
    write = os.write

    def full(file: int, data: bytes) -> int:
        if b'"accepted"' in data:
            raise OSError(28, "No space left on device")
        return write(file, data)

    monkeypatch.setattr("os.write", full)
    assert command(*batch(lines(tmp_path / "a.jsonl", entry("boat")))) == 1
    shown = capsys.readouterr().out
    assert "1: [Errno 28] No space left on device\n" in shown
    assert "to go on: novita-kling resume kling_v3_0_pro_i2v:t1\n" in shown


def test_no_video_takes_the_name_of_another_one(
    command: Command, make_fake: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served(make_fake("novita"))
    (tmp_path / "a.mp4").write_text("mine")
    file = lines(tmp_path / "x.jsonl", entry("one", output="a.mp4"), entry("two", output="a-2.mp4"))
    assert command(*batch(file, "--concurrency", "1")) == 0
    assert capsys.readouterr().out.splitlines() == [f"1: {tmp_path / 'a-3.mp4'}", f"2: {tmp_path / 'a-2.mp4'}"]


def test_an_image_that_is_not_there_is_named(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"operation": "pro-i2v", "parameters": {"image": "missing.png", "prompt": "boat"}}
    assert command(*batch(lines(tmp_path / "a.jsonl", wrong))) == 2
    assert "line 1: 'missing.png' is neither a file nor an http(s) URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shot", "read"),
    [
        ("3:a boat", {"duration": 3, "prompt": "a boat"}),
        (" 3 : a boat: sinks", {"duration": 3, "prompt": "a boat: sinks"}),
        ("a boat: sinks", {"prompt": "a boat: sinks"}),
        ("3 boats", {"prompt": "3 boats"}),
        ("3s:one", None),
        ("3.5:two", None),
        ("²:x", None),
        ("3 boats: a race", None),
    ],
)
def test_shots(
    command: Command, make_fake: Any, served: Any, capsys: pytest.CaptureFixture[str], shot: str, read: Any
) -> None:
    fake = make_fake("novita")
    served(fake)
    arguments = ["pro-i2v", "--image", URL, "--shot", shot, "--no-wait"]
    if read is None:
        with pytest.raises(SystemExit, match="2"):
            command(*arguments)
        assert "SECONDS" in capsys.readouterr().err
        assert fake.requests == []
    else:
        assert command(*arguments) == 0
        assert json.loads(fake.requests[0].content)["multi_prompt"] == [read]


def test_help_says_what_is_required_and_what_a_file_may_be(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        command("pro-i2v", "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "--image FILE|URL required; " in shown
    assert 'formats ["jpeg", "png"]' in shown
    assert "without SECONDS it takes 5" in shown
    with pytest.raises(SystemExit, match="0"):
        command("batch", "--help")
    assert "-o FOLDER" in capsys.readouterr().out


def test_shots_whose_length_is_required_have_no_default_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "generated" / "mulerouter"))
    main = importlib.import_module("mulerouter_kling.__main__").main
    names = importlib.import_module("mulerouter_kling._runtime.cli").command_names
    provider = importlib.import_module("mulerouter_kling.description").PROVIDER
    submits = [name for name, found in provider.operations.items() if found.task is not None]
    with pytest.raises(SystemExit, match="0"):
        main([names(submits)[submits[0]], "--help"])
    shown = capsys.readouterr().out
    assert "--shot" in shown
    assert "without SECONDS" not in shown


def test_what_is_no_json_is_told_so(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command("pro-i2v", "--image", URL, "--multi-prompt", "no json")
    assert "'no json' is no JSON" in capsys.readouterr().err


def test_a_request_can_be_sent_against_the_rules(
    command: Command, make_fake: Any, served: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_fake("novita")
    served(fake)
    wrong = ["pro-i2v", "--image", URL, "--prompt", "boat", "--duration", "99", "--no-wait"]
    assert command(*wrong) == 2
    assert command(*wrong, "--validate", "off") == 0
    assert fake.posts() == 1
    assert "duration.maximum" in capsys.readouterr().err
