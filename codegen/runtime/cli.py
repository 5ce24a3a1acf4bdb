"""The command line of a client: one command for each operation, `resume TOKEN` and `batch FILE.jsonl`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TextIO, get_args

from specs.checks import is_object

from .batch import End
from .clients import BaseClient
from .core import Snapshot
from .description import Described, Operation, Provider, Summed
from .errors import ClientError, ConfigurationError, InvalidRequest
from .requests import Request, build
from .results import VideoResult
from .settings import DEFAULT, Validate
from .tasks import Task

OWN = ("output", "timeout", "validate", "base-url", "no-wait", "poll-interval", "help", "shot")
"""Options of ours; a parameter of the same name is `--param-NAME`."""


def run(client: type[BaseClient], program: str, arguments: Sequence[str] | None = None) -> int:
    """Run one command. Return 0, 1 where the provider or the wire failed, 2 where the request is wrong, or 130."""
    options = parser(client.provider, program).parse_args(arguments)
    try:
        with client(base_url=options.base_url, poll_interval=options.poll_interval, validate=options.validate) as made:
            return int(options.command(made, options))
    except (ClientError, OSError, ValueError, KeyboardInterrupt) as error:
        print(f"{program}: {_told(error, options)}", file=sys.stderr)
        wrong = isinstance(error, (InvalidRequest, ConfigurationError))
        return 130 if isinstance(error, KeyboardInterrupt) else 2 if wrong else 1


def _told(error: BaseException | None, options: argparse.Namespace) -> str:
    """Return an error with its notes and how to go on."""
    task = options.task or getattr(error, "task", None)
    lines = [str(error) or "interrupted", *getattr(error, "__notes__", ())]
    if task is not None and task.state not in ("failed", "canceled"):
        lines.append(f"to go on: {options.program} resume {task.token}")
    return "\n".join(lines)


def parser(provider: Provider, program: str) -> argparse.ArgumentParser:
    """Return the parser, made from the contract."""
    found = argparse.ArgumentParser(prog=program, description=_help(provider.title))
    found.set_defaults(program=program, task=None, validate="error")
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    submits = {name: operation for name, operation in provider.operations.items() if operation.task is not None}
    for name, short in command_names(submits).items():
        operation = submits[name]
        command = commands.add_parser(short, help=_help(operation.summary))
        _common(command)
        _parameters(command, operation)
        _validate(command)
        command.add_argument("--no-wait", action="store_true", help="submit, print the token and end")
        command.set_defaults(command=_submit, operation=operation)
    command = commands.add_parser("resume", help="wait for a task that was submitted before")
    _common(command)
    command.add_argument("token", help="the task's token or id")
    command.set_defaults(command=_resume)
    command = commands.add_parser("batch", help="run the requests of a file, resumable")
    _common(command, "FOLDER", "folder of the videos, FILE-0001.mp4 and so on")
    _validate(command)
    lines = 'a JSON object a line: {"operation": …, "parameters": {…}, "output": the name of its video, if you like}'
    command.add_argument("file", type=Path, help=lines)
    command.add_argument("--concurrency", type=int, default=4, metavar="N")
    command.add_argument("--journal", type=Path, help="(FILE.journal)")
    again = "submit those anew that ended so in the journal; an unknown one may be paid for twice"
    command.add_argument("--again", action="append", choices=get_args(End), default=[], help=again)
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


def _common(command: argparse.ArgumentParser, output: str = "FILE", where: str = "the video (TASK.mp4)") -> None:
    command.add_argument("-o", "--output", type=Path, metavar=output, help=where)
    command.add_argument("--timeout", type=float, default=DEFAULT, metavar="SECONDS", help="total time to wait")
    command.add_argument("--poll-interval", type=float, metavar="SECONDS", help=argparse.SUPPRESS)
    command.add_argument("--base-url", metavar="URL", help="another address of the API")


def _validate(command: argparse.ArgumentParser) -> None:
    words = "what to do with a request that breaks the contract (error)"
    command.add_argument("--validate", choices=get_args(Validate), default="error", help=words)


def _parameters(command: argparse.ArgumentParser, operation: Operation) -> None:
    for described in operation.described:
        name = described.pointer[1:].replace("~1", "/").replace("~0", "~")
        if "/" not in described.pointer[1:] and name and all(c.isalnum() or c in "_-" for c in name):
            _parameter(command, operation, described, name)
    if operation.summed is not None and operation.summed.text is not None:
        said = "" if operation.summed.default is None else f"; without SECONDS it takes {operation.summed.default:g}"
        said = f"one shot; repeat it for more{said}; needs SECONDS where PROMPT begins with digits and has a colon"
        reading = partial(_shot, operation.summed)
        shots = f"={operation.summed.array}"
        command.add_argument("--shot", action="append", dest=shots, type=reading, metavar="SECONDS:PROMPT", help=said)


def _parameter(command: argparse.ArgumentParser, operation: Operation, described: Described, name: str) -> None:
    option = name.replace("_", "-")
    flag, limits = f"--param-{option}" if option in OWN else f"--{option}", described.limits
    types = limits.get("type", "string")
    kind = next((each for each in ([types] if isinstance(types, str) else types) if each != "null"), "string")
    told = {**limits, **operation.media.get(described.pointer, {})}.items()
    said = ["required"] if described.required else []
    said += [f"{key} {json.dumps(value)}" for key, value in told if key != "type"]
    more: dict[str, Any] = {"dest": f"={name}", "help": _help("; ".join(said)) or None}
    if kind == "boolean":
        command.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, **more)
    elif described.pointer in operation.media:
        command.add_argument(flag, type=_image, metavar="FILE|URL", **more)
    else:
        values = [value for value in limits.get("enum", ()) if value is not None]
        reading: Any = {"integer": int, "number": float, "array": _json, "object": _json}.get(kind, str)
        command.add_argument(flag, type=reading, metavar=kind.upper(), choices=values or None, **more)


def _image(text: str) -> str | Path:
    """Take an existing file as a file and everything else as the provider takes it."""
    if text.startswith(("http://", "https://", "data:")) or len(text) > 4096:
        return text
    if not os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a file nor an http(s) URL")
    return Path(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from None


def _shot(summed: Summed, text: str) -> dict[str, Any]:
    """Read `3:what happens`; what does not begin with a digit, or has no colon, is the prompt."""
    head, colon, rest = (part.strip() for part in text.partition(":"))
    if not colon or not head[:1].isdigit():
        return {str(summed.text): text}
    if not head.isascii() or not head.isdigit():
        raise argparse.ArgumentTypeError(f"{head!r} is no whole number of SECONDS; put them first, as in '5:{text}'")
    return {summed.member: int(head), str(summed.text): rest}


def _submit(client: BaseClient, options: argparse.Namespace) -> int:
    given = {name[1:]: value for name, value in vars(options).items() if name.startswith("=") and value is not None}
    request = build(options.operation, given, options.validate)
    _writable(options.output)
    options.task = client.submit(request)
    if options.no_wait:
        print(options.task.token, flush=True)
        return 0
    Bar(sys.stderr).put(f"{options.task.token}\n")
    return _finish(options)


def _resume(client: BaseClient, options: argparse.Namespace) -> int:
    _writable(options.output)
    options.task = client.task(options.token)
    return _finish(options)


def _writable(output: Path | None) -> None:
    """Look before anything is paid for."""
    output = output or Path("video.mp4")
    if output.is_dir() or not os.access(output.parent, os.W_OK):
        raise ConfigurationError(f"no file can be written as {output}")


def _finish(options: argparse.Namespace) -> int:
    task: Task = options.task
    name = f"{''.join(c for c in task.id if c.isalnum() or c in '-_')[:80]}.mp4"
    with Bar(sys.stderr) as bar:
        result = task.wait(on_progress=bar.task, timeout=options.timeout)
        path = result.video.save(options.output or name, on_bytes=bar.bytes)
    print(path)
    return 0


class Bar:
    """A progress bar on a terminal; a line for each new text elsewhere."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.begun, self.said = file, time.monotonic(), set[str]()
        self.live = file.isatty()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.live and self.said:
            self.put("\n")

    def put(self, text: str) -> None:
        """Print a text; what cannot be told stops nothing."""
        with suppress(OSError):
            print(text, end="", file=self.file, flush=True)

    def show(self, text: str, percent: float | None) -> None:
        """Show a text and how much of it is done."""
        done = min(max(percent or 0, 0), 100)
        line = text if percent is None else f"{done:3.0f} % {text}"
        if self.live:
            bar = f"{'█' * round(done * 0.3):░<30}"
            self.put(f"\r{bar} {line:<24} {time.monotonic() - self.begun:4.0f} s ")
        elif text not in self.said:
            self.put(f"{line}\n")
        self.said.add(text)

    def task(self, found: Snapshot, name: str = "") -> None:
        """Show a snapshot."""
        self.show(f"{name}{found.state}", 100.0 if found.state == "succeeded" else found.progress)

    def bytes(self, received: int, length: int | None, name: str = "") -> None:
        """Show a download."""
        self.show(f"{name}saving", 100 * received / length if length else None)


