"""`reelspec verify PROVIDER --base-url URL`: holds a server, or a recording, against the documentation."""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import specs
from specs import loader
from specs.errors import ReelspecError
from specs.model import Contract

if TYPE_CHECKING:
    from contract.cases import Case
    from contract.reports import Report
    from contract.runner import Run, Send

    Opened = Callable[[str], AbstractContextManager[Send]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("provider", metavar="PROVIDER", help="a provider's name or the path of a spec")
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR", help="folder of the specs")
    parser.add_argument("--base-url", metavar="URL", help="the server to hold against the contract")
    parser.add_argument("--har", type=Path, metavar="FILE", help="hold a recording against the contract; send nothing")
    parser.add_argument("--allow-paid", type=_count, default=0, metavar="N",
                        help="tasks that may be started; the default 0 sends only what must be refused")  # fmt: skip
    parser.add_argument("--image", metavar="URL", help="a picture within the limits, for a server that fetches it")
    parser.add_argument("--operation", action="append", metavar="ID", help="only these operations (or *_pro_*)")
    parser.add_argument("--rule", action="append", metavar="ID", help="only cases about these rules or limits (*.sum)")
    parser.add_argument("--rate", type=_positive, metavar="N", help="requests a second (default: as fast as answered)")
    parser.add_argument("--max-requests", type=_count, metavar="N", help="requests in all")
    parser.add_argument("--timeout", type=_positive, default=30.0, metavar="SECONDS",
                        help="for each request and its answer (default: 30)")  # fmt: skip
    parser.add_argument("--interval", type=_positive, default=2.0, metavar="SECONDS", help="between polls (default: 2)")
    parser.add_argument("--fail-fast", action="store_true", help="end at the first finding")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember what is done; run again to go on from there"
    )
    parser.add_argument("--report", type=Path, action="append", default=[], metavar="FILE",
                        help="write a report: .xml (JUnit), .json or .html; may be repeated")  # fmt: skip
    parser.add_argument("--observe", nargs="?", type=Path, const=Path(), metavar="FILE",
                        help="write what the provider did as proposals (observed.yaml beside the spec)")  # fmt: skip
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
    """Verify; 0 conforms, 1 has findings, 2 ended before its end, 130 interrupted.

    Raises ReelspecError where it could not run.
    """
    return hold(specs.load(options.provider, options.specs), options)


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
        return _recording(contract, options)
    if not options.base_url:
        raise ReelspecError("verify", "there is no server to verify", "give --base-url URL, or --har FILE")
    _addressed(options.base_url)
    return _live(contract, options, opened, sleep)


