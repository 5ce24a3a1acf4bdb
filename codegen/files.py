"""Rendered files to disk: only what changed, all of it or nothing, or a diff of what would change.

With a journal that holds at any moment: new files are written aside first, then the journal says which of them take
which place, then they do. A run that dies before the journal stands changed nothing; one that dies after it is
completed by the next, which calls `recover` first.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from specs.errors import ReelspecError

SUFFIX = ".reelspec-new"
"""Ends the names of files that are written aside; they begin with a dot."""


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
    return (*found, *(Change(path, old, None) for path in sorted(stale) if (old := _read(path)) is not None))


def write(found: Iterable[Change], journal: Path | None = None) -> None:
    """Carry the changes out: every new file is written aside first, so that an error leaves all as it was.

    With a `journal` (a file's path on the same disk) the same holds when the process is killed, see `recover`.
    """
    found = tuple(found)
    staged: list[tuple[str, str]] = []
    try:
        staged.extend((_aside(change.path, change.new), _place(change)) for change in found if change.new is not None)
        removed = [_place(change) for change in found if change.new is None]
        if journal is not None and found:
            text = json.dumps({"put": staged, "remove": removed}, indent=1)
            os.replace(_aside(journal, text), journal)
            _settle(journal.parent)
    except OSError as problem:
        for name, _ in staged:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        raise ReelspecError(
            str(problem.filename or "output"), f"cannot be written: {problem.strerror}", "check folder and rights"
        ) from problem
    _put(staged, removed)
    if journal is not None and found:
        os.unlink(journal)


def recover(journal: Path, roots: Iterable[Path] = ()) -> bool:
    """Complete what a killed run began; tell whether there was something. What it only wrote aside is swept away.

    Raises ReelspecError where the journal cannot be read.
    """
    began = journal.exists()
    if began:
        try:
            entry = json.loads(journal.read_text(encoding="utf-8"))
            staged = [(str(name), str(path)) for name, path in entry["put"]]
            removed = [str(path) for path in entry["remove"]]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise ReelspecError(
                str(journal), f"the journal of a broken run cannot be read: {problem}",
                "restore the folder from version control and delete the journal",
            ) from problem  # fmt: skip
        _put([(name, path) for name, path in staged if os.path.exists(name)], removed)
        os.unlink(journal)
    for root in (journal.parent, *roots):
        for left in root.rglob(f".*{SUFFIX}"):
            left.unlink(missing_ok=True)
    return began


def _put(staged: Iterable[tuple[str, str]], removed: Iterable[str]) -> None:
    for name, path in staged:
        os.replace(name, path)
    for path in removed:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _place(change: Change) -> str:
    return str(change.path.absolute())


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _aside(path: Path, text: str) -> str:
    """Write a file beside its place and return its name; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = str(path.parent.absolute() / f".{path.name}{SUFFIX}")
    with open(name, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(name, 0o644)
    return name


def _settle(folder: Path) -> None:
    """Make sure that a rename in the folder outlives a power cut."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders, and needs no such thing
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