def _batch(client: BaseClient, options: argparse.Namespace) -> int:
    """Run a file of requests; print a line for each: where its video is, or what went wrong."""
    folder: Path = options.output or Path()
    entries = _entries(client.provider, options)
    folder.mkdir(parents=True, exist_ok=True)
    _writable(folder / "video.mp4")
    taken = {folder / name for _, name in entries}

    def save(index: int, result: VideoResult) -> Path:
        target = folder / entries[index][1]
        names = (target.with_stem(f"{target.stem}-{number}" if number > 1 else target.stem) for number in count(1))
        others = taken - {target}  # what they or another journal wrote stays as it is
        free = next(path for path in names if path not in others and not path.exists())
        return result.video.save(free, on_bytes=partial(bar.bytes, name=f"{index + 1}: "))

    with Bar(sys.stderr) as bar:
        outcomes = client.run_many(
            (request for request, _ in entries), concurrency=options.concurrency, timeout=options.timeout,
            journal=options.journal or options.file.with_suffix(".journal"), again=options.again,
            on_progress=lambda news: bar.task(news.snapshot, f"{news.index + 1}: "), on_result=save,
        )  # fmt: skip
    for outcome in outcomes:
        print(f"{outcome.index + 1}: {outcome.saved or _told(outcome.error, options)}")
    return 0 if all(outcome.saved for outcome in outcomes) else 1


