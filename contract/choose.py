"""Where decisions come from: Hypothesis, a seed, or always the simplest.

Bodies are built by one description that asks for decisions. Every list of options has the simplest first, so that
Hypothesis shrinks towards it and `Simplest` builds the minimal body.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choose(Protocol):
    """Makes decisions."""

    def below(self, count: int) -> int:
        """Return a number from 0 to `count` - 1; 0 is the simplest."""


class Simplest:
    """Always decides for the simplest."""

    def below(self, count: int) -> int:  # noqa: ARG002 (the protocol's name)
        """Return 0."""
        return 0


class Seeded:
    """Decides at random; the same seed decides the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (test data, no secrets)

    def below(self, count: int) -> int:
        """Return a number from 0 to `count` - 1, each as likely as the other."""
        return int(self._random.random() * count)


def pick(choose: Choose, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[0] if len(options) == 1 else options[choose.below(len(options))]
