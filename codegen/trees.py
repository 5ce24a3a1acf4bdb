"""Folders of specs and clients: one writer at a time, and what a killed one began is completed before anybody reads on.

The lock is the operating system's, on the folder itself: no file is left behind, it ends with the processes that hold
it, and the one that carries a journal out (see `codegen.files`) holds it on when the run that began it was killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from codegen import files
from specs.errors import ReelspecError

JOURNAL = ".reelspec-journal"
"""Stands in the folder while files are being replaced there, or in the folders that are written together with it."""
WAIT = 60.0
"""Seconds to wait for another run."""
PAUSE = 0.05
"""Seconds between two attempts to get the lock."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Folders that are held for writing; `handles` are the files that the locks hang on."""

    journal: Path
    handles: tuple[int, ...]

    def write(self, changes: Iterable[files.Change]) -> None:
        """Carry the changes out, all or none, whoever is killed. Raises ReelspecError."""
        files.write(changes, self.journal, self.handles)


@contextmanager
def writing(*folders: Path, reading: Sequence[Path] = ()) -> Iterator[Trees]:
    """Hold folders to write in and others to read from, when what a killed run began there is completed.

    The folders to write in are made where they are missing, and go again where an error comes before anything is in
    them. Raises ReelspecError where another run holds one for WAIT seconds, or where a broken run cannot be completed.
    """
    written = [*folders, *(folder for folder in reading if (folder / JOURNAL).exists())]
    with _made(folders), _held(written, reading) as handles:
        for folder in written:
            if files.recover(folder / JOURNAL):
                print(f"reelspec: {folder}: completed what a killed run began", file=sys.stderr)
        yield Trees(folders[0] / JOURNAL, handles)


@contextmanager
def reading(*folders: Path) -> Iterator[tuple[Path, ...]]:
    """Hold folders to read from, without writing: give the journals that a killed run left standing in them."""
    with _held((), [folder for folder in folders if folder.is_dir()]):
        yield tuple(folder / JOURNAL for folder in folders if (folder / JOURNAL).exists())


def settle(*folders: Path) -> None:
    """Complete what a killed run began in the folders. Raises ReelspecError where that cannot be done."""
    broken = [folder for folder in folders if (folder / JOURNAL).exists()]
    if broken:
        with writing(*broken):
            return


@contextmanager
def _made(folders: Iterable[Path]) -> Iterator[None]:
    """Make the folders that are missing; an error that leaves them empty takes them away again."""
    missing = [one for folder in folders for one in (folder, *folder.parents) if not one.exists()]
    try:
        for folder in reversed(missing):
            _make(folder)
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # not empty, or not made
                folder.rmdir()
        raise


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as problem:
        raise ReelspecError(str(folder), f"cannot be made: {problem.strerror}", "check folder and rights") from problem


@contextmanager
def _held(written: Iterable[Path], read: Iterable[Path]) -> Iterator[tuple[int, ...]]:
    """Lock folders, in an order that all runs take them in, so that none waits for one that waits for it."""
    shared = {folder.resolve(): True for folder in read} | {folder.resolve(): False for folder in written}
    with ExitStack() as stack:
        yield tuple(
            handle for folder in sorted(shared) for handle in stack.enter_context(_locked(folder, shared[folder]))
        )


if sys.platform == "win32":  # no locks on folders there: two runs at once are not kept apart

    @contextmanager
    def _locked(folder: Path, shared: bool) -> Iterator[tuple[int, ...]]:  # noqa: ARG001 (see below)
        yield ()

else:
    import fcntl

    @contextmanager
    def _locked(folder: Path, shared: bool) -> Iterator[tuple[int, ...]]:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as problem:
            raise ReelspecError(str(folder), f"cannot be read: {problem.strerror}", "check the folder") from problem
        try:
            _wait(handle, folder, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield (handle,)
        finally:
            os.close(handle)

    def _wait(handle: int, folder: Path, mode: int) -> None:
        deadline, told = time.monotonic() + WAIT, False
        while not _taken(handle, mode):
            if not told:
                print(f"reelspec: waiting for another run that holds {folder}", file=sys.stderr, flush=True)
                told = True
            if time.monotonic() > deadline:
                problem, remedy = f"another run has held it for {WAIT:g} s", "wait for it or end it, then run again"
                raise ReelspecError(str(folder), problem, remedy)
            time.sleep(PAUSE)

    def _taken(handle: int, mode: int) -> bool:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks, as some of the network have none: the run goes on without
        return True
