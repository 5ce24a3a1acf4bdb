"""A run that can be interrupted: what is known of each case, one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.runner import Result
from specs.errors import ReelspecError


class Progress:
    """The state of a run in a file; without a file it remembers nothing.

    Raises ReelspecError where the file belongs to another provider or address.
    """

    def __init__(self, path: Path | None, provider: str, base_url: str) -> None:
        self.path, self.done = path, dict[str, Mapping[str, Any]]()
        if path is None:
            return
        head = {"provider": provider, "base_url": base_url}
        if path.exists():
            self._read(path, head)
        else:
            self._append(head)

    def _read(self, path: Path, head: Mapping[str, str]) -> None:
        try:
            first, *rest = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line)
        except (OSError, ValueError) as problem:
            raise ReelspecError(str(path), f"is no state of a run ({problem})", "give another file") from None
        if first != head:
            raise ReelspecError(str(path), f"belongs to a run against {first}", "give another file, or remove it")
        self.done = {entry["case"]: entry for entry in rest}

    @property
    def paid(self) -> int:
        """The tasks that were started before."""
        return sum(entry["task"] is not None for entry in self.done.values())

    @property
    def broken(self) -> list[str]:
        """What was found before, one line each."""
        return [line for entry in self.done.values() for line in entry["findings"]]

    def add(self, result: Result) -> None:
        """Remember a result; a case that was not sent is tried again."""
        if self.path is not None and result.outcome != "skipped":
            findings = [f"{finding.case.id}: {finding.message}" for finding in result.findings]
            self._append({"case": result.case.id, "outcome": result.outcome, "task": result.task, "findings": findings})

    def _append(self, entry: Mapping[str, Any]) -> None:
        assert self.path is not None  # noqa: S101 (asked by those that have one)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        except OSError as problem:
            raise ReelspecError(str(self.path), problem.strerror or "cannot be written", "give another file") from None
