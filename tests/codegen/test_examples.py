"""The commands of the examples that users copy run as they stand."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reelspec.__main__ import COMMANDS
from specs import yaml12

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml12.load(EXAMPLES / "nightly-sync.yml")["jobs"]["sync"]["steps"]
    return found


def workflow() -> Iterator[list[str]]:
    for step in steps():
        for line in step.get("run", "").splitlines():
            if line.strip().startswith("reelspec "):
                yield shlex.split(line.split(" > ")[0])[1:]


def hooks() -> Iterator[list[str]]:
    for repository in yaml12.load(EXAMPLES / "pre-commit-config.yaml")["repos"]:
        for hook in repository["hooks"]:
            yield shlex.split(hook["entry"])[1:]


def test_the_examples_name_commands_that_there_are() -> None:
    assert [command[0] for command in (*workflow(), *hooks())] == ["sync", "lint", "lint", "generate"]
    assert {command[0] for command in (*workflow(), *hooks())} <= set(COMMANDS)


def test_the_job_may_open_a_pull_request_and_nothing_else() -> None:
    document = yaml12.load(EXAMPLES / "nightly-sync.yml")
    assert document["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert all("@" in step["uses"] for step in steps() if "uses" in step)
