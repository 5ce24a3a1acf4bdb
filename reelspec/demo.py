"""`reelspec demo`: the whole loop on this machine, free of charge.

Clients are generated anew, a mock of every provider is served over HTTP, and each client makes a video of one shot, one
between a first and a last frame, and one of several shots; then one request for each kind of rule is refused before it
leaves. Nothing in here knows a provider: contracts say what an operation takes.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import specs
from contract import Goal, Simplest, breaking, draw_body, plan
from mockserver import Clock, MockServer
from specs import Contract, Operation, ReelspecError, Rule
from specs.rules.formula import ABSENT
from specs.rules.model import KINDS

KEY = "demo-key"
SPEED = 120
"""Seconds of the mock for each real one."""
SHOTS = (("A fox walks through fresh snow", 3), ("The fox stops and looks up", 4), ("A train passes far below", 3))
LAST_FRAME = "https://images.example/last.png"
"""For providers that take a URL only; the mock fetches nothing and draws a placeholder."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A request of the demo: what it shows, and the parameters for one operation."""

    name: str
    operation: Operation
    parameters: Mapping[str, Any]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("-o", "--output", type=Path, default=Path("demo-output"), metavar="DIR", help="(%(default)s)")
    parser.add_argument("--clients", type=Path, default=Path("generated"), metavar="DIR", help="(%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Run the demo; return 0 where every video came and every broken rule was refused."""
    console = Console(highlight=False)
    started = time.monotonic()
    options.output.mkdir(parents=True, exist_ok=True)
    names = specs.providers()

    console.rule("[bold]1. clients from specs")
    generate = importlib.import_module("codegen.commands.generate")
    parser = argparse.ArgumentParser()
    generate.configure(parser)
    generate.run(parser.parse_args([*names, "--output", str(options.clients)]))

    console.rule("[bold]2. videos from a mock of each provider")
    videos, frames = 0, _frames(options.output)
    with MockServer(*names, clock=Clock(SPEED)) as mock:
        console.print(f"mock of {len(names)} providers at {mock.url}, {SPEED} times as fast as time")
        for name in names:
            package = load_client(options.clients, specs.load(name))
            videos += _videos(console, package, specs.load(name), mock.urls[name], frames, options.output)
        submits = len(mock.journal.submits)

        console.rule("[bold]3. one broken rule of each kind, refused before anything is sent")
        refused = sum(_refusal(console, options.clients, *found) for found in _one_of_each_kind(names, mock.urls))
        sent = len(mock.journal.submits) - submits

    console.rule()
    console.print(
        f"{videos} videos in {options.output}/, {refused} requests refused by the clients, {sent} of them sent,"
        f" {time.monotonic() - started:.0f} s",
        soft_wrap=True,
    )
    return 0 if sent == 0 else 1


def load_client(folder: Path, contract: Contract) -> Any:
    """Import the generated package of a provider. Raises ReelspecError where it is not there."""
    package = contract.document["info"].get("x-package", f"{contract.provider}_kling")
    home = folder / contract.provider
    if not (home / package).is_dir():
        raise ReelspecError(str(home), "there is no generated client", f"run `reelspec generate {contract.provider}`")
    if str(home.resolve()) not in sys.path:
        sys.path.insert(0, str(home.resolve()))
    return importlib.import_module(package)


def scenes(contract: Contract, frames: tuple[Path, Path]) -> Iterator[Scene]:
    """Yield a video of one shot, one between two frames and one of several shots, spread over the operations."""
    submits = contract.submits
    for number, (name, roles) in enumerate(
        (("one shot", ("first_frame",)), ("two frames", ("first_frame", "last_frame")), ("shots", ("first_frame",)))
    ):
        operation = submits[number % len(submits)]
        yield Scene(name, operation, _parameters(operation, roles, frames, shots=name == "shots"))


def _parameters(
    operation: Operation, roles: tuple[str, ...], frames: tuple[Path, Path], *, shots: bool
) -> dict[str, Any]:
    """Return the first of a few plain ways to ask for the video that the contract accepts."""
    video = operation.task.video if operation.task else {}
    name = {role: pointer.rpartition("/")[2] for role, pointer in video.items()}
    found: dict[str, Any] = {name["duration"]: sum(seconds for _, seconds in SHOTS) if shots else 5}
    for role, frame in zip(roles, frames, strict=False):
        found[name[role]] = frame if "base64" in _encodings(operation, video[role]) else LAST_FRAME
    if shots:
        found[name["shots"]] = [{name["shot_prompt"]: p, name["shot_duration"]: s} for p, s in SHOTS]
    prompt = {name["prompt"]: "A fox in the snow, handheld camera, soft wind"}
    for extra in (prompt, {}, {"multi_shot": True, "shot_type": "customize"}):
        tried = {key: str(value) if isinstance(value, Path) else value for key, value in {**found, **extra}.items()}
        if not operation.validate(tried) and (shots or extra):
            return {**found, **extra}
    raise ReelspecError(
        operation.id, "the demo knows no request that the contract accepts", "add one in reelspec/demo.py"
    )


def _encodings(operation: Operation, pointer: str) -> tuple[str, ...]:
    return tuple((operation.field(pointer).media or {}).get("encodings", ("base64",)))


def _videos(
    console: Console, package: Any, contract: Contract, url: str, frames: tuple[Path, Path], output: Path
) -> int:
    made = 0
    with package.Client(KEY, url, poll_interval=0.1) as client:
        for scene in scenes(contract, frames):
            columns = (TextColumn("{task.description:<44}"), BarColumn(), TextColumn("{task.fields[state]:<10}"))
            with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
                label = f"{contract.provider} {scene.operation.id}, {scene.name}"
                bar = progress.add_task(label, total=100, state="queued")

                def show(seen: Any, progress: Progress = progress, bar: Any = bar) -> None:
                    done = 100 if seen.ended else seen.progress
                    progress.update(bar, completed=done, state=str(seen.state))

                result = getattr(client, scene.operation.id).run(on_progress=show, **scene.parameters)
                progress.update(bar, completed=100)
            path = output / f"{contract.provider}-{scene.name.replace(' ', '-')}.mp4"
            result.video.save(path)
            console.print(f"  saved {path}, {path.stat().st_size / 1000:.0f} KB")
            made += 1
    return made


def _one_of_each_kind(
    names: tuple[str, ...], urls: Mapping[str, str]
) -> Iterator[tuple[Contract, str, Operation, str]]:
    """Yield the first operation that has a rule of each kind, and the rule's id."""
    contracts = [specs.load(name) for name in names]
    for kind in KINDS:
        for contract in contracts:
            rules = ((o, rule) for o in contract.submits for rule in o.rules if rule.kind == kind)
            found = next(rules, None)
            if found is not None:
                yield contract, urls[contract.provider], found[0], found[1].id
                break


def _refusal(console: Console, clients: Path, contract: Contract, url: str, operation: Operation, rule_id: str) -> int:
    """Show what the client says of a request that breaks the rule; return 1 where it refused."""
    package = load_client(clients, contract)
    rule = next(rule for rule in operation.rules if rule.id == rule_id)
    drawn = draw_body(plan(operation, breaking(operation, rule_id) or Goal()), Simplest())
    body = {**_defaults(operation, rule), **drawn}  # written out, for a client fills in an absent duration
    with package.Client(KEY, url) as client:
        asked = getattr(client, operation.id)
        if rule.severity == "warning":
            warning = next(v for v in operation.validate(body) if v.rule == rule_id)
            console.print(f"[yellow]{rule.kind:<13} warned")
            console.print(f"  {escape(str(warning))}", soft_wrap=True)
            return 0
        try:
            asked.submit(**body)
        except package.InvalidRequest as refusal:
            console.print(f"[green]{rule.kind:<13} refused")
            for violation in refusal.violations:
                console.print(f"  {escape(str(violation))}", soft_wrap=True)
            return 1
    raise ReelspecError(operation.id, f"a request that breaks {rule_id} was not refused", "report this as a bug")


def _defaults(operation: Operation, rule: Rule) -> dict[str, Any]:
    """Return the documented defaults of the plain fields that the rule reads."""
    read = (operation.field(pointer) for pointer in rule.mentioned() if pointer.count("/") == 1)
    return {field.name: field.default for field in read if field.default is not ABSENT}


def _frames(output: Path) -> tuple[Path, Path]:
    """Draw a first and a last frame and return their files."""
    found = []
    for name, sky, at in (("first.png", (120, 170, 220), 300), ("last.png", (230, 150, 110), 900)):
        image = Image.new("RGB", (1280, 720), sky)
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 480, 1280, 720), fill=(240, 244, 250))
        pen.ellipse((at, 380, at + 160, 480), fill=(200, 90, 30))
        data = io.BytesIO()
        image.save(data, "PNG")
        (output / name).write_bytes(data.getvalue())
        found.append(output / name)
    return found[0], found[1]
