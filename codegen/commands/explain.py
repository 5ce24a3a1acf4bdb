"""`reelspec explain`: a contract, one operation or one field of it, as a person wants to read it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import specs
from codegen import explain
from specs.loader import home

FORMATS = ("cel", "idl", "json", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("provider", metavar="PROVIDER", help="a provider, or the path of a spec")
    parser.add_argument("operation", nargs="?", metavar="OPERATION", help="one operation; all by default")
    parser.add_argument(
        "field", nargs="?", metavar="FIELD", help="one field, such as duration or multi_prompt[].prompt"
    )
    parser.add_argument("--format", choices=FORMATS, help="text for a terminal, else Markdown, where none is given")
    parser.add_argument("--specs", type=Path, default=home(), metavar="DIR", help="folder of the specs")


def run(options: argparse.Namespace) -> int:
    """Explain."""
    contract = specs.load(options.provider, options.specs)
    operations = explain.having(explain.chosen(contract, options.operation), options.field)
    if options.format == "json":
        sys.stdout.write(explain.as_json(contract, operations, options.field))
    elif options.format == "cel":
        sys.stdout.write(explain.cel_text(operations, options.field))
    elif options.format == "idl":
        sys.stdout.write(explain.idl_text(operations, options.field))
    else:
        text = explain.markdown(contract, operations, options.field)
        if options.format is None and sys.stdout.isatty():
            from rich.console import Console
            from rich.markdown import Markdown

            Console().print(Markdown(text))
        else:
            sys.stdout.write(text)
    return 0
