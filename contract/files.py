"""What a run writes: looked at before the first request is sent, so that nothing is paid for and then lost."""

from __future__ import annotations

import os
from pathlib import Path

from specs.errors import ReelspecError


def check(path: Path) -> None:
    """Raise ReelspecError where the file could not be written."""
    folder = path.parent
    if path.is_dir():
        raise ReelspecError(str(path), "is a folder", "give the name of a file")
    if not folder.is_dir():
        raise ReelspecError(str(path), "No such file or directory", "choose a folder that exists")
    if not os.access(folder, os.W_OK):
        raise ReelspecError(str(path), "cannot be written", "choose a folder that you may write to")


def write(path: Path, content: str) -> None:
    """Write the file, whole or not at all. Raises ReelspecError where that cannot be done."""
    held = path.with_name(path.name + ".part")
    try:
        held.write_text(content, "utf-8")
        held.replace(path)
    except OSError as problem:
        held.unlink(missing_ok=True)
        raise ReelspecError(str(path), problem.strerror or "cannot be written", "choose a folder that exists") from None
