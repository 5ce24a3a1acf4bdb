"""What is found wrong with a request, before it is put together: cheap, since few look at it closely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from specs.checks import Violation


class Finding(NamedTuple):
    """A violation in two parts: what is told of every body that is wrong in this way, and what this body has there.

    `said` is the same object whenever the same is found again, so whoever writes it down need do so only once.
    """

    said: Violation
    pointers: tuple[str, ...]
    given: Mapping[str, Any]

    @classmethod
    def of(cls, violation: Violation) -> Finding:
        """Return a violation as a finding."""
        return cls(violation, violation.pointers, violation.given)

    def violation(self) -> Violation:
        """Return the violation."""
        said = self.said
        return Violation(said.rule, self.pointers, self.given, said.allowed, said.message, said.source, said.severity)
