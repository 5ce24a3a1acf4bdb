"""`reelspec diff`: what changed between two states of the contracts, by direction and by meaning."""

from __future__ import annotations

import argparse
import sys

from codegen.drift import report, states
from codegen.drift.change import CLASSES, SEVERITIES, Change
from codegen.drift.compare import compare, compare_operations, ordered
from codegen.drift.report import Drift


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    which = "OLD NEW (each a file, folder, provider, REV:provider or STATE#OPERATION), or one REV..REV"
    parser.add_argument("states", nargs="*", metavar="STATE", help=which)
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
    found = drifts(options.states)
    sys.stdout.write(report.FORMATS[options.format](found))
    changes = [change for drift in found.values() for change in drift.changes]
    return 1 if fails(changes, options.fail_on) else 0


def fails(changes: list[Change], fail_on: str) -> bool:
    """Tell whether a change is as bad as the severity, or worse."""
    if fail_on == "never":
        return False
    return any(SEVERITIES.index(change.severity) <= SEVERITIES.index(fail_on) for change in changes)


def drifts(arguments: list[str]) -> dict[str, Drift]:
    """Return what changed at every provider that both states have. Raises SpecError for states that are none."""
    if len(arguments) == 2 and all("#" in argument for argument in arguments):
        return _operations(arguments)
    old, new = states.pair(arguments)
    if len(old) == len(new) == 1:
        (one,), (other,) = old.values(), new.values()
        return {other.provider: Drift(one.version, compare(one, other))}
    return {name: Drift(old[name].version, compare(old[name], new[name])) for name in old if name in new}


def _operations(arguments: list[str]) -> dict[str, Drift]:
    (contract, one), (_, other) = map(states.operation, arguments)
    return {contract.provider: Drift(contract.version, ordered(compare_operations(one, other)))}
