"""Scenario files: faults to script, in YAML.

seed: 7
faults:
  - {kind: status, status: 503, on: submit, times: 2}
  - {kind: fail, reason: The face could not be found., probability: 0.1}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mockserver.faults import Fault, On, check_operation, parse_fault
from specs import yaml12
from specs.errors import ReelspecError


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the scenario file at `path` says; `seed` is None where it does not."""

    path: Path
    faults: tuple[Fault, ...]
    seed: int | None

    def check(self, operations: Mapping[str, On]) -> None:
        """Raise ReelspecError for a fault that is for none of the operations."""
        for number, fault in enumerate(self.faults):
            check_operation(fault, _place(self.path, number), operations)


def load(path: Path) -> Scenario:
    """Read a scenario file. Raises ReelspecError naming the file, the member and the remedy."""
    if not path.is_file():
        raise ReelspecError(str(path), "there is no such file", "give the path of a scenario in YAML")
    stated = yaml12.load(path)
    if not isinstance(stated, Mapping):
        raise ReelspecError(str(path), "a scenario is an object", "begin it with `faults:`")
    if unknown := sorted(map(str, set(stated) - {"faults", "seed"})):
        raise ReelspecError(f"{path}#/{unknown[0]}", "a scenario has no such member", "it may have faults and seed")
    faults, seed = stated.get("faults", []), stated.get("seed")
    if not isinstance(faults, list):
        raise ReelspecError(f"{path}#/faults", "it must be a list", "write each fault after a dash")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise ReelspecError(f"{path}#/seed", f"{seed!r} is no whole number", "leave it out for 0")
    found = tuple(parse_fault(entry, _place(path, number)) for number, entry in enumerate(faults))
    return Scenario(path, found, seed)


def _place(path: Path, number: int) -> str:
    return f"{path}#/faults/{number}"
