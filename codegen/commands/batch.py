"""Many pages at once: processes, a progress bar, a JSON file per page and a table that sums up."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specs.errors import PageError, ReelspecError

if TYPE_CHECKING:
    from codegen.pages import PageNames

SUFFIXES = (".md", ".mdx", ".txt", ".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one page; `error` is None when it could be read."""

    source: str
    format: str = ""
    operations: int = 0
    fields: int = 0
    rules: int = 0
    unread: int = 0
    data: bytes = b""
    error: str | None = None


def run(options: argparse.Namespace, names: tuple[PageNames, ...]) -> int:
    """Extract all pages; return 1 when some could not be read. Raises PageError when there are none."""
    from rich.console import Console
    from rich.progress import track

    sources = list(find(options.pages))
    if not sources:
        raise PageError(
            ", ".join(options.pages), "there are no pages here", f"pages end in {', '.join(sorted(SUFFIXES))}"
        )
    targets = _targets(sources, options.output) if options.output else {}
    console = Console(stderr=True)
    failed = 0
    outcomes: list[Outcome] = []
    results = read_all([source for source, _ in sources], names, options.jobs, allow_private=options.allow_private)
    for outcome in track(results, "reading", total=len(sources), console=console, disable=not console.is_terminal):
        failed += outcome.error is not None
        if outcome.error is None and outcome.source in targets:
            _write(targets[outcome.source], outcome.data)
        elif outcome.error is None and options.json and not options.output:
            print(outcome.data.decode())
        outcomes.append(_without_data(outcome))
    if not options.json:
        _table(outcomes)
    for outcome in outcomes:
        if outcome.error is not None:
            print(f"reelspec: {outcome.error}", file=sys.stderr)
    return 1 if failed else 0


def find(given: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield each page's source and its path below the output folder; folders are searched in name order."""
    for source in given:
        path = Path(source)
        if source.startswith(("http://", "https://")):
            yield source, Path(source.partition("://")[2].strip("/") or "page")
        elif path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.suffix.lower() in SUFFIXES and inner.is_file():
                    yield str(inner), inner.relative_to(path)
        else:
            yield source, Path(path.name)


def read_all(
    sources: list[str], names: tuple[PageNames, ...], jobs: int, *, allow_private: bool = False
) -> Iterator[Outcome]:
    """Yield an outcome per source in order, from `jobs` processes (0: one per CPU)."""
    jobs = min(jobs if jobs > 0 else os.cpu_count() or 1, len(sources))
    if jobs == 1:
        yield from (read_one(source, names, allow_private) for source in sources)
        return
    with ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(names, allow_private)) as pool:
        yield from pool.map(_read_prepared, sources, chunksize=max(1, min(16, len(sources) // (4 * jobs))))


_prepared: tuple[tuple[PageNames, ...], bool] = ((), False)


def _prepare(names: tuple[PageNames, ...], allow_private: bool) -> None:
    """Keep in a worker process what is the same for all pages."""
    global _prepared
    _prepared = (names, allow_private)


def _read_prepared(source: str) -> Outcome:
    return read_one(source, *_prepared)


def read_one(source: str, names: tuple[PageNames, ...], allow_private: bool = False) -> Outcome:
    """Return what one page holds, or why it could not be read."""
    import orjson

    from codegen.commands.extract import read
    from codegen.extract import extract

    try:
        facts = extract(read(source, allow_private=allow_private), names, source)
    except ReelspecError as problem:
        return Outcome(source, error=str(problem))
    return Outcome(
        source,
        facts.format,
        len(facts.operations),
        sum(len(operation.fields) for operation in facts.operations),
        sum(len(operation.rules) for operation in facts.operations),
        len(facts.unread),
        orjson.dumps(facts.as_json(), option=orjson.OPT_INDENT_2),
    )


def _without_data(outcome: Outcome) -> Outcome:
    from dataclasses import replace

    return replace(outcome, data=b"")


def _targets(sources: list[tuple[str, Path]], folder: Path) -> dict[str, Path]:
    targets = {source: folder / f"{relative}.facts.json" for source, relative in sources}
    seen: dict[Path, str] = {}
    for source, target in targets.items():
        if target in seen:
            raise PageError(source, f"has the same name as {seen[target]}", "extract them into different folders")
        seen[target] = source
    return targets


def _write(target: Path, data: bytes) -> None:
    """Write through a temporary file, so that no half-written one is left behind."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as stream:
            stream.write(data + b"\n")
        Path(stream.name).replace(target)
    except OSError as problem:
        raise PageError(
            str(target), f"cannot be written: {os.strerror(problem.errno or 0)}", "check the folder"
        ) from None


def _table(outcomes: list[Outcome]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("page", "format", box=box.SIMPLE_HEAD)
    for name in ("operations", "fields", "rules", "unread"):
        table.add_column(name, justify="right")
    read = [outcome for outcome in outcomes if outcome.error is None]
    for outcome in read:
        unread = Text(str(outcome.unread), style="yellow" if outcome.unread else "")
        table.add_row(
            Text(outcome.source),
            outcome.format,
            str(outcome.operations),
            str(outcome.fields),
            str(outcome.rules),
            unread,
        )
    table.add_section()
    table.add_row(
        f"{len(read)} of {len(outcomes)} pages", "", str(sum(o.operations for o in read)),
        str(sum(o.fields for o in read)), str(sum(o.rules for o in read)), str(sum(o.unread for o in read)),
    )  # fmt: skip
    console = Console()
    (console if console.is_terminal else Console(width=160)).print(table)
