"""`reelspec sync`: pages to specs."""

from __future__ import annotations

import argparse
from pathlib import Path

from codegen import files
from codegen.sync import sync
from specs.errors import SpecError
from specs.loader import HOME


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help="which ones; all where none is named")
    parser.add_argument("--from", dest="pages", type=Path, required=True, metavar="DIR", help="folder of stored pages")
    parser.add_argument("--specs", type=Path, default=HOME, metavar="DIR", help="folder of the specs")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff when a spec is stale")


def run(options: argparse.Namespace) -> int:
    """Make the specs anew and write what changed."""
    names = options.providers or sorted(path.parent.name for path in options.specs.glob("*/pages.toml"))
    for name in names:
        if not (options.specs / name / "pages.toml").exists():
            raise SpecError(str(options.specs / name), "has no pages.toml", "list the provider's pages in it")
    made = [sync(options.specs / name, options.pages) for name in names]
    changed = files.changes({synced.path: synced.text for synced in made})
    if options.check:
        for change in changed:
            print(change.diff(), end="")
        print(f"{len(names)} specs checked, {len(changed)} stale")
        return 1 if changed else 0
    files.write(changed)
    for change in changed:
        print(f"{change.verb} {change.path}")
    print(f"{len(names)} specs made from their pages, {len(changed)} changed")
    return 0
