"""The errors a person can mend: each names a place and a remedy."""

from __future__ import annotations


class ReelspecError(Exception):
    """Something in the input is wrong; nothing was written.

    `place` is where (a file, `file:line`, or a JSON pointer in a file), `problem` what is wrong there and
    `remedy` what to do about it. The command line prints the three as one line and exits 2.
    """

    def __init__(self, place: str, problem: str, remedy: str = "") -> None:
        self.place, self.problem, self.remedy = place, problem, remedy
        super().__init__(f"{place}: {problem}" + (f" ({remedy})" if remedy else ""))


class SpecError(ReelspecError):
    """A spec, overlay or pages.toml that cannot be used."""


class PageError(ReelspecError):
    """A documentation page that cannot be read."""
