"""Rendered files to disk: only what changed, all of it or nothing, or a diff of what would change.

With a journal that holds at any moment. New files are written aside first; then the journal takes its place, which says
what goes where; then a process of its own carries it out. A run that is killed before the journal stands changed
nothing, and one that is killed later cannot stop what that process does. Should both be killed, or the power fail,
`recover` does the rest: it carries the same journal out by the same code. `codegen.trees` calls it in time.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen import journal as journals
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
    """Compare what was rendered with what is on disk; `stale` files are to go.

    Raises ReelspecError for what is on disk and cannot be read as text.
    """
    found = [Change(path, old, text) for path, text in sorted(rendered.items()) if (old := _read(path)) != text]
    return (*found, *(Change(path, old, None) for path in sorted(stale) if (old := _read(path)) is not None))


def write(found: Iterable[Change], journal: Path | None = None, handles: Sequence[int] = ()) -> None:
    """Carry the changes out: every new file is written aside first, so that an error leaves all as it was.

    With a `journal` (a file's path) the same holds when the process is killed. Who carries it out keeps the `handles`
    open, so that a lock on them ends with the work. Raises ReelspecError where something cannot be written.
    """
    found = tuple(found)
    if not found:
        return
    put = [(str(_aside(change.path)), str(change.path.absolute())) for change in found if change.new is not None]
    removed = [str(change.path.absolute()) for change in found if change.new is None]
    try:
        if journal is not None:  # what is to be written aside is named first, so that the next run can sweep it away
            journals.settle(_save(_aside(journal), journals.text(put, removed)))
        folders = [_save(_aside(change.path), change.new) for change in found if change.new is not None]
        if journal is None:
            journals.replace(put, removed)
            return
        journals.settle(folder for several in folders for folder in several)
        os.replace(_aside(journal), journal)
    except OSError as problem:
        _sweep([name for name, _ in put], journal)
        raise ReelspecError(
            str(problem.filename or "output"), f"cannot be written: {problem.strerror}", "check folder and rights"
        ) from problem
    _carry_out_apart(journal, handles)
    recover(journal)


def recover(journal: Path) -> bool:
    """Complete what a killed run began; tell whether there was something. What it only wrote aside is swept away.

    Raises ReelspecError where that cannot be done.
    """
    try:
        journals.carry_out(str(journal.absolute()))
    except FileNotFoundError:
        return _forget(journal)
    except ValueError as problem:
        raise ReelspecError(
            str(journal), f"the journal of a broken run cannot be read: {problem}",
            "restore the folder from version control and delete the journal",
        ) from problem  # fmt: skip
    except OSError as problem:
        raise ReelspecError(
            str(problem.filename or journal), f"a broken run cannot be completed: {problem.strerror}",
            f"check folder and rights and run again; {journal} says what is left to do",
        ) from problem  # fmt: skip
    return True


def _carry_out_apart(journal: Path, handles: Sequence[int]) -> None:
    """Let a process in a session of its own carry the journal out; where there is none, the caller has to do it."""
    if not hasattr(os, "setsid") or not sys.executable:
        return
    import subprocess

    command = [sys.executable, "-I", "-S", journals.__file__, str(journal.absolute())]
    try:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=handles
        )
    except OSError:
        return  # no process could be had: the caller does it, and tells what stands against it
    try:
        process.wait()
    except KeyboardInterrupt:
        process.wait()  # it takes milliseconds, and what the journal says is done in any case
        raise


def _forget(journal: Path) -> bool:
    """Sweep away what a run wrote aside before it was killed: no journal says that it should take its place."""
    try:
        put, _ = journals.read(str(_aside(journal)))
    except FileNotFoundError:
        return False
    except ValueError:
        put = []  # it was killed while it wrote the names, and before any of the files
    _sweep([name for name, _ in put], journal)
    return False


def _sweep(names: Iterable[str], journal: Path | None) -> None:
    for name in (*names, *(() if journal is None else (str(_aside(journal)),))):
        journals.discard(name)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else "it is no text in UTF-8"
        raise ReelspecError(str(path), f"cannot be read: {said}", "give a file of text, or move it away") from problem


def _aside(path: Path) -> Path:
    """Return the name beside its place under which a file is written."""
    return path.parent.absolute() / f".{path.name}{SUFFIX}"


def _save(path: Path, text: str) -> set[str]:
    """Write a file, on the disk when this returns, and return the folders in which there is something new."""
    folders = {path.parent, *(folder.parent for folder in path.parents if not folder.exists())}
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(path, 0o644)
    return {str(folder) for folder in folders}
