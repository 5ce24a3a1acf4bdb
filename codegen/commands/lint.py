"""`reelspec lint`: contradictions, rules that never matter, limits that refuse themselves, providers that differ."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import specs
from codegen import pagelist
from codegen import sync as syncing
from codegen.drift.change import SEVERITIES
from codegen.lint import completeness, decisions, pages, table
from codegen.lint import contract as checks
from codegen.lint.finding import KINDS, Finding
from codegen.sources import Folder
from specs.errors import SpecError
from specs.loader import home

if TYPE_CHECKING:
    from specs import Contract


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="a provider or a spec's path; all by default")
    parser.add_argument("--from", dest="pages", type=Path, metavar="DIR",
                        help="stored pages: look at what they say themselves, too, and list the unread")  # fmt: skip
    parser.add_argument("--specs", type=Path, default=home(), metavar="DIR", help="folder of the specs")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the findings")
    parser.add_argument("--fail-on", choices=(*SEVERITIES, "never"), default="ERR",
                        help="exit 1 when there is a finding as bad as this (default: ERR)")  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Look and print; 0 fine, 1 findings as bad as --fail-on."""
    found, contracts = [], []
    for name in options.providers or specs.providers(options.specs):
        try:
            contract = specs.load(name, options.specs)
        except SpecError as problem:
            if not (options.specs / name / "openapi.yaml").exists() and not Path(name).exists():
                raise
            found.append(Finding("spec-unusable", name, problem.place, f"{problem.problem} ({problem.remedy})"))
            continue
        contracts.append(contract)
        found += provider(contract, options.specs / contract.provider, options.pages)
    compared = list(table.tables(contracts))
    found += [finding for one in compared for finding in table.findings(one)]
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    if options.format == "json":
        print(json.dumps(as_json(found, compared), indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(text(found, compared))
    bad = SEVERITIES[: SEVERITIES.index(options.fail_on) + 1] if options.fail_on != "never" else ()
    return 1 if any(finding.severity in bad for finding in found) else 0


def provider(contract: Contract, folder: Path, stored: Path | None) -> Iterator[Finding]:
    """Yield the findings of one provider; with its pages where they are given."""
    found = list(checks.check(contract))
    yield from found
    yield from completeness.check(contract)
    if not (folder / "pages.toml").exists():
        return
    listed = pagelist.load(folder / "pages.toml")
    decided = list(decisions.check(contract, listed))
    if stored is None:
        yield from decided
        return
    facts = syncing.read(folder, listed, Folder(stored).copies(listed))
    document = syncing.documented(listed, facts)
    yield from pages.settled(pages.check(document, contract), found, decided)
    yield from decisions.stale(decisions.steps(document, listed), listed.provider)
    yield from pages.disputed(listed, facts, contract, decided)
    yield from pages.unread(contract.provider, facts)


def as_json(found: Iterable[Finding], compared: Iterable[table.Table]) -> dict[str, object]:
    """Return the report as a JSON object."""
    rows = [
        {"model": one.model, "columns": list(one.columns),
         "rows": [{"parameter": row.name, "agreed": row.agreed, "cells": list(row.cells)} for row in one.rows]}
        for one in compared
    ]  # fmt: skip
    return {"findings": [finding.as_json() for finding in found], "providers": rows}


def text(found: Sequence[Finding], compared: Sequence[table.Table]) -> str:
    """Return the report for a terminal: findings by kind, then the providers side by side."""
    lines = []
    for kind, (severity, meaning) in KINDS.items():
        of_kind = [finding for finding in found if finding.kind == kind]
        if of_kind and kind != "providers-differ":
            lines.append(f"{severity}  {kind}: {meaning}")
            for finding in of_kind:
                lines.append(f"    {finding.provider} {finding.place}: {finding.message}")
                lines += [f"        {source}" for source in finding.sources]
    for one in compared:
        alike = f"{sum(row.agreed for row in one.rows)} of {len(one.rows)} parameters are documented alike"
        lines.append(f"INFO  providers-differ: {one.model}; {alike} (*: no page of the provider says it)")
        for row in one.rows:
            if not row.agreed:
                lines.append(f"    {row.name}")
                cells = table.grouped(one, row)
                lines += [f"        {said}  [{', '.join(columns)}]" for said, columns in cells.items()]
    counts = ", ".join(f"{sum(f.severity == s for f in found)} {s}" for s in SEVERITIES)
    return "\n".join([*lines, f"{counts}"]) + "\n"
