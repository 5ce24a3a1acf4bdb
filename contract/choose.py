"""Where decisions come from: the bytes that Hypothesis draws, a seed, or always the simplest.

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

    def turn(self, to: int) -> None:
        """Say that what follows is decided for the part of that number: a field of rules, a member, an item."""

    def odd(self, count: int) -> int:
        """Return which of `count` items is the one that differs from the others."""

    def length(self, lengths: Sequence[int]) -> int:
        """Return the length of a list of which one item differs from the others, out of those possible."""


class Simplest:
    """Always decides for the simplest."""

    def below(self, count: int) -> int:  # noqa: ARG002 (the protocol's name)
        """Return 0."""
        return 0

    def turn(self, to: int) -> None:
        """Decide the same for every part."""

    def odd(self, count: int) -> int:  # noqa: ARG002 (the protocol's name)
        """Return the first."""
        return 0

    def length(self, lengths: Sequence[int]) -> int:
        """Return the first."""
        return lengths[0]


class Amid(Simplest):
    """Decides for the simplest, with what differs amid others: neither the first nor the last of three items."""

    ITEMS = 3

    def odd(self, count: int) -> int:
        """Return the one in the middle."""
        return count // 2

    def length(self, lengths: Sequence[int]) -> int:
        """Return the first that has a middle."""
        return next((length for length in lengths if length >= self.ITEMS), lengths[-1])


class Seeded:
    """Decides at random; the same seed decides the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (test data, no secrets)

    def below(self, count: int) -> int:
        """Return a number from 0 to `count` - 1, each as likely as the other."""
        return int(self._random.random() * count)

    def turn(self, to: int) -> None:
        """Go on."""

    def odd(self, count: int) -> int:
        """Return any, each as likely as the other."""
        return self.below(count)

    def length(self, lengths: Sequence[int]) -> int:
        """Return any, each as likely as the other."""
        return pick(self, lengths)


class Drawn:
    """Takes decisions from bytes: each part has a few of its own, and where they run out takes more from the rest.

    So a part that is decided otherwise does not move the decisions for the others, which lets a body shrink part by
    part. Zeros, and what is missing, are the simplest.
    """

    __slots__ = ("_at", "_data", "_end", "_parts", "_rest")

    OWN = 3
    """The bytes that a part has for itself."""

    def __init__(self, data: bytes, parts: int) -> None:
        self._data, self._rest = data, parts * self.OWN
        self._parts, self._at, self._end = parts, 0, 0

    def turn(self, to: int) -> None:
        """Go to the bytes of a part."""
        self._at = to * self.OWN
        self._end = self._at + self.OWN if to < self._parts else self._at

    def below(self, count: int) -> int:
        """Return a number from 0 to `count` - 1, nearly as likely as any other."""
        if count == 1:
            return 0
        size = 1 if count <= 64 else 2 if count <= 1 << 14 else 3
        if self._at + size <= self._end:
            start = self._at
            self._at += size
        else:
            start = self._rest
            self._rest += size
        found = self._data[start : start + size]
        return int.from_bytes(found, "big") * count >> 8 * len(found)

    def odd(self, count: int) -> int:
        """Return any, nearly as likely as any other."""
        return self.below(count)

    def length(self, lengths: Sequence[int]) -> int:
        """Return any, nearly as likely as any other."""
        return pick(self, lengths)


def pick(choose: Choose, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[0] if len(options) == 1 else options[choose.below(len(options))]
