"""The command line of a client: one command for each operation, `resume TOKEN` and `batch FILE.jsonl`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from specs.checks import is_object

from .batch import Progress
from .clients import BaseClient
from .core import Snapshot
from .description import Described, Operation, Provider
from .errors import ClientError, ConfigurationError, InvalidRequest
from .requests import Request, build
from .results import Video, VideoResult
from .tasks import Task

OWN = ("output", "timeout", "validate", "base-url", "no-wait", "poll-interval", "help", "shot")
"""Options of ours; a parameter of the same name is `--param-NAME`."""


def run(client: type[BaseClient], program: str, arguments: Sequence[str] | None = None) -> int:
    """Run one command. Return 0, 1 where the provider or the wire failed, 2 where the request is wrong."""
    provider = client.provider
    options = parser(provider, program).parse_args(arguments)
    try:
        chosen: dict[str, Any] = {} if options.poll_interval is None else {"poll_interval": options.poll_interval}
        with client(base_url=options.base_url, **chosen) as made:
            return int(options.command(made, options))
    except (InvalidRequest, ConfigurationError) as error:
        return _complain(program, error, 2)
    except (ClientError, OSError, ValueError) as error:
        return _complain(program, error, 1)
    except KeyboardInterrupt as error:
        return _complain(program, error, 130)


def _complain(program: str, error: BaseException, status: int) -> int:
    print(f"{program}: {error or 'interrupted'}", file=sys.stderr)
    task = getattr(error, "task", None)
    if task is not None and not (task.snapshot and task.snapshot.ended):
        print(f"the task goes on: {program} resume {task.token}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(note, file=sys.stderr)
    return status


def parser(provider: Provider, program: str) -> argparse.ArgumentParser:
    """Return the parser, made from the contract."""
    found = argparse.ArgumentParser(prog=program, description=_help(provider.title))
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    submits = {name: operation for name, operation in provider.operations.items() if operation.task is not None}
    for name, short in command_names(submits).items():
        operation = submits[name]
        command = commands.add_parser(short, help=_help(operation.summary))
        _common(command)
        _parameters(command, operation)
        command.add_argument("--no-wait", action="store_true", help="submit, print the token and end")
        command.set_defaults(command=_submit, operation=operation)
    command = commands.add_parser("resume", help="wait for a task that was submitted before")
    _common(command)
    command.add_argument("token", help="the task's token or id")
    command.set_defaults(command=_resume)
    command = commands.add_parser("batch", help="run the requests of a file, resumable")
    _common(command)
    command.add_argument("file", type=Path, help='JSON lines: {"operation": …, "parameters": {…}, "output": …}')
    command.add_argument("--concurrency", type=int, default=4, metavar="N")
    command.add_argument("--journal", type=Path, help="(FILE.journal)")
    command.set_defaults(command=_batch)
    return found


def command_names(operations: Iterable[str]) -> dict[str, str]:
    """Return the commands of operations: their ids without the words that all begin with, `pro-i2v` and `std-i2v`."""
    words = {name: re.findall("[a-z0-9]+", name.lower()) for name in operations}
    common = 0
    while len(words) > 1 and len({tuple(parts[: common + 1]) for parts in words.values()}) == 1:
        common += 1
    short = {name: "-".join(parts[common:]) for name, parts in words.items()}
    plain = {name: "-".join(parts) for name, parts in words.items()}
    for names in (short, plain):
        fit = all(re.match("[a-z]", name) for name in names.values()) and not {"resume", "batch"} & set(names.values())
        if fit and len(set(names.values())) == len(names):
            return names
    return {name: f"operation-{number}" for number, name in enumerate(words, 1)}


def _help(text: str) -> str:
    return text.replace("%", "%%")


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the video goes (TASK.mp4)")
    command.add_argument("--timeout", type=float, metavar="SECONDS", help="total time to wait")
    command.add_argument("--poll-interval", type=float, metavar="SECONDS", help=argparse.SUPPRESS)
    command.add_argument("--base-url", metavar="URL", help="another address of the API")


def _parameters(command: argparse.ArgumentParser, operation: Operation) -> None:
    for described in operation.described:
        name = described.pointer[1:].replace("~1", "/").replace("~0", "~")
        if "/" not in described.pointer[1:] and name and all(c.isalnum() or c in "_-" for c in name):
            _parameter(command, operation, described, name)
    if operation.summed is not None and operation.summed.text is not None:
        help_text = "one shot; repeat it for more; without SECONDS the default length counts"
        command.add_argument("--shot", action="append", metavar="SECONDS:PROMPT", help=help_text)


def _parameter(command: argparse.ArgumentParser, operation: Operation, described: Described, name: str) -> None:
    option = name.replace("_", "-")
    flag, limits = f"--param-{option}" if option in OWN else f"--{option}", described.limits
    types = limits.get("type", "string")
    kind = next((each for each in ([types] if isinstance(types, str) else types) if each != "null"), "string")
    said = ", ".join(f"{key} {value}" for key, value in limits.items() if key not in ("type", "enum"))
    more: dict[str, Any] = {"dest": f"={name}", "help": _help(said) or None}
    if kind == "boolean":
        command.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, **more)
    elif described.pointer in operation.media:
        command.add_argument(flag, type=_image, metavar="FILE|URL", **more)
    else:
        values = [value for value in limits.get("enum", ()) if value is not None]
        reading: Any = {"integer": int, "number": float, "array": json.loads, "object": json.loads}.get(kind, str)
        command.add_argument(flag, type=reading, metavar=kind.upper(), choices=values or None, **more)


def _image(text: str) -> str | Path:
    """Take an existing file as a file and everything else as the provider takes it."""
    if text.startswith(("http://", "https://", "data:")) or len(text) > 4096:
        return text
    if not os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a file nor an http(s) URL")
    return Path(text)


def _shot(text: str, operation: Operation) -> dict[str, Any]:
    """Read `3:what happens`; without a number the whole is the prompt."""
    summed, (head, colon, rest) = operation.summed, text.partition(":")
    if summed is None or summed.text is None:
        raise ValueError(f"{operation.id} takes no shots")
    if colon and head.strip().isdigit():
        return {summed.member: int(head), summed.text: rest.strip()}
    return {summed.text: text}


def _given(options: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    given = {name[1:]: value for name, value in vars(options).items() if name.startswith("=") and value is not None}
    if getattr(options, "shot", None) and operation.summed is not None:
        given[operation.summed.array] = [_shot(text, operation) for text in options.shot]
    return given


def _submit(client: BaseClient, options: argparse.Namespace) -> int:
    task = client.submit(build(options.operation, _given(options, options.operation)))
    if options.no_wait:
        print(task.token)
        return 0
    return _finish(task, options)


def _resume(client: BaseClient, options: argparse.Namespace) -> int:
    return _finish(client.task(options.token), options)


def _finish(task: Task, options: argparse.Namespace) -> int:
    bar = Bar(sys.stderr)
    with bar:
        result = task.wait(on_progress=bar.show, **({} if options.timeout is None else {"timeout": options.timeout}))
    print(_save(result, options.output))
    return 0


def _save(result: VideoResult, output: Path | None) -> Path:
    video: Video = result.video
    return video.save(output or Path(f"{''.join(c for c in result.task.id if c.isalnum() or c in '-_')[:80]}.mp4"))


class Bar:
    """A progress bar on a terminal; a line for each new state elsewhere."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.begun, self.last = file, time.monotonic(), ""
        self.live = file.isatty()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.live and self.last:
            print(file=self.file)

    def show(self, found: Snapshot) -> None:
        """Show a snapshot."""
        done = 100.0 if found.state.value == "succeeded" else found.progress
        percent = "" if done is None else f"{min(max(done, 0), 100):3.0f} % "
        line = f"{percent}{found.state}"
        if self.live:
            filled = 0 if done is None else round(min(max(done, 0), 100) * 0.3)
            bar = "█" * filled + "░" * (30 - filled)
            print(f"\r{bar} {line} {time.monotonic() - self.begun:4.0f} s ", end="", file=self.file, flush=True)
        elif found.state != self.last:
            print(line, file=self.file, flush=True)
        self.last = found.state


