"""Patterns that are compiled when they are first used: a page needs few of them, and compiling all takes a second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property


class Pattern:
    """A regular expression with the methods of `re.Pattern` that phrases need; the first call compiles it."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.pattern, self.flags)

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        """Match at a position."""
        return self.regex.match(text, at)

    def search(self, text: str, at: int = 0) -> re.Match[str] | None:
        """Return the first match from a position on."""
        return self.regex.search(text, at)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match the whole text."""
        return self.regex.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Iterate over the matches."""
        return self.regex.finditer(text)
