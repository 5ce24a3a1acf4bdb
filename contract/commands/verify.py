"""`reelspec verify PROVIDER --base-url URL`: holds a server, or a recording, against the documentation."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import specs
from specs.errors import ReelspecError
from specs.model import Contract

if TYPE_CHECKING:
    from contract.cases import Case
    from contract.progress import Progress
    from contract.reports import Report
    from contract.runner import Budget, Result, Run, Send

    Opened = Callable[[str], AbstractContextManager[Send]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("provider", metavar="PROVIDER", help="a provider's name or the path of a spec")
    parser.add_argument("--base-url", metavar="URL", help="the server to hold against the contract")
    parser.add_argument("--har", type=Path, metavar="FILE", help="hold a recording against the contract; send nothing")
    parser.add_argument("--allow-paid", type=_count, default=0, metavar="N",
                        help="tasks that may be started; the default 0 sends only what must be refused")  # fmt: skip
    parser.add_argument("--operation", action="append", metavar="ID", help="only these operations")
    parser.add_argument("--rule", action="append", metavar="ID", help="only cases about these rules or limits")
    parser.add_argument("--rate", type=_positive, metavar="N", help="requests a second (default: as fast as answered)")
    parser.add_argument("--max-requests", type=_count, metavar="N", help="requests in all")
    parser.add_argument("--interval", type=_positive, default=2.0, metavar="SECONDS", help="between polls (default: 2)")
    parser.add_argument("--fail-fast", action="store_true", help="end at the first finding")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember what is done; run again to go on from there"
    )
    parser.add_argument("--report", type=Path, action="append", default=[], metavar="FILE",
                        help="write a report: .xml (JUnit), .json or .html; may be repeated")  # fmt: skip
    parser.add_argument("--observe", nargs="?", type=Path, const=Path(), metavar="FILE",
                        help="write what the provider really did as proposals (observed.yaml)")  # fmt: skip
    parser.add_argument("--key-env", metavar="NAME", help="environment variable of the key (default: PROVIDER_API_KEY)")


def _count(given: str) -> int:
    if not given.isdigit():
        raise argparse.ArgumentTypeError(f"{given!r} is no number of 0 or more")
    return int(given)


def _positive(given: str) -> float:
    try:
        found = float(given)
    except ValueError:
        found = 0
    if not 0 < found < 1e9:
        raise argparse.ArgumentTypeError(f"{given!r} is no number above 0")
    return found


def run(options: argparse.Namespace) -> int:
    """Verify; 0 conforms, 1 has findings. Raises ReelspecError where it could not run."""
    return hold(specs.load(options.provider), options)


def hold(
    contract: Contract,
    options: argparse.Namespace,
    opened: Opened | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Hold a server or a recording against a loaded contract; see `run`.

    `opened` opens what sends to the base URL (HTTP unless given), `sleep` waits for so many seconds.
    """
    if options.har is not None:
        return _recording(contract, options.har)
    if not options.base_url:
        raise ReelspecError("verify", "there is no server to verify", "give --base-url URL, or --har FILE")
    parts = urlsplit(options.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ReelspecError("--base-url", f"{options.base_url!r} is no http address", "write it as https://host")
    return _live(contract, options, opened, sleep)


# --- recordings ---------------------------------------------------------------------------------------


def _recording(contract: Contract, path: Path) -> int:
    from contract.exchange import check_exchange, read_har

    recorded, total = read_har(path, contract)
    broken = 0
    for one in recorded:
        found = check_exchange(one.operation, one.request, one.answer, contract)
        broken += bool(found)
        for deviation in found:
            print(f"{path}: entry {one.number} ({one.operation.id}): {deviation.message} [{deviation.source}]")
    print(f"{contract.provider}: {len(recorded)} of {total} exchanges are with this provider, {broken} of them deviate")
    if not recorded:
        raise ReelspecError(str(path), f"has no exchange with {contract.provider}", "record one, or name the provider")
    return 1 if broken else 0


# --- a server -----------------------------------------------------------------------------------------


def _live(
    contract: Contract, options: argparse.Namespace, opened: Opened | None, sleep: Callable[[float], None]
) -> int:
    from contract import observe, reports, senders
    from contract.progress import Progress
    from contract.runner import Budget, Run

    variable, key = _key(contract, options)
    progress = Progress(options.state, contract.provider, options.base_url)
    cases = [case for case in _chosen(contract, options) if case.id not in progress.done]
    budget = Budget(
        options.allow_paid, options.rate, options.max_requests, interval=options.interval, fail_fast=options.fail_fast
    )
    with (opened or senders.http)(options.base_url) as send:
        running = Run(contract, cases, send, key, budget, sleep, paid=progress.paid)
        results = _watched(running, progress, budget)
    report = reports.Report(
        contract.provider, options.base_url, variable, results, running.requests, running.paid, running.stopped
    )
    _reachable(report)
    for path in options.report:
        reports.write(report, path)
    if options.observe is not None:
        path = options.observe if options.observe.name else specs.loader.HOME / contract.provider / "observed.yaml"
        print(f"{observe.write(report, path)} proposals in {path}")
    return _told(report, progress)


def _key(contract: Contract, options: argparse.Namespace) -> tuple[str, str]:
    """Return the variable's name and the key. The key is never shown."""
    variable = options.key_env or f"{contract.provider.upper().replace('-', '_')}_API_KEY"
    key = os.environ.get(variable, "")
    if not key and urlsplit(options.base_url).hostname in LOOPBACK:
        key = "a-key-for-the-mock"
    if not key:
        raise ReelspecError(variable, "holds no API key", "export it, or name another variable with --key-env")
    return variable, key


def _chosen(contract: Contract, options: argparse.Namespace) -> list[Case]:
    from contract.suites import suite

    cases = list(suite(contract))
    for given, of in ((options.operation, "operation"), (options.rule, "rule")):
        known = {case.operation.id if of == "operation" else case.checks for case in cases}
        for name in given or ():
            if name not in known:
                raise ReelspecError(
                    f"--{of}", f"{contract.provider} has no {of} {name!r}", "`--help` and the spec tell"
                )
    return [
        case
        for case in cases
        if (not options.operation or case.operation.id in options.operation)
        and (not options.rule or case.checks in options.rule)
    ]


def _watched(running: Run, progress: Progress, budget: Budget) -> list[Result]:
    """Run the cases under a table of operations with bars."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("[green]{task.fields[kept]} kept"), TextColumn("[red]{task.fields[broken]} broken"),
               TextColumn("{task.fields[now]}", style="dim"), TimeElapsedColumn())  # fmt: skip
    console = Console()
    results: list[Result] = []
    mode = (
        f"up to {budget.paid} tasks may be started" if budget.paid else "free mode: only what must be refused is sent"
    )
    console.print(f"{running.contract.provider}: {len(running.planned())} cases, {mode}", highlight=False)
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        rows = _rows(running, lambda name, total: bars.add_task(name, total=total, kept=0, broken=0, now=""))
        counted = {name: {"kept": 0, "broken": 0, "skipped": 0} for name in rows}
        for result in running.results():
            results.append(result)
            progress.add(result)
            name = result.case.operation.id
            counted[name][result.outcome] += 1
            shown = counted[name]
            bars.update(
                rows[name], advance=1, kept=shown["kept"], broken=shown["broken"], now=result.case.checks[:40]  # type: ignore[arg-type]
            )  # fmt: skip
    return results


def _rows(running: Run, add: Callable[[str, int], object]) -> dict[str, object]:
    totals: dict[str, int] = {}
    for case in running.planned():
        totals[case.operation.id] = totals.get(case.operation.id, 0) + 1
    return {name: add(name, total) for name, total in totals.items()}


def _reachable(report: Report) -> None:
    """Refuse to call it a finding that nobody answers."""
    sent = [result for result in report.results if result.outcome != "skipped"]
    answered = [r for r in sent if not r.findings or any(finding.answer is not None for finding in r.findings)]
    if sent and not answered:
        problem = sent[0].findings[0].message
        raise ReelspecError(report.base_url, f"does not answer ({problem})", "start the server, or mend the address")


def _told(report: Report, progress: Progress) -> int:
    from contract import reports

    for line in progress.broken:
        print(f"{line} (found before)")
    for finding in report.findings:
        print(reports.text(report, finding))
    print(reports.summary(report) + (f", {len(progress.done)} cases done before" if progress.done else ""))
    if report.stopped is not None:
        print(f"stopped: {report.stopped}")
    return 1 if report.findings or progress.broken else 0
