"""`reelspec sync`: pages to specs and clients, all files together or none, then what changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from codegen import files, pagelist, trees, unchanged
from codegen.pagelist import PageList
from codegen.sources import Copy, Folder, Source, Web, cache_folder
from specs import loader
from specs.errors import ReelspecError, SpecError

if TYPE_CHECKING:
    from codegen.drift.report import Drift
    from codegen.update import Plan

Result = TypeVar("Result")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="which ones; all where none is named")
    parser.add_argument("--from", dest="pages", type=Path, metavar="DIR",
                        help="folder of stored pages; without it the pages are fetched")  # fmt: skip
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR",
                        help="folder of the specs (default: ./specs where it holds any, else ours)")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="DIR",
                        help="folder of the clients (default: generated, beside the specs)")  # fmt: skip
    parser.add_argument("--no-clients", action="store_true", help="write specs only")
    parser.add_argument("--check", action="store_true",
                        help="write no spec, lock or client; exit 1 with a diff when one is stale")  # fmt: skip
    parser.add_argument("--keep-going", action="store_true",
                        help="write the others where some cannot be brought up to date; still exit 2")  # fmt: skip
    parser.add_argument("--report", metavar="FILE", type=Path,
                        help="also write what changed, or with --check would change, as Markdown")  # fmt: skip
    parser.add_argument("--format", default="text", choices=("text", "markdown", "json", "github"),
                        help="how to print what changed")  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="follow addresses inside private networks")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where fetched pages are kept (default: ~/.cache)")


def run(options: argparse.Namespace) -> int:
    """Bring specs and clients up to date; 0 done, 1 something is stale with --check, 2 a page is broken."""
    home: Path = options.specs
    output: Path = options.output or home.parent / "generated"
    names = options.providers or sorted(path.parent.name for path in home.glob("*/pages.toml"))
    if not names:
        raise SpecError(str(home), "holds no provider", "give the folder of <provider>/pages.toml with --specs")
    for name in names:
        if not (home / name / "pages.toml").exists():
            raise SpecError(str(home / name), "has no pages.toml", "list the provider's pages in it")
    if not options.check:
        loader.own(home)
    work = _Work(options, output, dict.fromkeys(names, ""))
    pages = _fetched(work)  # before the folders are held: a site may take its time
    folders = (home,) if options.no_clients else (home, output)
    if not options.check:
        with trees.writing(*folders) as held:
            return _sync(work, pages, held)
    with trees.reading(*folders) as broken:
        for journal in broken:
            work.say(f"{journal}: a run was killed and is not completed; `reelspec sync` completes it")
        return _sync(work, pages, None) or bool(broken)


@dataclass(slots=True)
class _Work:
    """One run: what was asked for, and what is amiss with each provider, empty where nothing is."""

    options: argparse.Namespace
    output: Path
    problems: dict[str, str]

    def say(self, text: str) -> None:
        """Tell a person; what is printed for a program stays apart from it."""
        print(text, file=sys.stdout if self.options.format == "text" else sys.stderr)

    def each(self, names: Collection[str], do: Callable[[str], Result]) -> dict[str, Result]:
        """Return what is done for each provider, but for those with which something is amiss.

        Tells all that is amiss, then raises SpecError unless the others are to be brought up to date.
        """
        found: dict[str, Result] = {}
        for name in names:
            try:
                found[name] = do(name)
            except ReelspecError as problem:
                self.problems[name] = str(problem)
                print(f"reelspec: {name}: {problem}", file=sys.stderr)
        well = [name for name, problem in self.problems.items() if not problem]
        if len(well) == len(self.problems) or (well and self.options.keep_going):
            return found
        others = f"; --keep-going, or naming {' '.join(well)} alone, brings the others up to date" if well else ""
        raise SpecError(
            f"{len(self.problems) - len(well)} of {len(self.problems)} providers",
            "cannot be brought up to date; nothing was written", f"mend what stands above{others}",
        )  # fmt: skip


def _fetched(work: _Work) -> dict[str, tuple[PageList, dict[str, Copy]]]:
    """Return what each provider lists, and the copies of its pages."""
    with closing(_source(work.options, work.options.cache or cache_folder())) as source:

        def fetched(name: str) -> tuple[PageList, dict[str, Copy]]:
            listed = pagelist.load(work.options.specs / name / "pages.toml")
            return listed, source.copies(listed)

        return work.each(work.problems, fetched)


def _sync(
    work: _Work, pages: Mapping[str, tuple[PageList, dict[str, Copy]]], held: trees.Trees | None
) -> int:  # fmt: skip
    """Make all specs and clients, then write; with nothing `held`, only tell what would be written."""
    options, home, output = work.options, work.options.specs, work.output
    store = options.cache or cache_folder()
    clients = not options.no_clients

    def planned(name: str) -> tuple[Plan | None, str]:
        return _provider(home / name, output / name, *pages[name], store, clients=clients)

    made = work.each(pages, planned)
    plans = [plan for plan, _ in made.values() if plan is not None]
    fresh = [(name, inputs) for name, (plan, inputs) in made.items() if plan is not None]
    drifts = _drifts(work, plans)
    told = files.changes({options.report: _markdown(drifts)}) if options.report is not None else ()
    if held is None:
        files.write(told)
    else:  # the report, too: once the files are new, no later run can tell what changed
        held.write((*(change for plan in plans for change in plan.changes), *told))
        for name, inputs in fresh:
            unchanged.remember(store, home / name, inputs, _written(home / name, output / name, clients=clients))
    status = _tell(work, plans, drifts, len(made))
    return 2 if any(work.problems.values()) else status


def _source(options: argparse.Namespace, store: Path) -> Source:
    if options.pages is not None:
        return Folder(options.pages)
    from codegen.fetch import Fetcher

    return Web(Fetcher(allow_private=options.allow_private), store / "pages", _asking)


def _asking(address: str) -> None:
    """Show that something is done: a site may take half a minute for each page."""
    print(f"reelspec: asking for {address}", file=sys.stderr, flush=True)


def _provider(
    folder: Path, client: Path, listed: PageList, copies: Mapping[str, Copy], store: Path, *, clients: bool
) -> tuple[Plan | None, str]:
    """Return what has to change for one provider; None where neither pages nor files did."""
    inputs = unchanged.fingerprint(folder, listed, copies)
    if unchanged.seen(store, folder, inputs, _written(folder, client, clients=clients)):
        return None, inputs
    from codegen import update

    render = (lambda name, path, document: _client(client, name, path, document)) if clients else None
    return update.plan(folder, listed, copies, render, client / "CHANGELOG.md" if clients else None), inputs


def _written(folder: Path, client: Path, *, clients: bool) -> Iterator[Path]:
    """Return the files that a sync of the provider wrote; what else lies in the client's folder is not ours."""
    yield from (folder / "openapi.yaml", folder / "pages.lock")
    if clients:
        from codegen.emit import manifest

        made = manifest.read(client).get("files", ())
        yield from (client / name for name in (manifest.NAME, "CHANGELOG.md", *made))


