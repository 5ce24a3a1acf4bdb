"""Observed truth: what a provider really did, as proposals for the overlay. Nothing is changed by them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract import files
from contract.actions import Action, action
from contract.cases import shortened
from contract.exchange import first_at
from contract.judge import Finding
from contract.reports import Report
from specs import pointers, yaml12
from specs.errors import ReelspecError

_HEAD = (
    "# What {} did at {}, where it is not what the documentation says.\n"
    "# These are proposals: nothing reads this file. Move the `action` of what you believe into overlay.yaml and give\n"
    "# your reason; `by_hand` says why there is none.\n"
)


def proposals(report: Report) -> list[dict[str, Any]]:
    """Return one proposal for each finding that says something of the provider, each with its evidence."""
    return [_proposal(report, finding) for finding in report.findings if finding.answer is not None]


def _proposal(report: Report, finding: Finding) -> dict[str, Any]:
    case, known, proposed = finding.case, report.described(finding), _action(report, finding)
    return {
        "operation": case.operation.id,
        "about": case.checks,
        "observed": dict(_observed(report, finding)),
        "documented": str(case.expects),
        "proposal": _PROPOSALS.get(known["kind"], "look at the answer and decide what is true").format(case.checks),
        **({"by_hand": proposed} if isinstance(proposed, str) else {"action": proposed}),
        "evidence": {
            "case": case.id,
            "request": known["curl"],
            "status": known["status"],
            "answer": known["answer"],
        },
    }


_PROPOSALS: Mapping[str, str] = {
    "accepted": "loosen or remove {} if the provider means it",
    "refused": "tighten the contract: what it allows was refused",
    "error_code": "add the code to x-errors with its meaning",
    "error_status": "mend the status of the code in x-errors",
    "status_word": "add the word to x-task.statuses",
    "shape": "mend the schema of the answer",
    "status": "document the status",
}


def _action(report: Report, finding: Finding) -> Action | str:
    """Return the action, as long as there is nothing in it that must not be shown."""
    found = action(finding)
    said = "" if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return found if report.shown(said, len(said)) == said else "the answer holds what must not be written down"


def _observed(report: Report, finding: Finding) -> Iterator[tuple[str, Any]]:
    case, answer = finding.case, finding.answer
    yield "kind", finding.deviation.kind
    yield "what", report.shown(finding.message)
    if answer is None:
        return
    code = first_at(answer.json, case.contract.errors.pointers.get("code", ""))
    if code is not None:
        yield "code", code if isinstance(code, int) else report.shown(str(code), 80)
    given = {
        pointers.name(found.pointer): shortened(str(value), 80)
        for found in case.operation.at("body")
        if pointers.name(found.pointer) == case.checks.rpartition(".")[0]
        and (value := first_at(case.call.json, found.pointer)) is not None
    }
    if given and finding.deviation.kind in ("accepted", "refused"):
        yield "given", given


def earlier(path: Path) -> list[dict[str, Any]]:
    """Return the proposals that the file has. Raises ReelspecError where it is none of ours or could not be written."""
    files.check(path)
    if not path.exists():
        return []
    document = yaml12.load(path)
    found = document.get("proposals") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) and _about(one) for one in found):
        raise ReelspecError(str(path), "is no list of proposals", "give another file, or remove it")
    return found


def _about(proposal: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return what a proposal is about: operation, rule or limit, and kind; None where it does not say."""
    observed = proposal.get("observed")
    kind = observed.get("kind") if isinstance(observed, dict) else None
    if not all(isinstance(part, str) for part in (proposal.get("operation"), proposal.get("about"), kind)):
        return None
    return proposal["operation"], proposal["about"], str(kind)


def write(report: Report, path: Path) -> int:
    """Write the proposals of this run and return how many there are; what others found before stays in the file.

    Raises ReelspecError where the file cannot be written.
    """
    before, found = earlier(path), proposals(report)
    known = {_about(one) for one in found}
    kept = [one for one in before if _about(one) not in known]
    content = _HEAD.format(report.provider, report.base_url) + yaml12.dumps({"proposals": [*kept, *found]})
    files.write(path, content)
    return len(found)
