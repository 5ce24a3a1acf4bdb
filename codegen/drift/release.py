"""What changes mean for a client: how far its version moves and what its CHANGELOG says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, get_args

from codegen.drift import wording
from codegen.drift.change import Change, Severity
from specs.errors import SpecError

Bump = Literal["major", "minor", "patch", "none"]
HEADING = "## Unreleased"
_STEPS: tuple[Bump, ...] = get_args(Bump)
"""The largest first."""
_UNRELEASED = re.compile(r"## Unreleased(?: \((?P<version>\d+\.\d+\.\d+) proposed, (?P<step>major|minor|patch)\))?\Z")
_TITLES: dict[str, Severity] = {"Breaking": "ERR", "Changed": "WARN", "Added and relaxed": "INFO"}


def bump(changes: Sequence[Change]) -> Bump:
    """Return how far the version moves: what breaks is major, what adds or may break is minor.

    A whole provider that came or went is no change of its client.
    """
    told = [change for change in changes if not change.kind.startswith("provider-")]
    if not told:
        return "none"
    if any(change.severity == "ERR" for change in told):
        return "major"
    return "patch" if all(change.kind == "rule-status-changed" for change in told) else "minor"


def proposed(version: str, step: Bump) -> str:
    """Return the version after the step. Below 1.0 a breaking change moves the second number, as is the custom.

    Raises SpecError for what is no version of three numbers.
    """
    major, minor, patch = _numbers(version)
    if step == "none":
        return version
    if step == "major":
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if step == "minor":
        return f"{major}.{minor + 1}.0" if major else f"0.{minor}.{patch + 1}"
    return f"{major}.{minor}.{patch + 1}"


def _numbers(version: str) -> tuple[int, int, int]:
    try:
        major, minor, patch = (int(part) for part in version.split("."))
    except ValueError:
        raise SpecError("version", f"{version!r} is no version", "write three numbers, as in 1.0.0") from None
    return major, minor, patch


def entry(changes: Sequence[Change]) -> list[str]:
    """Return the changes as the lines of a CHANGELOG, the worst first."""
    return _sections({title: [_line(change) for change in changes if change.severity == severity]
                      for title, severity in _TITLES.items()})  # fmt: skip


def _sections(told: dict[str, list[str]]) -> list[str]:
    lines: list[str] = []
    for title, found in told.items():
        if found:
            lines += [f"### {title}", "", *found, ""]
    return lines


def _line(change: Change) -> str:
    where = f"{', '.join(change.operations)}: " if change.operations else ""
    return f"- {wording.prose(where + change.message)} ({change.kind})"


def changelog(text: str, version: str, changes: Sequence[Change]) -> str:
    """Return the CHANGELOG with the changes in its one unreleased entry, below what that holds already.

    The entry names the version that all of it asks for when it is released after `version`. An entry whose proposed
    version was reached by now is no unreleased one any more: it gets that version for a heading.
    """
    if not changes:
        return text
    title, unreleased, rest = _split(text, version)
    told: dict[str, list[str]] = {name: [] for name in _TITLES}
    step = bump(changes)
    for heading, lines in unreleased:
        step = min(step, heading, key=_STEPS.index)
        section = "Changed"
        for line in lines:
            if line.startswith("### "):
                section = line.removeprefix("### ")
            elif line.strip():
                told.setdefault(section, []).append(line)
    for change in changes:
        name = next(name for name, severity in _TITLES.items() if severity == change.severity)
        told[name].append(_line(change))
    head = f"{HEADING} ({proposed(version, step)} proposed, {step})"
    return "\n".join([*title, head, "", *_sections(told), *rest]).rstrip("\n") + "\n"


def _split(text: str, version: str) -> tuple[list[str], list[tuple[Bump, list[str]]], list[str]]:
    """Return what stands above the entries, the unreleased entries on top, and the lines from the next one on."""
    lines = text.splitlines() or ["# Changelog", ""]
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    title = lines[: starts[0]] if starts else lines
    unreleased: list[tuple[Bump, list[str]]] = []
    for start, end in pairwise([*starts, len(lines)]):
        heading = _UNRELEASED.match(lines[start])
        if heading is None:
            return title, unreleased, lines[start:]
        if heading["version"] is not None and _numbers(heading["version"]) <= _numbers(version):
            return title, unreleased, [f"## {heading['version']}", *lines[start + 1 :]]
        step: Bump = heading["step"] or "none"  # type: ignore[assignment]
        unreleased.append((step, lines[start + 1 : end]))
    return title, unreleased, []
