"""What changes mean for a client: how far its version moves and what its CHANGELOG says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from codegen.drift.change import SEVERITIES, Change
from specs.errors import SpecError

Bump = Literal["major", "minor", "patch", "none"]
HEADING = "## Unreleased"


def bump(changes: Sequence[Change]) -> Bump:
    """Return how far the version moves: what breaks is major, what adds or may break is minor."""
    if not changes:
        return "none"
    if any(change.severity == "ERR" for change in changes):
        return "major"
    return "patch" if all(change.kind == "rule-status-changed" for change in changes) else "minor"


def proposed(version: str, step: Bump) -> str:
    """Return the version after the step. Below 1.0 a breaking change moves the second number, as is the custom.

    Raises SpecError for what is no version of three numbers.
    """
    try:
        major, minor, patch = (int(part) for part in version.split("."))
    except ValueError:
        raise SpecError("version", f"{version!r} is no version", "write three numbers, as in 1.0.0") from None
    if step == "none":
        return version
    if step == "major":
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if step == "minor":
        return f"{major}.{minor + 1}.0" if major else f"0.{minor}.{patch + 1}"
    return f"{major}.{minor}.{patch + 1}"


def entry(changes: Sequence[Change]) -> list[str]:
    """Return the changes as the lines of a CHANGELOG, the worst first."""
    titles = {"ERR": "Breaking", "WARN": "Changed", "INFO": "Added and relaxed"}
    lines: list[str] = []
    for severity in SEVERITIES:
        if found := [change for change in changes if change.severity == severity]:
            lines += [f"### {titles[severity]}", ""]
            lines += [f"- {_line(change)} ({change.kind})" for change in found]
            lines.append("")
    return lines


def _line(change: Change) -> str:
    where = f"{', '.join(change.operations)}: " if change.operations else ""
    return where + change.message


def changelog(text: str, version: str, changes: Sequence[Change]) -> str:
    """Return the CHANGELOG with an unreleased entry of the changes on top; an older unreleased one is kept below it.

    The entry names the version that the changes ask for when they are released after `version`.
    """
    if not changes:
        return text
    step = bump(changes)
    lines = [f"{HEADING} ({proposed(version, step)} proposed, {step})", "", *entry(changes)]
    title, rest = _split(text)
    return "\n".join([*title, *lines, *rest]).rstrip("\n") + "\n"


def _split(text: str) -> tuple[list[str], list[str]]:
    lines = text.splitlines() or ["# Changelog", ""]
    first = next((number for number, line in enumerate(lines) if line.startswith("## ")), len(lines))
    return lines[:first], lines[first:]
