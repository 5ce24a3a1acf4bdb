"""Observed truth: what a provider really did, as proposals for the overlay. Nothing is changed by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract.cases import shortened
from contract.exchange import first_at
from contract.judge import Finding
from contract.reports import Report
from specs import pointers, yaml12
from specs.errors import ReelspecError

_HEAD = (
    "# What {} did at {}, where it is not what the documentation says.\n"
    "# These are proposals: nothing reads this file. Move what you believe into overlay.yaml, with its reason.\n"
)


def proposals(report: Report) -> list[dict[str, Any]]:
    """Return one proposal for each finding that says something of the provider, each with its evidence."""
    return [_proposal(report, finding) for finding in report.findings if finding.answer is not None]


def _proposal(report: Report, finding: Finding) -> dict[str, Any]:
    case = finding.case
    return {
        "operation": case.operation.id,
        "about": case.checks,
        "observed": dict(_observed(finding)),
        "documented": str(case.expects),
        "proposal": _PROPOSALS.get(finding.deviation.kind, "look at the answer and decide what is true").format(
            case.checks
        ),
        "evidence": {
            "case": case.id,
            "request": case.curl(report.base_url, report.variable),
            "status": finding.answer.status if finding.answer else None,
            "answer": shortened(finding.answer.body.decode("utf-8", "replace"), 600) if finding.answer else None,
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


def _observed(finding: Finding) -> Iterator[tuple[str, Any]]:
    case, answer = finding.case, finding.answer
    yield "kind", finding.deviation.kind
    yield "what", finding.message
    if answer is None:
        return
    code = first_at(answer.json, case.contract.errors.pointers.get("code", ""))
    if code is not None:
        yield "code", code
    given = {
        pointers.name(found.pointer): shortened(str(value), 80)
        for found in case.operation.at("body")
        if pointers.name(found.pointer) == case.checks.rpartition(".")[0]
        and (value := first_at(case.call.json, found.pointer)) is not None
    }
    if given and finding.deviation.kind in ("accepted", "refused"):
        yield "given", given


def write(report: Report, path: Path) -> int:
    """Write the proposals and return how many there are. Raises ReelspecError where the file cannot be written."""
    found = proposals(report)
    content = _HEAD.format(report.provider, report.base_url) + yaml12.dumps({"proposals": found})
    held = path.with_name(path.name + ".part")
    try:
        held.write_text(content, "utf-8")
        held.replace(path)
    except OSError as problem:
        raise ReelspecError(str(path), problem.strerror or "cannot be written", "choose a folder that exists") from None
    return len(found)
