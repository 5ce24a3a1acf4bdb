"""What a person sees while a run goes on: a table of operations with bars, or a line every so often in a log."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from contract.progress import Progress
from contract.runner import Result, Run
from contract.shown import Mask, visible

_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


def watched(running: Run, progress: Progress, console: Console | None = None) -> list[Result]:
    """Run the cases and return one result for each, those of former runs in their places.

    An interruption (Ctrl-C) ends the run: `running.stopped` is "interrupted", and what is known by then is returned.
    """
    console = console or Console()
    results = dict(progress.results)
    planned = {case.id for case in running.planned()}
    cases = {case.id: case for case in running.cases if case.id in planned or case.id in results}
    done = len(results)
    running.cases = [case for case in running.cases if case.id not in results]
    console.print(_opening(running, done), highlight=False, soft_wrap=True)
    with Bars(*_columns(console.width), console=console, disable=not console.is_terminal) as bars:
        table = _Table(running, bars, console)
        running.tell = table.say
        try:
            for result in running.results():
                results[result.case.id] = result
                progress.add(result)
                table.add(result)
        except KeyboardInterrupt:
            running.stopped = "interrupted"
            if running.current is not None and running.current.case.id not in results:
                results[running.current.case.id] = running.current
    return [results.get(name) or Result(case) for name, case in cases.items()]


def _opening(running: Run, done: int) -> str:
    paid = running.budget.paid
    mode = f"up to {paid} tasks may be started" if paid else "free mode: only what must be refused is sent"
    before = f" {done} cases done before;" if done else ""
    return f"{running.contract.provider}:{before} {len(running.planned())} cases, {mode}"


def _columns(width: int) -> list[ProgressColumn]:
    """Return the columns that there is room for."""
    name, broken = TextColumn("{task.description}"), TextColumn("[red]{task.fields[broken]} broken")
    if width < 60:
        return [name, MofNCompleteColumn(), broken]
    few = [MofNCompleteColumn(), TextColumn("[green]{task.fields[kept]} kept"), broken]
    if width < 100:
        return [name, *few]
    now = TextColumn("{task.fields[now]}", style="dim")
    return [SpinnerColumn(), name, BarColumn(), *few, now, TimeElapsedColumn()]


class _Table:
    """A row for each operation; in place of the table a line now and then, where nobody sees bars."""

    def __init__(self, running: Run, bars: Bars, console: Console) -> None:
        self.running, self.bars, self.console, self.mask = running, bars, console, Mask(running.key)
        totals = Counter(case.operation.id for case in running.planned())
        self.rows = {name: bars.add_task(name, total=total, kept=0, broken=0, now="") for name, total in totals.items()}
        self.counted: dict[str, Counter[str]] = {name: Counter() for name in totals}
        self.total, self.spoke = sum(totals.values()), running.now()

    def add(self, result: Result) -> None:
        """Count a result."""
        name, checks = result.case.operation.id, result.case.checks[:40]
        counted = self.counted[name]
        counted[result.outcome] += 1
        self.bars.update(self.rows[name], advance=1, kept=counted["kept"], broken=counted["broken"], now=checks)
        if not self.console.is_terminal and self.running.now() - self.spoke >= _EVERY:
            done = sum(map(sum, (known.values() for known in self.counted.values())))
            broken = sum(known["broken"] for known in self.counted.values())
            self.say(f"{done} of {self.total} cases, {broken} broken, at {result.case.id}")

    def say(self, text: str) -> None:
        """Print a line above the table."""
        self.spoke = self.running.now()
        self.console.print(f"  {visible(self.mask(text))}", style="dim", highlight=False, markup=False, soft_wrap=True)
