"""Rendered files to disk: only what changed, each file whole or not at all, or a diff of what would change."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from specs.errors import ReelspecError


@dataclass(frozen=True, slots=True)
class Change:
    """A file whose content differs from what was rendered; `new` is None where the file is to go."""

    path: Path
    old: str | None
    new: str | None

    @property
    def verb(self) -> str:
        """What happens to the file: added, changed or removed."""
        if self.new is None:
            return "removed"
        return "added" if self.old is None else "changed"

    def diff(self) -> str:
        """Return the unified diff."""
        old = (self.old or "").splitlines(keepends=True)
        new = (self.new or "").splitlines(keepends=True)
        return "".join(difflib.unified_diff(old, new, f"{self.path} (on disk)", f"{self.path} (rendered)"))


def changes(rendered: Mapping[Path, str], stale: Iterable[Path] = ()) -> tuple[Change, ...]:
    """Compare what was rendered with what is on disk; `stale` files are to go."""
    found = [Change(path, old, text) for path, text in sorted(rendered.items()) if (old := _read(path)) != text]
    return (*found, *(Change(path, _read(path), None) for path in sorted(stale)))


def write(found: Iterable[Change]) -> None:
    """Carry the changes out: every new file is written aside first, so that an error leaves all as it was."""
    staged: list[tuple[str, Path]] = []
    found = tuple(found)
    try:
        for change in found:
            if change.new is not None:
                staged.append((_aside(change.path, change.new), change.path))
    except OSError as problem:
        for name, _ in staged:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        raise ReelspecError(
            str(problem.filename or "output"), f"cannot be written: {problem.strerror}", "check folder and rights"
        ) from problem
    for name, path in staged:
        os.replace(name, path)
    for change in found:
        if change.new is None:
            change.path.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _aside(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(name, 0o644)
    return name
