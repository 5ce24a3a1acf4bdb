"""All phrases, and which of them a sentence is worth trying."""

from __future__ import annotations

from collections.abc import Sequence

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
_BY_HINT: dict[str, tuple[int, ...]] = {}
for _number, _phrase in enumerate(_PHRASES):
    for _hint in _phrase.hints:
        _BY_HINT[_hint] = (*_BY_HINT.get(_hint, ()), _number)
_HINTS = tuple(sorted({*_BY_HINT, *CONSTRAINT_HINTS}))
_ASCII_HINTS = tuple(hint for hint in _HINTS if hint.isascii())
_DIGITS = frozenset("0123456789")


def hints_in(text: str) -> list[str]:
    """Return the hints that a text holds; those of its sentences are among them."""
    lowered = text.lower()
    return [hint for hint in (_ASCII_HINTS if lowered.isascii() else _HINTS) if hint in lowered]


class Candidates:
    """The phrases that a sentence may hold, by the hints in it, and whether it may be a constraint at all."""

    __slots__ = ("constraint", "keywords", "rules")

    def __init__(self, text: str, hints: Sequence[str]) -> None:
        lowered = text.lower()
        present = [hint for hint in hints if hint in lowered]
        self.constraint = not CONSTRAINT_HINTS.isdisjoint(present)
        numbers = {n for hint in present for n in _BY_HINT.get(hint, ())}
        digits = not _DIGITS.isdisjoint(text)
        chosen = [_PHRASES[n] for n in sorted(numbers)]
        first_rule = sum(n < len(KEYWORD_PHRASES) for n in numbers)
        self.keywords = [p for p in chosen[:first_rule] if digits or id(p) not in _NUMERIC]
        self.rules = chosen[first_rule:]

    def __bool__(self) -> bool:
        return self.constraint or bool(self.keywords) or bool(self.rules)
