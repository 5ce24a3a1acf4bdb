"""The journal of files that take their places together: carrying it out, as often as it takes.

A program, too: `python -I -S journal.py JOURNAL` carries one journal out. It needs a small part of the standard library
and starts about as fast as Python; `codegen.files` gives it a session of its own, out of reach of who kills a sync.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence


def text(put: Sequence[tuple[str, str]], remove: Sequence[str]) -> str:
    """Return a journal: files written aside and the places they take, and files that go; all paths absolute."""
    return json.dumps({"put": put, "remove": remove}, indent=1)


def read(journal: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what a journal says. Raises OSError, or ValueError for what is none."""
    with open(journal, encoding="utf-8") as file:
        entry = json.load(file)
    try:
        return [(str(aside), str(place)) for aside, place in entry["put"]], [str(place) for place in entry["remove"]]
    except (KeyError, TypeError) as problem:
        raise ValueError(f"{problem!r}") from None


def carry_out(journal: str) -> None:
    """Do what the journal says, then remove it. What was done before, by a run that was killed, is not done again.

    Raises OSError, or ValueError for what is no journal; it stands then.
    """
    put, remove = read(journal)
    settle([os.path.dirname(journal)])
    replace(put, remove)
    settle(os.path.dirname(place) for place in (*remove, *(place for _, place in put)))
    discard(journal)
    settle([os.path.dirname(journal)])


def replace(put: Iterable[tuple[str, str]], remove: Iterable[str]) -> None:
    """Put the files that are still aside into their places; remove those that are to go."""
    for aside, place in put:
        try:
            os.replace(aside, place)
        except FileNotFoundError:
            continue  # it took its place before
    for place in remove:
        discard(place)


def discard(path: str) -> None:
    """Remove a file that may be gone."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return


def settle(folders: Iterable[str]) -> None:
    """Make sure that what was named anew in the folders outlives a power cut."""
    for folder in sorted(set(folders)):
        try:
            handle = os.open(folder, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            continue  # removed meanwhile; Windows opens no folders, and needs no such thing
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


if __name__ == "__main__":
    carry_out(sys.argv[1])
