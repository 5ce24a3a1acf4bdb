"""A page's text: decoding, limits, and where its lines begin. Every reader is given one."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from specs.errors import PageError

MAX_BYTES = 16 * 1024 * 1024
"""Larger than any documentation page seen by a factor of fifty; a dump or an archive is larger."""
MAX_LINE = 500_000
"""Characters. Only a minified JSON document has such lines, and it begins with a brace."""


@dataclass(frozen=True)
class Page:
    """One page. `place` names it in errors; line numbers are 1-based."""

    text: str
    place: str
    sha256: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts, offset = [], 0
        for line in self.lines:
            starts.append(offset)
            offset += len(line) + 1
        return starts

    def line_at(self, offset: int) -> int:
        """Return the line that holds the character at `offset`."""
        return bisect_right(self._starts, offset)

    def start_of(self, line: int) -> int:
        """Return the offset of a line's first character; past the last line, the end of the text."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def error(self, problem: str, remedy: str, line: int | None = None) -> PageError:
        """Return the error that names this page and a line of it."""
        return PageError(f"{self.place}:{line}" if line else self.place, problem, remedy)


def decode(data: bytes, place: str = "<page>") -> Page:
    """Return the page of UTF-8 bytes (a byte order mark and CR LF are fine).

    Raises PageError for what is no text (NULs, other encodings) or is too large to be a page.
    """
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.0f} MB"
        raise PageError(place, f"{size} is no documentation page", f"give pages of at most {MAX_BYTES // 1_000_000} MB")
    if not data.strip():
        raise PageError(place, "the page is empty", "give a page with text on it")
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise PageError(f"{place}:{line}", "a NUL byte: this is a binary file or UTF-16", "give UTF-8 text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise PageError(
            f"{place}:{line}", f"byte 0x{data[problem.start]:02x} is not UTF-8", "save the page as UTF-8"
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    page = Page(text, place, hashlib.sha256(data).hexdigest())
    if not text.lstrip().startswith(("{", "[")):
        for number, line_text in enumerate(page.lines, 1):
            if len(line_text) > MAX_LINE:
                raise page.error(f"a line of {len(line_text):,} characters", "give the page, not a dump of it", number)
    return page
