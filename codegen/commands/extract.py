"""`reelspec extract`: pages in, facts out, as JSON, as tables, or as a folder of JSON files."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from specs.errors import PageError

if TYPE_CHECKING:
    from codegen.pages import PageNames


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("pages", nargs="+", metavar="PAGE", help="a file, a folder of pages, or an http(s) address")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write a JSON file of facts per page")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one per CPU)")
    parser.add_argument("--pages-toml", type=Path, action="append", default=[], metavar="FILE",
                        help="more names for pages that lost theirs")  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="follow addresses inside private networks")


def run(options: argparse.Namespace) -> int:
    """Extract; 0 fine, 1 some pages of several could not be read, PageError when the only page could not."""
    if len(options.pages) == 1 and not options.output and not Path(options.pages[0]).is_dir():
        return _one(options)
    from codegen.commands import batch

    return batch.run(options, names(options.pages_toml))


def _one(options: argparse.Namespace) -> int:
    from codegen.extract import extract

    source = options.pages[0]
    facts = extract(read(source, allow_private=options.allow_private), names(options.pages_toml), source)
    if options.json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(facts.as_json(), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        from codegen.commands import show

        show.facts(facts, source)
    return 0


def read(source: str, *, allow_private: bool = False) -> bytes:
    """Return the bytes of a file or an address. Raises PageError for what cannot be had."""
    if source.startswith(("http://", "https://")):
        from codegen import fetch

        return fetch.get(source, allow_private=allow_private)
    if "://" in source:
        raise PageError(source, "only http and https addresses are read", "give a file or an http(s) address")
    from codegen.pages.page import MAX_BYTES

    try:
        with open(source, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise PageError(source, "there is no such file", "check the name") from None
    except OSError as problem:
        raise PageError(source, f"cannot be read: {os.strerror(problem.errno or 0)}", "check the file") from None


def names(more: list[Path]) -> tuple[PageNames, ...]:
    """Return the entries of all providers' pages.toml and of the files given."""
    import specs
    from codegen.pages import naming

    own = sorted(Path(specs.__file__).parent.glob("*/pages.toml"))
    return tuple(entry for path in (*more, *own) for entry in naming.load(path))
