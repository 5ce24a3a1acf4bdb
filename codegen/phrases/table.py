"""All phrases, and which of them a sentence is worth trying."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from codegen.phrases import (
    enums,
    exclusions,
    exclusions_zh,
    files,
    limits,
    precedence,
    ranges,
    relations,
    requirements,
    requirements_zh,
    restrictions,
    stated,
)
from codegen.phrases.marks import CONSTRAINT_HINTS
from codegen.phrases.phrase import Phrase

KEYWORD_PHRASES: tuple[Phrase, ...] = (
    *stated.PHRASES,
    *files.PHRASES,
    *enums.PHRASES,
    *ranges.PHRASES,
    *limits.PHRASES,
)
"""Phrases on plain sentences; they yield keywords of the subject."""

RULE_PHRASES: tuple[Phrase, ...] = (
    *exclusions.PHRASES,
    *exclusions_zh.PHRASES,
    *requirements.PHRASES,
    *restrictions.PHRASES,
    *requirements_zh.PHRASES,
    *precedence.PHRASES,
    *relations.PHRASES,
)
"""Phrases on marked sentences; they yield rules, and keywords of other fields."""

_NUMERIC = frozenset(id(p) for p in (*ranges.PHRASES, *limits.PHRASES))
_PHRASES = (*KEYWORD_PHRASES, *RULE_PHRASES)
_BY_HINT: dict[str, int] = {}
"""The phrases that a hint speaks for, as bits."""
for _number, _phrase in enumerate(_PHRASES):
    for _hint in _phrase.hints:
        _BY_HINT[_hint] = _BY_HINT.get(_hint, 0) | 1 << _number
_HINTS = tuple(sorted({*_BY_HINT, *CONSTRAINT_HINTS}))
_DIGITS = frozenset("0123456789")

_LETTERS = re.compile("[a-z]+")
_LONGEST_WORD = 40
"""What longer words hold is not remembered."""


def _clue(hint: str) -> str:
    """Return the longest word in a hint; its first character where it has none."""
    return max(_LETTERS.findall(hint), key=len, default=hint[0])


_BY_CLUE: dict[str, tuple[str, ...]] = {}
for _hint in _HINTS:
    _BY_CLUE[_clue(_hint)] = (*_BY_CLUE.get(_clue(_hint), ()), _hint)
_WORDS = tuple(clue for clue in _BY_CLUE if _LETTERS.fullmatch(clue))


def hints_in(text: str) -> list[str]:
    """Return the hints that a text holds; those of its sentences are among them."""
    lowered = text.lower()
    clues = _BY_CLUE.keys() & set(lowered)
    for word in set(_LETTERS.findall(lowered)):
        clues.update(_within(word) if len(word) <= _LONGEST_WORD else _within.__wrapped__(word))
    return sorted(hint for clue in clues for hint in _BY_CLUE[clue] if hint == clue or hint in lowered)


@lru_cache(maxsize=8192)
def _within(word: str) -> tuple[str, ...]:
    """Return the clues that a word holds."""
    return tuple(clue for clue in _WORDS if clue in word)


class Candidates:
    """The phrases that a sentence may hold, by the hints in it, and whether it may be a constraint at all."""

    __slots__ = ("constraint", "keywords", "rules")

    def __init__(self, text: str, hints: Sequence[str]) -> None:
        lowered = text.lower()
        numbers, self.constraint = 0, False
        for hint in hints:
            if hint in lowered:
                numbers |= _BY_HINT.get(hint, 0)
                self.constraint = self.constraint or hint in CONSTRAINT_HINTS
        self.keywords: Sequence[Phrase] = ()
        self.rules: Sequence[Phrase] = ()
        if numbers:
            keywords, self.rules, choosy = _chosen(numbers, not _DIGITS.isdisjoint(text))
            self.keywords = keywords
            if choosy:
                self.keywords = [p for p in keywords if not p.needs or any(map(lowered.__contains__, p.needs))]
                self.rules = [p for p in self.rules if not p.needs or any(map(lowered.__contains__, p.needs))]

    def __bool__(self) -> bool:
        return self.constraint or bool(self.keywords) or bool(self.rules)


@lru_cache(maxsize=4096)
def _chosen(numbers: int, digits: bool) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...], bool]:
    """Return the phrases of keywords and of rules that bits stand for, in order, and whether one is choosy."""
    keywords: list[Phrase] = []
    rules: list[Phrase] = []
    while numbers:
        lowest = numbers & -numbers
        numbers ^= lowest
        number = lowest.bit_length() - 1
        phrase = _PHRASES[number]
        if digits or id(phrase) not in _NUMERIC:
            (keywords if number < len(KEYWORD_PHRASES) else rules).append(phrase)
    return tuple(keywords), tuple(rules), any(p.needs for p in (*keywords, *rules))
