"""`reelspec sync`: pages to specs and clients, all files together or none, then what changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from codegen import files, pagelist, trees, unchanged
from codegen.pagelist import PageList
from codegen.sources import Copy, Folder, Source, Web, cache_folder
from specs.errors import ReelspecError, SpecError
from specs.loader import HOME

if TYPE_CHECKING:
    from codegen.drift.report import Drift
    from codegen.update import Plan

Result = TypeVar("Result")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="which ones; all where none is named")
    parser.add_argument("--from", dest="pages", type=Path, metavar="DIR",
                        help="folder of stored pages; without it the pages are fetched")  # fmt: skip
    parser.add_argument("--specs", type=Path, default=HOME, metavar="DIR", help="folder of the specs")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR",
                        help="folder of the clients (default: generated, beside the specs)")  # fmt: skip
    parser.add_argument("--no-clients", action="store_true", help="write specs only")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff when a file is stale")
    parser.add_argument("--report", metavar="FILE", type=Path, help="also write what changed, as Markdown")
    parser.add_argument("--format", default="text", choices=("text", "markdown", "json", "github"),
                        help="how to print what changed")  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="follow addresses inside private networks")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where fetched pages are kept (default: ~/.cache)")


def run(options: argparse.Namespace) -> int:
    """Bring specs and clients up to date; 0 done, 1 something is stale with --check, 2 a page is broken."""
    home: Path = options.specs
    output: Path = options.output or home.parent / "generated"
    names = options.providers or sorted(path.parent.name for path in home.glob("*/pages.toml"))
    for name in names:
        if not (home / name / "pages.toml").exists():
            raise SpecError(str(home / name), "has no pages.toml", "list the provider's pages in it")
    pages = _fetched(options, names)  # before the folders are held: a site may take its time
    folders = (home,) if options.no_clients else (home, output)
    if not options.check:
        with trees.writing(*folders) as held:
            return _sync(options, pages, output, held)
    with trees.reading(*folders) as broken:
        for journal in broken:
            print(f"{journal}: a run was killed and is not completed; `reelspec sync` completes it")
        return _sync(options, pages, output, None) or bool(broken)


def _fetched(options: argparse.Namespace, names: list[str]) -> dict[str, tuple[PageList, dict[str, Copy]]]:
    """Return what each provider lists, and the copies of its pages."""
    with closing(_source(options, options.cache or cache_folder())) as source:

        def fetched(name: str) -> tuple[PageList, dict[str, Copy]]:
            listed = pagelist.load(options.specs / name / "pages.toml")
            return listed, source.copies(listed)

        return _each(names, fetched)


def _each(names: Collection[str], work: Callable[[str], Result]) -> dict[str, Result]:
    """Return what the work gives for each provider; tell all that is amiss, then raise SpecError."""
    found: dict[str, Result] = {}
    problems = 0
    for name in names:
        try:
            found[name] = work(name)
        except ReelspecError as problem:
            print(f"reelspec: {problem}", file=sys.stderr)
            problems += 1
    if problems:
        raise SpecError(
            f"{problems} of {len(names)} providers", "cannot be brought up to date; nothing was written",
            "mend what stands above",
        )  # fmt: skip
    return found


def _sync(
    options: argparse.Namespace, pages: Mapping[str, tuple[PageList, dict[str, Copy]]], output: Path,
    held: trees.Trees | None,
) -> int:  # fmt: skip
    """Make all specs and clients, then write; with nothing `held`, only tell what would be written."""
    home: Path = options.specs
    store = options.cache or cache_folder()
    clients = not options.no_clients

    def planned(name: str) -> tuple[Plan | None, str]:
        return _provider(home / name, output / name, *pages[name], store, clients=clients)

    made = _each(pages, planned)
    plans = [plan for plan, _ in made.values() if plan is not None]
    fresh = [(name, inputs) for name, (plan, inputs) in made.items() if plan is not None]
    drifts = {plan.provider: plan.drift for plan in plans if plan.drift.changes}
    told = files.changes({options.report: _report(drifts, plans)}) if options.report is not None else ()
    if held is None:
        files.write(told)
    else:  # the report, too: once the files are new, no later run can tell what changed
        held.write((*(change for plan in plans for change in plan.changes), *told))
        for name, inputs in fresh:
            unchanged.remember(store, home / name, inputs, _written(home / name, output / name, clients=clients))
    return _tell(options, plans, drifts, len(pages))


def _source(options: argparse.Namespace, store: Path) -> Source:
    if options.pages is not None:
        return Folder(options.pages)
    from codegen.fetch import Fetcher

    return Web(Fetcher(allow_private=options.allow_private), store / "pages")


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


def _tell(options: argparse.Namespace, plans: list[Plan], drifts: Mapping[str, Drift], count: int) -> int:
    """Tell what changed, or with --check what would, and return the exit status."""
    changed = [change for plan in plans for change in plan.changes]
    for change in changed:
        print(change.diff() if options.check else f"{change.verb} {change.path}\n", end="")
    for plan in plans:
        for note in plan.notes:
            print(f"{plan.provider}: {note}")
    if drifts:
        from codegen.drift import report

        sys.stdout.write(report.FORMATS[options.format](drifts))
    told = "stale" if options.check else "written"
    print(f"{count} providers {'checked' if options.check else 'read'}, {len(changed)} files {told}")
    return 1 if options.check and changed else 0


def _report(drifts: Mapping[str, Drift], plans: list[Plan]) -> str:
    """Return what changed, and what a person should look at, as Markdown."""
    from codegen.drift import report

    notes = [f"- {plan.provider}: {note}" for plan in plans for note in plan.notes]
    text = report.markdown(drifts) if drifts else "No contract changed.\n"
    return "\n".join([text, "## To look at", "", *notes, ""]) if notes else text