def _client(folder: Path, name: str, path: Path, document: Mapping[str, Any]) -> tuple[files.Change, ...]:
    """Return the changes of the client's files, rendered from the new spec."""
    from codegen.commands import generate
    from codegen.emit import manifest, project

    inputs = generate.checksum(generate.generator(), name, document)
    if manifest.up_to_date(folder, inputs):
        return ()
    return manifest.changes(folder, project.render_project(document, str(path), name).files, inputs)


def _tell(work: _Work, plans: list[Plan], drifts: Mapping[str, Drift], count: int) -> int:
    """Tell what changed, or with --check what would, and return the exit status."""
    check, how = work.options.check, work.options.format
    changed = [change for plan in plans for change in plan.changes]
    for change in changed:
        work.say(change.diff().removesuffix("\n") if check else f"{change.verb} {change.path}")
    if drifts or how == "json":
        from codegen.drift import report

        sys.stdout.write(report.FORMATS[how](drifts))
    told = "stale" if check else "written"
    work.say(f"{count} providers {'checked' if check else 'read'}, {len(changed)} files {told}")
    return 1 if check and changed else 0


def _drifts(work: _Work, plans: list[Plan]) -> dict[str, Drift]:
    """Return all that there is to tell: what changed and why, what to look at, what is not brought up to date."""
    found = {plan.provider: plan.drift for plan in plans if plan.drift.changes or plan.drift.remarks}
    if broken := {name: problem for name, problem in work.problems.items() if problem}:
        from codegen.drift.report import Drift

        found |= {name: Drift("", (), problem=problem) for name, problem in broken.items()}
    return found


def _markdown(drifts: Mapping[str, Drift]) -> str:
    from codegen.drift import report

    return report.markdown(drifts)
