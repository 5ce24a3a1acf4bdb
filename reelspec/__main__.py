"""`reelspec COMMAND …`: finds the command, imports it and nothing else, and reports errors in one line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

COMMANDS = {
    # name: (module, one line of help)
    "demo": ("reelspec.demo", "generate clients, serve mocks, make videos, break rules: the whole loop in a minute"),
    "add": ("codegen.commands.add", "make the spec of a new provider from its pages"),
    "diff": ("codegen.commands.diff", "tell what changed between two states of the contracts"),
    "explain": ("codegen.commands.explain", "print a contract as a person wants to read it"),
    "export": ("codegen.commands.export", "write a contract for foreign tools: OpenAPI, Arazzo, Schemathesis"),
    "extract": ("codegen.commands.extract", "read documentation pages and print the facts found on them"),
    "generate": ("codegen.commands.generate", "write the clients of the specs"),
    "lint": ("codegen.commands.lint", "look for contradictions, idle rules and providers that differ"),
    "mock": ("mockserver.commands.mock", "serve providers over HTTP, for development and tests without a network"),
    "sync": ("codegen.commands.sync", "make the specs anew from their documentation pages"),
    "verify": ("contract.commands.verify", "hold a server or a recording against its documentation, without paying"),
}


SPECS = Path(__file__).parents[1] / "specs"
JOURNAL = ".reelspec-journal"
"""Stands in a folder of specs while its files are being replaced; see `codegen.trees`."""


class Command(Protocol):
    """What a command module offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work; return the exit status (0 fine, 1 findings, 2 could not run)."""


def overview() -> str:
    """Return the help text: every command with its line."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in sorted(COMMANDS.items())]
    return "\n".join(["usage: reelspec COMMAND [options]", "", "commands:", *lines, "",
                      "`reelspec COMMAND --help` tells a command's options."])  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the console script's entry point."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0 if arguments else 2
    name = arguments[0]
    if name == "--version":
        from importlib.metadata import version

        print(f"reelspec {version('reelspec')}")
        return 0
    if name not in COMMANDS:
        print(f"reelspec: no command {name!r} (one of: {', '.join(sorted(COMMANDS))})", file=sys.stderr)
        return 2
    module, text = COMMANDS[name]
    command: Command = importlib.import_module(module)
    parser = argparse.ArgumentParser(prog=f"reelspec {name}", description=text[0].upper() + text[1:] + ".")
    command.configure(parser)
    return guarded(command, parser.parse_args(arguments[1:]))


def guarded(command: Command, options: argparse.Namespace) -> int:
    """Run the command; an error of the input becomes one line and status 2, a closed pipe ends quietly."""
    from specs.errors import ReelspecError

    try:
        _settle(options)
        status = command.run(options)
        sys.stdout.flush()
    except ReelspecError as problem:
        print(f"reelspec: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("reelspec: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


def _settle(options: argparse.Namespace) -> None:
    """Complete what a killed sync left half done before the specs are read; --check looks at them as they are."""
    home: Path = getattr(options, "specs", SPECS)
    if (home / JOURNAL).exists() and not getattr(options, "check", False):
        from codegen import trees

        trees.settle(home)


def _look_here_last() -> None:
    """Let our packages stand before those of the current folder, which `python -m` looks into first."""
    if sys.path and Path(sys.path[0]).resolve() == Path.cwd() != SPECS.parent:
        sys.path.append(sys.path.pop(0))


if __name__ == "__main__":
    _look_here_last()
    sys.exit(main())