def _batch(client: BaseClient, options: argparse.Namespace) -> int:
    """Run a file of requests; print a line for each: where its video is, or what went wrong."""
    lines = [line for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    entries = [_entry(line, number, client.provider) for number, line in enumerate(lines, 1)]
    journal = options.journal or options.file.with_suffix(".journal")
    done = 0

    def news(progress: Progress) -> None:
        print(f"{progress.index + 1}: {progress.snapshot.state}", file=sys.stderr, flush=True)

    outcomes = client.run_many(
        (request for request, _ in entries),
        concurrency=options.concurrency,
        journal=journal,
        on_progress=news,
        **({} if options.timeout is None else {"timeout": options.timeout}),
    )
    folder: Path = options.output or Path()
    folder.mkdir(parents=True, exist_ok=True)
    for outcome, (_, output) in zip(outcomes, entries, strict=True):
        target = folder / (output or f"{outcome.index + 1:04}.mp4")
        try:
            print(f"{outcome.index + 1}: {_save(outcome.unwrap(), target) if not target.exists() else target}")
            done += 1
        except ClientError as error:
            print(f"{outcome.index + 1}: {error}")
    return 0 if done == len(entries) else 1


def _entry(line: str, number: int, provider: Provider) -> tuple[Request, str | None]:
    entry: Any = json.loads(line)
    submits = {name: operation for name, operation in provider.operations.items() if operation.task is not None}
    names = {**{short: submits[name] for name, short in command_names(submits).items()}, **submits}
    if not is_object(entry) or not is_object(entry.get("parameters")) or entry.get("operation") not in names:
        raise ValueError(f"line {number}: it needs `parameters` and an `operation`, one of: {', '.join(names)}")
    operation = names[entry["operation"]]
    given = dict(entry["parameters"])
    for pointer in operation.media:
        if isinstance(value := given.get(pointer[1:]), str) and os.path.isfile(value):
            given[pointer[1:]] = Path(value)
    output = entry.get("output")
    if output is not None and (not isinstance(output, str) or Path(output).name != output):
        raise ValueError(f"line {number}: `output` is the name of a file, without folders")
    return build(operation, given), output
