"""`reelspec generate [PROVIDER…] [-o DIR] [--specs DIR] [--check]`: clients from specs."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from codegen import files, trees
from codegen.emit import manifest, project
from specs import loader, yaml12
from specs.errors import ReelspecError, SpecError

HERE = Path(__file__).parent.parent
TOOLS = ("datamodel_code_generator", "jinja2", "ruff")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("provider", nargs="*", help="a provider that has a spec; all of them by default")
    parser.add_argument("-o", "--output", type=Path, default=Path("generated"), metavar="DIR", help="(%(default)s)")
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR", help="the folder of specs")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 with a diff where something is stale"
    )


def run(options: argparse.Namespace) -> int:
    """Generate; with --check return 1 and print a diff where a file differs."""
    home: Path = options.specs
    known = sorted(path.parent.name for path in home.glob("*/openapi.yaml"))
    for name in options.provider:
        if name not in known:
            raise SpecError(name, "there is no such provider", f"one of: {', '.join(known) or 'none'} in {home}")
    if not known:
        raise SpecError(str(home), "there is no spec", "give a folder that holds <provider>/openapi.yaml")
    names = options.provider or known
    if not options.check:
        with trees.writing(options.output, reading=[home]) as held:
            held.write(_render(options, names))
        return 0
    with trees.reading(home, options.output) as broken:
        for journal in broken:
            print(f"{journal}: a run was killed and is not completed; `reelspec generate` completes it")
        return 1 if _render(options, names) or broken else 0


def _render(options: argparse.Namespace, names: Iterable[str]) -> list[files.Change]:
    """Return what changes, and say so."""
    home: Path = options.specs
    tools, pending = generator(), []
    for name in names:
        path = home / name / "openapi.yaml"
        document = yaml12.load(path)
        inputs = checksum(tools, name, document)
        if manifest.up_to_date(options.output / name, inputs):
            print(f"{name}: up to date")
        else:
            pending.append((name, path, document, inputs))
    changed: list[files.Change] = []
    for name, path, document, inputs in pending:
        made = project.render_project(document, str(path), name).files
        found = manifest.changes(options.output / name, made, inputs)
        changed += found
        report(options.output / name, found, len(made), options.check)
    return changed


def report(folder: Path, found: tuple[files.Change, ...], count: int, check: bool) -> None:
    """Say what changes, with --check as a diff."""
    listed = [change for change in found if change.path.name != manifest.NAME]
    for change in found if check else ():
        print(change.diff(), end="")
    for change in listed:
        print(f"  {change.verb}: {change.path.relative_to(folder)}")
    print(f"{folder.name}: {len(listed)} of {count} files {'differ' if check else 'written or removed'}")
    if check and found:
        print(f"{folder} is stale: run `reelspec generate {folder.name}` and commit what it writes", file=sys.stderr)


def checksum(tools: str, name: str, document: Any) -> str:
    """Return the checksum of all that a client is made from; `tools` is that of the generator."""
    return hashlib.sha256(f"{tools} {name} {project.digest(document)}".encode()).hexdigest()


def generator() -> str:
    """Return the checksum of all that takes part in generating besides the spec: our sources, the tools' versions."""
    found: Any = hashlib.sha256(" ".join(map(installed, TOOLS)).encode())
    folders = (
        HERE / "emit",
        HERE / "runtime",
        HERE / "templates",
        HERE.parent / "specs",
        HERE.parent / "specs" / "rules",
    )
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.suffix in (".py", ".jinja")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return str(found.hexdigest())


def installed(tool: str) -> str:
    """Return name and version of an installed tool by the name of its folder, ten times faster than to ask for it."""
    spec = find_spec(tool)
    if spec is None or spec.origin is None:
        raise ReelspecError(tool, "is not installed", "install reelspec with its dependencies")
    site = Path(spec.origin).parent.parent
    return " ".join(sorted(path.name for path in site.glob(f"{tool}-*.dist-info")))
