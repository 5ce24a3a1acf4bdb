"""What a run found, for people and machines: text, JUnit XML, JSON, HTML. The API key is in none of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from contract import files
from contract.cases import shortened
from contract.judge import Finding
from contract.runner import Result
from contract.shown import Mask, visible
from specs.errors import ReelspecError


@dataclass(frozen=True, slots=True)
class Report:
    """A finished run. `variable` is the environment variable that stands for the key in curl lines.

    `unknown` counts the submits of which nobody knows whether they started a task. What a server said is shown by
    `shown`: without the key, and without what moves a terminal.
    """

    provider: str
    base_url: str
    variable: str
    results: Sequence[Result]
    requests: int
    paid: int
    stopped: str | None
    unknown: int = 0
    mask: Mask = field(default_factory=Mask, repr=False)

    def shown(self, text: str, most: int = 2000) -> str:
        """Return a text of the server's, made fit to be shown."""
        return visible(shortened(self.mask(text), most))

    @property
    def ended(self) -> str | None:
        """Why the run ended before its end, or None."""
        return None if self.stopped is None else self.shown(self.stopped)

    @property
    def findings(self) -> list[Finding]:
        """Every finding, in the order of the suite."""
        return [finding for result in self.results for finding in result.findings]

    @property
    def counts(self) -> Counter[str]:
        """How many cases were kept, broken and skipped."""
        return Counter(result.outcome for result in self.results)

    def described(self, finding: Finding) -> dict[str, Any]:
        """Return a finding as plain data."""
        case, answer = finding.case, finding.answer
        request = case.curl(self.base_url, self.variable, finding.call)
        return {
            "case": case.id, "title": case.title, "checks": case.checks, "kind": finding.deviation.kind,
            "message": self.shown(finding.message), "places": list(finding.deviation.places),
            "source": str(finding.source), "expected": str(case.expects) if finding.poll is None else "as documented",
            "status": answer.status if answer is not None else None,
            "answer": self.shown(answer.body.decode("utf-8", "replace"), 600) if answer is not None else None,
            "task": self.task(finding.task), "curl": request if finding.poll is None else self.mask(request),
        }  # fmt: skip

    def task(self, found: str | None) -> str | None:
        """Return a task's id made fit to be shown."""
        return None if found is None else self.shown(found, 200)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "provider": self.provider, "base_url": self.base_url, "requests": self.requests, "paid": self.paid,
            "unknown": self.unknown, "stopped": self.ended, "counts": dict(sorted(self.counts.items())),
            "cases": [{"id": r.case.id, "checks": r.case.checks, "outcome": r.outcome, "requests": r.requests,
                       "task": self.task(r.task), "billed": r.billed} for r in self.results],
            "findings": [self.described(finding) for finding in self.findings],
        }  # fmt: skip


def text(report: Report, finding: Finding) -> str:
    """Return a finding for a terminal, in a few lines."""
    known = report.described(finding)
    lines = [
        f"{known['case']}: {known['message']}",
        f"    rule     {known['checks']}: {known['title']}",
        f"    source   {known['source']}",
        f"    contract {known['expected']}",
    ]
    if known["status"] is not None:
        lines.append(f"    answer   {known['status']} {known['answer']}")
    if known["task"] is not None:
        lines.append(f"    task     {known['task']}")
    return "\n".join([*lines, f"    {known['curl']}"])


def check(path: Path) -> None:
    """Raise ReelspecError where no report could be written there."""
    if path.suffix not in _WRITERS:
        raise ReelspecError(str(path), "is of no known format", "name it .xml (JUnit), .json or .html")
    files.check(path)


def write(report: Report, path: Path) -> None:
    """Write the report in the format that the file's suffix names. Raises ReelspecError where that cannot be done."""
    check(path)
    files.write(path, _WRITERS[path.suffix](report))


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n"


def junit(report: Report) -> str:
    """Return the report as JUnit XML: a test case for each case of the suite."""
    counts = report.counts
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root, "testsuite", name=f"reelspec verify {report.provider}", tests=str(len(report.results)),
        failures=str(counts["broken"]), skipped=str(counts["skipped"]), errors="0",
    )  # fmt: skip
    for result in report.results:
        case = result.case
        element = ElementTree.SubElement(
            suite, "testcase", classname=f"{report.provider}.{case.operation.id}", name=case.id
        )
        if result.outcome == "skipped":
            ElementTree.SubElement(element, "skipped", message=report.ended or "beyond the budget")
        for finding in result.findings:
            failure = ElementTree.SubElement(
                element, "failure", type=finding.deviation.kind, message=report.shown(finding.message)
            )
            failure.text = text(report, finding)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>reelspec verify {{ r.provider }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.kept { color: #1a7f37; } .broken { color: #cf222e; font-weight: 600; } .skipped { opacity: .6; }
h1, h2, p, dd, td, pre { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; padding: .6rem; background: color-mix(in srgb, currentColor 8%, transparent); }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
</style></head><body>
<h1>{{ r.provider }} against its documentation</h1>
<p>{{ r.base_url }}: {{ r.requests }} requests, {{ r.paid }} tasks started{% if r.unknown %},
<strong>{{ r.unknown }} more may have been (outcome unknown)</strong>{% endif %}.
{% for outcome, count in counts %}<span class="{{ outcome }}">{{ count }} {{ outcome }}</span> {% endfor %}
{% if r.ended %}<strong>Stopped: {{ r.ended }}</strong>{% endif %}</p>
{% for f in findings %}<section><h2>{{ f.message }}</h2><dl>
<dt>Case</dt><dd>{{ f.case }}: {{ f.title }}</dd><dt>Rule</dt><dd>{{ f.checks }} ({{ f.source }})</dd>
<dt>The contract says</dt><dd>{{ f.expected }}</dd>
<dt>What came back</dt><dd>{{ f.status or "no answer" }}<pre>{{ f.answer or "" }}</pre></dd></dl>
<pre>{{ f.curl }}</pre></section>{% endfor %}
<h2>Cases</h2><table><tr><th>Case</th><th>Checks</th><th>Outcome</th></tr>
{% for result in r.results %}<tr><td>{{ result.case.id }}</td><td>{{ result.case.checks }}</td>
<td class="{{ result.outcome }}">{{ result.outcome }}</td></tr>
{% endfor %}</table></body></html>
"""


def html(report: Report) -> str:
    """Return the report as one HTML page; everything in it is escaped."""
    import jinja2

    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_PAGE)
    return page.render(
        r=report,
        counts=sorted(report.counts.items()),
        findings=[report.described(finding) for finding in report.findings],
    )


def summary(report: Report) -> str:
    """Return the run in one line."""
    counts = report.counts
    parts = [
        f"{counts[name]} {word}" for name, word in (("kept", "kept"), ("broken", "broken"), ("skipped", "not sent"))
    ]
    told = f"{report.provider}: {', '.join(parts)}; {report.requests} requests, {report.paid} tasks started"
    return told + (f", {report.unknown} submits of unknown outcome may have been billed" if report.unknown else "")


_WRITERS: Mapping[str, Callable[[Report], str]] = {".xml": junit, ".json": as_json, ".html": html}
