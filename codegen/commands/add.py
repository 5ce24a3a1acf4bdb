"""`reelspec add NAME PAGE…`: a new provider from its pages, and a list of what they leave open."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from codegen import files, newcomer, pagelist, trees
from codegen.commands import extract as reading
from codegen.extract import extract
from codegen.newcomer import NewPage
from codegen.sources import Copy, refuse_shell
from specs import loader
from specs.errors import SpecError

_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", metavar="NAME", help="what to call the provider: lower case letters and digits")
    parser.add_argument("pages", nargs="+", metavar="PAGE",
                        help="an address, a file, or FILE=ADDRESS where the file does not tell its own")  # fmt: skip
    parser.add_argument("--from", dest="stored", type=Path, metavar="DIR",
                        help="folder of stored pages that holds the files; later syncs take the same")  # fmt: skip
    parser.add_argument("--title", metavar="TEXT", help="what to call the API (default: the name)")
    parser.add_argument("--server", action="append", default=[], metavar="URL", help="base address; can be repeated")
    parser.add_argument("--platform", metavar="PROVIDER",
                        help="a provider of the same platform, whose shared overlays decide here, too")  # fmt: skip
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR",
                        help="folder of the specs (default: ./specs where it holds any, else ours)")  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="follow addresses inside private networks")


def run(options: argparse.Namespace) -> int:
    """Write the provider's folder; 0 complete, 1 something is missing and listed."""
    folder: Path = loader.own(options.specs) / options.name
    if not _NAME.match(options.name):
        raise SpecError(options.name, "is no name for a provider", "use lower case letters, digits, - and _")
    if (folder / "pages.toml").exists():
        raise SpecError(str(folder), "exists", "edit its pages.toml and run sync")
    read = [_page(given, options) for given in options.pages]
    pages = [page for page, _ in read]
    overlays = _shared(options.specs, options.platform, pages) if options.platform else []
    draft = newcomer.draft(options.name, options.title or options.name, pages, options.server, overlays)
    wanted = {folder / "pages.toml": draft.pages}
    if draft.overlay is not None:
        wanted[folder / "overlay.yaml"] = draft.overlay
    missing = list(draft.missing)
    with trees.writing(options.specs) as held:
        held.write(files.changes(wanted))
        try:
            held.write(_first_spec(folder, {page.key: Copy(data, page.address) for page, data in read}))
        except SpecError as problem:
            missing.append(f"no spec yet: {problem}")
    for path in sorted(folder.iterdir()):
        print(f"added {path}")
    for what in missing:
        print(f"missing: {what}")
    if not missing:
        print(f"{options.name}: nothing is missing; `reelspec lint {options.name}` looks closer")
    return 1 if missing else 0


def _page(given: str, options: argparse.Namespace) -> tuple[NewPage, bytes]:
    """Read one page: an address, a file, or a file with its address."""
    source, address = given, None
    if not given.startswith(("http://", "https://")):
        source, _, stated = given.partition("=")
        address = stated or None
    data = reading.read(source, allow_private=options.allow_private)
    refuse_shell(data, source)
    facts = extract(data, (), source)
    if source.startswith("http"):
        address, file = source, f"{options.name}/{source.rstrip('/').rpartition('/')[2]}"
    else:
        file = _below(Path(source), options.stored)
    return newcomer.page(file, data.decode("utf-8", errors="replace"), facts.operations, address), data


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


def _first_spec(folder: Path, copies: dict[str, Copy]) -> tuple[files.Change, ...]:
    from codegen import update

    return update.plan(folder, pagelist.load(folder / "pages.toml"), copies).changes