def _addressed(base_url: str) -> None:
    """Raise ReelspecError for what is no plain address. It is not repeated: there may be a password in it."""
    try:
        parts = urlsplit(base_url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not plain or not base_url.isprintable() or " " in base_url:
        raise ReelspecError("--base-url", "this is no http address", "write it as https://host")
    for character, what in (("@", "a user name"), ("?", "a query"), ("#", "a fragment")):
        if character in base_url:
            raise ReelspecError("--base-url", f"the address has {what}", "write it as https://host/path")


# --- recordings ---------------------------------------------------------------------------------------


def _recording(contract: Contract, options: argparse.Namespace) -> int:
    from contract import observe, reports
    from contract.recordings import read_har

    path: Path = options.har
    for wanted in options.report:
        reports.check(wanted)
    observed = None if options.observe is None else _observed(options)
    if observed is not None:
        observe.earlier(observed)
    recording = read_har(path, contract)
    if not recording.exchanges:
        none = f"has no exchange with {contract.provider} that can be judged"
        said = f" ({'; '.join(recording.unjudged)})" if recording.unjudged else ""
        raise ReelspecError(str(path), none + said, "record one with its content, or name the provider")
    variable, results = re.sub(r"\W", "_", f"{contract.provider.upper()}_API_KEY"), recording.results(contract)
    report = reports.Report(contract.provider, recording.base_url, variable, results, 0, 0, None, mask=recording.mask)
    for finding in report.findings:
        where = f"{finding.case.id.replace('-', ' ')} ({finding.case.operation.id})"
        print(f"{path}: {where}: {report.shown(finding.message)} [{finding.source}]")
    print(recording.summary(contract, report.counts["broken"]))
    for wanted in options.report:
        reports.write(report, wanted)
    if observed is not None:
        print(f"{observe.write(report, observed)} proposals in {observed}")
    return 1 if report.findings else 0


# --- a server -----------------------------------------------------------------------------------------


def _live(
    contract: Contract, options: argparse.Namespace, opened: Opened | None, sleep: Callable[[float], None]
) -> int:
    from contract import observe, reports, senders
    from contract.live import watched
    from contract.progress import Progress
    from contract.runner import Budget, Run
    from contract.shown import Mask

    variable, key = _key(contract, options)
    cases, mask = _chosen(contract, options), Mask(key)
    observed = None if options.observe is None else _observed(options)
    for path in options.report:
        reports.check(path)
    if observed is not None:
        observe.earlier(observed)
    budget = Budget(
        options.allow_paid, options.rate, options.max_requests, interval=options.interval, fail_fast=options.fail_fast
    )
    opening = opened or partial(senders.http, timeout=options.timeout)
    with (
        Progress(options.state, contract.provider, options.base_url.rstrip("/"), cases, mask) as progress,
        opening(options.base_url) as send,
    ):
        running = Run(
            contract, cases, send, key, budget, sleep, paid=progress.paid, unknown=progress.unknown,
            answers=progress.answers, ledger=progress,
        )  # fmt: skip
        if not running.planned():
            raise ReelspecError(
                "verify", f"none of the {len(cases)} cases may be sent in free mode: they need --allow-paid",
                "allow a task, or choose others",
            )  # fmt: skip
        results = watched(running, progress)
    report = reports.Report(
        contract.provider, options.base_url, variable, results, running.requests, running.paid, running.stopped,
        running.unknown, mask,
    )  # fmt: skip
    if running.spent == progress.paid + progress.unknown:
        _usable(running, report)
    status = _told(report, len(progress.results))
    for path in options.report:
        reports.write(report, path)
    if observed is not None:
        print(f"{observe.write(report, observed)} proposals in {observed}")
    return status


def _key(contract: Contract, options: argparse.Namespace) -> tuple[str, str]:
    """Return the variable's name and the key. The key is never shown."""
    variable = options.key_env or re.sub(r"\W", "_", f"{contract.provider.upper()}_API_KEY")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise ReelspecError("--key-env", "this is no name of a variable", "give the name, not the key")
    key = os.environ.get(variable, "").strip()
    if not key and urlsplit(options.base_url).hostname in LOOPBACK:
        key = "a-key-for-the-mock"
    if not key:
        raise ReelspecError(variable, "holds no API key", "export it, or name another variable with --key-env")
    if not all("!" <= character <= "~" for character in key):
        raise ReelspecError(
            variable, "holds what no API key can be: a blank, or a character that is not ASCII", "export it again"
        )
    return variable, key


def _observed(options: argparse.Namespace) -> Path:
    """Return where the proposals go: to the given file, or beside the spec."""
    if options.observe.name:
        given: Path = options.observe
        return given
    given = Path(options.provider)
    return (given.parent if given.suffix else loader.own(options.specs) / given) / "observed.yaml"


def _chosen(contract: Contract, options: argparse.Namespace) -> list[Case]:
    from contract.cases import fits
    from contract.suites import suite

    cases = list(suite(contract))
    for given, of in ((options.operation, "operation"), (options.rule, "rule")):
        known = dict.fromkeys(
            name for case in cases for name in ((case.operation.id,) if of == "operation" else case.about)
        )
        for pattern in given or ():
            if not any(fits([name], [pattern]) for name in known):
                raise ReelspecError(
                    f"--{of}", f"{contract.provider} has no {of} {pattern!r}", f"one of: {', '.join(known)}"
                )
    chosen = [c for c in cases if fits([c.operation.id], options.operation) and fits(c.about, options.rule)]
    return chosen if options.image is None else [_picturing(case, options.image) for case in chosen]


def _picturing(case: Case, url: str) -> Case:
    """Return the case with this picture. Raises ReelspecError for what is no address of one."""
    from contract.images import naming
    from specs.media import Media, check_value

    if not url.startswith(("http://", "https://")) or tuple(check_value(Media.from_json({}), url)):
        raise ReelspecError("--image", "this is no http address", "write it as https://host/picture.png")
    content = None if case.call.content is None else naming(case.call.content, url)
    return replace(case, call=replace(case.call, content=content))


def _usable(running: Run, report: Report) -> None:
    """Refuse to call it findings that nobody answers, or that the key is wrong."""
    if running.health.unusable is not None and running.stopped != "interrupted":
        problem, remedy = running.health.unusable
        raise ReelspecError(report.base_url, report.shown(problem), remedy)


def _told(report: Report, before: int) -> int:
    """Print what was found; return the exit status."""
    from contract import reports

    for finding in report.findings:
        print(reports.text(report, finding))
    print(reports.summary(report) + (f", {before} cases done before" if before else ""))
    for result in report.results:
        if result.outcome == "skipped" and result.task is not None:
            print(f"{result.case.id}: the task {report.task(result.task)} was started and not followed to its end")
    left = report.counts["skipped"]
    if report.ended is not None:
        print(f"stopped: {report.ended}" + (f"; {left} of {len(report.results)} cases are not tried" if left else ""))
    elif left:
        print(f"{left} cases are not sent: they need more tasks than --allow-paid permits")
    if report.stopped == "interrupted":
        return 130
    if report.findings:
        return 1
    return 0 if report.stopped is None and report.counts["kept"] else 2
