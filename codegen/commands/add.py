"""`reelspec add NAME PAGE…`: a new provider from its pages, and a list of what they leave open."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from codegen import files, newcomer, pagelist, trees
from codegen.commands import extract as reading
from codegen.extract import extract
from codegen.facts import Facts
from codegen.newcomer import NewPage
from codegen.sources import Copy, refuse_shell
from specs import loader
from specs.errors import ReelspecError, SpecError

_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
_OPERATION = re.compile(r"(?P<page>.+)@(?P<method>GET|POST|PUT|PATCH|DELETE)\s+(?P<path>/\S*)", re.IGNORECASE)
_ODD = re.compile(r"[^\w.-]+")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", metavar="NAME", help="what to call the provider: lower case letters and digits")
    parser.add_argument("pages", nargs="+", metavar="PAGE",
                        help="an address, a file, or FILE=ADDRESS where the file does not tell its own; ending in "
                        "'@POST /path' where the page states no operation, or several (one PAGE for each)")  # fmt: skip
    parser.add_argument("--from", dest="stored", type=Path, metavar="DIR",
                        help="folder of stored pages that holds the files; later syncs take the same")  # fmt: skip
    parser.add_argument("--title", metavar="TEXT", help="what to call the API (default: the name)")
    parser.add_argument("--server", action="append", default=[], metavar="URL", help="base address; can be repeated")
    parser.add_argument("--platform", metavar="PROVIDER",
                        help="a provider of the same platform, whose shared overlays decide here, too")  # fmt: skip
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR",
                        help="folder of the specs (default: ./specs where it holds any, else ours)")  # fmt: skip
    parser.add_argument("--draft", action="store_true",
                        help="keep pages.toml and overlay.yaml where no spec can be made of them yet")  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="follow addresses inside private networks")


def run(options: argparse.Namespace) -> int:
    """Write the provider's folder; 0 complete, 1 something is missing and listed."""
    folder: Path = loader.own(options.specs) / options.name
    if not _NAME.match(options.name):
        raise SpecError(options.name, "is no name for a provider", "use lower case letters, digits, - and _")
    if (folder / "pages.toml").exists():
        raise SpecError(str(folder), "exists", "edit its pages.toml and run sync")
    reader = _Reader(options)
    pages = newcomer.apart([reader.page(given) for given in options.pages])
    overlays = _shared(options.specs, options.platform, pages) if options.platform else []
    draft = newcomer.draft(options.name, options.title or options.name, pages, options.server, overlays)
    wanted = {folder / "pages.toml": draft.pages}
    if draft.overlay is not None:
        wanted[folder / "overlay.yaml"] = draft.overlay
    missing = list(draft.missing)
    copies = {page.key: Copy(page.text.encode(), page.address, page.file) for page in pages}
    with trees.writing(options.specs) as held:
        try:
            spec = _first_spec(folder, wanted, overlays, copies)
        except ReelspecError as problem:
            if not options.draft:
                raise type(problem)(
                    problem.place, problem.problem, f"{problem.remedy}; --draft keeps what there is to mend"
                ) from None
            missing.append(f"no spec yet: {problem}; mend it, then run sync")
            spec = ()
        held.write((*files.changes(wanted), *spec))
    for path in sorted(folder.iterdir()):
        print(f"added {path}")
    for what in missing:
        print(f"missing: {what}")
    if not missing:
        print(f"{options.name}: nothing is missing; `reelspec lint {options.name}` looks closer")
    return 1 if missing else 0


class _Reader:
    """Reads what was given, each page once however many of its operations are named."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self._read: dict[str, tuple[bytes, Facts]] = {}
        self._files: dict[str, str] = {}

    def page(self, argument: str) -> NewPage:
        """Return the page of an address, a file, or a file with its address; with one of its operations after @."""
        named = _OPERATION.fullmatch(argument)
        given, route = (named["page"], f"{named['method'].upper()} {named['path']}") if named else (argument, None)
        source, address = given, None
        if not given.startswith(("http://", "https://")):
            source, _, stated = given.partition("=")
            address = stated or None
        if source not in self._read:
            data = reading.read(source, allow_private=self.options.allow_private)
            refuse_shell(data, source)
            self._read[source] = data, extract(data, (), source)
        data, facts = self._read[source]
        if source.startswith("http"):
            address, file = source, self._stored(source)
        else:
            file = _below(Path(source), self.options.stored)
        text = data.decode("utf-8", errors="replace")
        return newcomer.page(given, file, text, facts.operations, address, route)

    def _stored(self, address: str) -> str:
        """Return how a copy of the page is called: as much of the address as tells it from the others."""
        parts = [_ODD.sub("-", part) for part in address.partition("://")[2].split("/") if part]
        for count in range(1, len(parts) + 1):
            file = f"{self.options.name}/{'-'.join(parts[-count:])}"
            if self._files.setdefault(file, address) == address:
                return file
        raise SpecError(address, "is given in two ways", "give it once")


def _below(path: Path, folder: Path | None) -> str:
    if folder is None:
        return path.name
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise SpecError(str(path), f"is not below {folder}", "give the folder that holds it with --from") from None


def _shared(specs: Path, platform: str, pages: list[NewPage]) -> list[str]:
    """Return the overlays of the platform that speak of an operation given here, or of none in particular."""
    path = specs / platform / "pages.toml"
    if not path.exists():
        raise SpecError(platform, "there is no such provider", f"one with a folder in {specs}")
    listed = pagelist.load(path)
    others = {page.path for page in listed.pages} - {page.facts.path for page in pages}
    found = []
    for overlay in listed.overlays:
        text = overlay.read_text(encoding="utf-8")
        if overlay.name != "overlay.yaml" and not any(route in text for route in others):
            found.append(f"../{overlay.resolve().parent.name}/{overlay.name}")
    return found


def _first_spec(
    folder: Path, wanted: Mapping[Path, str], overlays: Iterable[str], copies: Mapping[str, Copy]
) -> tuple[files.Change, ...]:
    """Return the other files of the provider, made aside: nothing is in its folder before all of them are."""
    from codegen import update

    with TemporaryDirectory() as aside:
        apart = Path(aside) / folder.name
        apart.mkdir()
        for shared in overlays:
            (apart / shared).parent.mkdir(exist_ok=True)
            copyfile(folder.parent / shared.removeprefix("../"), apart / shared)
        for path, text in wanted.items():
            (apart / path.name).write_text(text, encoding="utf-8")
        try:
            made = update.plan(apart, pagelist.load(apart / "pages.toml"), copies).changes
        except ReelspecError as problem:
            place = problem.place.replace(str(apart), str(folder))
            raise type(problem)(place, problem.problem, problem.remedy) from None
        return tuple(replace(change, path=folder / change.path.name) for change in made)
