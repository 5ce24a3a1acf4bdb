"""Changes as text, as Markdown for a pull request, as JSON, and as annotations of GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from codegen.drift import wording
from codegen.drift.change import SEVERITIES, Change
from codegen.drift.release import bump, proposed

_WORDS = {"ERR": "Breaks", "WARN": "May break", "INFO": "Does not break"}
_WHY, _BROKEN, _LOOK = "Why", "Not brought up to date", "To look at"
_REMARKS = {_WHY: "notice", _BROKEN: "error", _LOOK: "warning"}
"""Title of what a sync tells besides changes → level of GitHub's annotation."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed at one provider: its version before, and all changes, the worst first.

    `was` is what it was compared with, where that has another name; `file` the spec of the new state, where it has one.
    A sync also tells its `cause`, where that is not the pages alone, `notes` for a person to look at, and the `problem`
    for which a provider is not brought up to date: then nothing is known of its changes.
    """

    version: str
    changes: tuple[Change, ...]
    was: str | None = None
    file: str | None = None
    cause: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def proposal(self) -> str:
        """The version that the change asks for."""
        return proposed(self.version, bump(self.changes)) if self.changes else self.version

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """What there is to tell besides the changes, each under its title, in the order of the titles."""
        said = ((_WHY, self.cause), (_BROKEN, self.problem), *((_LOOK, note) for note in self.notes))
        return tuple((title, text) for title, text in said if text)


Report = Mapping[str, Drift]
"""What happened to each provider."""


def text(report: Report) -> str:
    """Return the report for a terminal: one line for each change, its sources and example below it."""
    lines = [f"{provider}: {wording.line(said)}" for provider, drift in report.items() for _, said in drift.remarks]
    for provider, drift in report.items():
        if not drift.changes and drift.remarks:
            continue
        lines.append(f"{_heading(provider, drift)}" + _proposal(drift))
        for change in drift.changes:
            lines.append(f"  {change.severity:<4}  {change.kind:<28}  {wording.line(_where(change) + change.message)}")
            lines += [f"        {wording.line(said)}" for said in _evidence(change)]
            lines += [f"        {change.verdict}: {wording.line(shown)}" for shown in _example(change)]
    return "\n".join(lines) + "\n" if lines else "nothing to compare\n"


def markdown(report: Report) -> str:
    """Return the report for a pull request."""
    lines = []
    for provider, drift in report.items():
        if not drift.changes and drift.remarks:
            continue
        lines += [f"## {wording.prose(_heading(provider, drift))}", ""]
        if drift.proposal != drift.version:
            lines += [f"Proposed version: {drift.version} → **{drift.proposal}**", ""]
        for severity in SEVERITIES:
            if found := [change for change in drift.changes if change.severity == severity]:
                lines += [f"### {_WORDS[severity]} ({severity})", ""]
                for change in found:
                    lines.append(f"- **{change.kind}** {wording.prose(_where(change) + change.message)}")
                    lines += [f"  - {wording.prose(said)}" for said in _evidence(change)]
                    lines += [f"  - {change.verdict}: {wording.code(shown)}" for shown in _example(change)]
                lines.append("")
    lines = lines or ["No contract changed.", ""]
    for title in _REMARKS:
        rows = [f"- {provider}: {wording.prose(said)}" for provider, drift in report.items()
                for of, said in drift.remarks if of == title]  # fmt: skip
        lines += [f"## {title}", "", *rows, ""] if rows else []
    return "\n".join(lines).rstrip("\n") + "\n"


def as_json(report: Report) -> str:
    """Return the report as a JSON object of providers."""
    rows = {
        provider: {**({"version": drift.version, "proposed": drift.proposal} if drift.version else {}),
                   **({} if drift.was is None else {"was": drift.was}),
                   "changes": [change.as_json() for change in drift.changes],
                   **({"cause": drift.cause} if drift.cause else {}),
                   **({"notes": list(drift.notes)} if drift.notes else {}),
                   **({"problem": drift.problem} if drift.problem else {})}
        for provider, drift in report.items()
    }  # fmt: skip
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def github(report: Report) -> str:
    """Return one workflow command for each change and remark; GitHub shows them on the pull request."""
    level = {"ERR": "error", "WARN": "warning", "INFO": "notice"}
    lines = []
    for provider, drift in report.items():
        place = f"file={_property(drift.file)}," if drift.file is not None else ""
        for change in drift.changes:
            told = [_where(change) + change.message, *_evidence(change),
                    *(f"{change.verdict}: {shown}" for shown in _example(change))]  # fmt: skip
            lines.append(f"::{level[change.severity]} {place}{_annotation(f'{provider}: {change.kind}', told)}")
        for title, said in drift.remarks:
            lines.append(f"::{_REMARKS[title]} {place}{_annotation(f'{provider}: {title.lower()}', [said])}")
    return "".join(line + "\n" for line in lines)


def _annotation(title: str, told: Sequence[str]) -> str:
    return f"title={_property(title)}::{_data(chr(10).join(map(wording.line, told)))}"


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text, "markdown": markdown, "json": as_json, "github": github,
}  # fmt: skip


def summary(changes: Sequence[Change]) -> str:
    """Return how many changes of each severity there are: `2 ERR, 1 INFO`."""
    counts = [(sum(change.severity == severity for change in changes), severity) for severity in SEVERITIES]
    return ", ".join(f"{count} {severity}" for count, severity in counts if count) or "no change"


def _heading(provider: str, drift: Drift) -> str:
    compared = f" (compared with {drift.was})" if drift.was is not None else ""
    return f"{provider}{compared}: {summary(drift.changes)}"


def _proposal(drift: Drift) -> str:
    return f"; version {drift.version} → {drift.proposal}" if drift.proposal != drift.version else ""


def _where(change: Change) -> str:
    return f"{', '.join(change.operations)}: " if change.operations else ""


def _evidence(change: Change) -> list[str]:
    found = []
    row = change.as_json()
    if "old_source" in row or "new_source" in row:
        old, new = row.get("old_source"), row.get("new_source")
        found.append(f"source {new}" + (f", was {old}" if old and old != new else "") if new else f"source was {old}")
    if change.decision is not None:
        found.append(f"decided: {change.decision}")
    return found


def _example(change: Change) -> list[str]:
    return [] if change.example is None else [wording.example(change.example)]


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
