"""`reelspec diff`: what changed between two states of the contracts, by direction and by meaning."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from codegen.drift import report, states, wording
from codegen.drift.change import CLASSES, SEVERITIES, Change
from codegen.drift.compare import compare, compare_operations, ordered
from codegen.drift.report import Drift
from codegen.drift.states import State
from specs import loader


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    which = (
        "OLD NEW (each a file, folder, provider, REV, REV:provider, REV:path or STATE#OPERATION), or one REV..REV, "
        "or one REV...REV: since they parted"
    )
    parser.add_argument("states", nargs="*", metavar="STATE", help=which)
    parser.add_argument("--specs", type=Path, default=loader.home(), metavar="DIR",
                        help="folder of the specs, for providers and revisions")  # fmt: skip
    parser.add_argument("--format", choices=sorted(report.FORMATS), default="text", help="how to print the changes")
    parser.add_argument("--fail-on", choices=(*SEVERITIES, "never"), default="ERR",
                        help="exit 1 when there is a change as bad as this (default: ERR)")  # fmt: skip
    parser.add_argument("--classes", action="store_true", help="list the classes of changes and leave")


def run(options: argparse.Namespace) -> int:
    """Compare and print; 0 fine, 1 changes as bad as --fail-on."""
    if options.classes:
        for kind, (severity, meaning) in CLASSES.items():
            print(f"{severity:<4}  {kind:<28}  {meaning}")
        return 0
    found = drifts(options.states, None if options.specs == loader.HOME else options.specs)
    sys.stdout.write(report.FORMATS[options.format](found))
    changes = [change for drift in found.values() for change in drift.changes]
    return 1 if fails(changes, options.fail_on) else 0


def fails(changes: list[Change], fail_on: str) -> bool:
    """Tell whether a change is as bad as the severity, or worse."""
    if fail_on == "never":
        return False
    return any(SEVERITIES.index(change.severity) <= SEVERITIES.index(fail_on) for change in changes)


def drifts(arguments: list[str], home: Path | None = None) -> dict[str, Drift]:
    """Return what changed at every provider of both states. Raises SpecError for states that are none."""
    if len(arguments) == 2 and any("#" in argument for argument in arguments):
        return _operations(arguments, home)
    old, new = states.pair(arguments, home)
    if len(old.contracts) == len(new.contracts) == 1:
        return dict([_one(next(iter(old.contracts)), old, next(iter(new.contracts)), new)])
    found = {}
    for name in sorted({*old.contracts, *new.contracts}):
        if name not in new.contracts:
            gone = Change("provider-removed", name, f"the provider {wording.code(name)} is gone")
            found[name] = Drift(old.contracts[name].version, (gone,))
        elif name not in old.contracts:
            come = Change("provider-added", name, f"the provider {wording.code(name)} is new")
            found[name] = Drift(new.contracts[name].version, (come,), file=new.files[name])
        else:
            found |= dict([_one(name, old, name, new)])
    return found


def _one(before: str, old: State, name: str, new: State) -> tuple[str, Drift]:
    """Return what changed between two contracts; of providers of two names, both are told."""
    one, other = old.contracts[before], new.contracts[name]
    drift = Drift(one.version, compare(one, other), file=new.files[name])
    return name, drift if before == name else replace(drift, was=before)


def _operations(arguments: list[str], home: Path | None) -> dict[str, Drift]:
    """Return what changed from one operation to the other; a state that names none has the one of the same name."""
    named = next(argument.partition("#")[2] for argument in arguments if "#" in argument)
    whole = [argument if "#" in argument else f"{argument}#{named}" for argument in arguments]
    (before, one), (contract, other) = (states.operation(argument, home) for argument in whole)
    was = f"{before.provider} {one.id}" if (before.provider, one.id) != (contract.provider, other.id) else None
    return {contract.provider: Drift(before.version, ordered(compare_operations(one, other)), was=was)}