def _entries(provider: Provider, options: argparse.Namespace) -> list[tuple[Request, str]]:
    """Return the requests of a file and the names of their videos. Raises ConfigurationError with the line's number."""
    found: dict[str, Request] = {}
    for number, line in enumerate(options.file.read_text(encoding="utf-8").split("\n"), 1):
        try:
            if line.strip():
                request, output = _entry(line, provider, options.validate)
                name = output or f"{options.file.stem}-{len(found) + 1:04}.mp4"
                if found.setdefault(name, request) is not request:
                    raise ValueError(f"an earlier line has the output {name}")
        except (ValueError, TypeError, OSError, argparse.ArgumentTypeError) as error:
            raise ConfigurationError(f"{options.file}, line {number}: {error}") from error
    return [(request, name) for name, request in found.items()]


def _entry(line: str, provider: Provider, validate: Validate) -> tuple[Request, str | None]:
    entry: Any = json.loads(line)
    submits = {name: operation for name, operation in provider.operations.items() if operation.task is not None}
    names = {**{short: submits[name] for name, short in command_names(submits).items()}, **submits}
    if not is_object(entry) or not is_object(entry.get("parameters")) or entry.get("operation") not in names:
        raise ValueError(f"it needs `parameters` and an `operation`, one of: {', '.join(names)}")
    operation = names[entry["operation"]]
    given = dict(entry["parameters"])
    for pointer in operation.media:
        if isinstance(value := given.get(pointer[1:]), str):
            given[pointer[1:]] = _image(value)
    output = entry.get("output")
    if output is not None and (not isinstance(output, str) or Path(output).name != output):
        raise ValueError("`output` is the name of a file, without folders")
    return build(operation, given, validate), output
