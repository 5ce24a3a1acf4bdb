"""Values of a domain: the simplest, the ones at its boundaries, and others in between."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from contract.choose import Choose, pick
from contract.images import URL, media_values
from specs.domains import Domain, Schema, Span
from specs.media import Media

TEXTS = (
    "a", "A dog runs along the beach.", "Über den Wolken", "海边的日出", "🎬🐎", "שלום עולם", "tab\tand\nnewline",
    "\"quoted\" 'text' {{braces}} </script>", "e\u0301\u200d", "back\\slash",
)  # fmt: skip
"""Texts that trip careless code; none has a digit, so that none mentions anything by number."""
FILLERS = ("a", "é", "海", "🎬")
"""One character each, of one to four bytes: limits count characters."""
FORMATS = {
    "uri": (URL,), "url": (URL,), "uuid": ("123e4567-e89b-42d3-a456-426614174000",),
    "date-time": ("2026-01-31T12:30:00Z",), "date": ("2026-01-31",), "email": ("a@example.com",),
}  # fmt: skip


@lru_cache(maxsize=4096)
def _boundaries(kind: str, spans: tuple[Span, ...], excluded: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the boundary values of spans, simplest first."""
    found: list[Any] = []
    if kind == "text":
        found = [text for text in TEXTS if _within(spans, len(text)) and text not in excluded]
        for low, high in spans:
            for length in dict.fromkeys((high, high - 1, low)):
                found += [filler * int(length) for filler in FILLERS if length >= max(low, 1)]
    else:
        whole = all(float(end).is_integer() for span in spans for end in span)
        for low, high in spans:
            found += [low, high]
            found += [n for n in (low + 1, high - 1) if low < n < high] if whole and high - low > 1 else []
    return tuple(dict.fromkeys(v for v in found if v not in excluded)) or ("",)


def _within(spans: tuple[Span, ...], number: float) -> bool:
    return any(low <= number <= high for low, high in spans)


@lru_cache(maxsize=1024)
def _fractions(spans: tuple[Span, ...]) -> tuple[float, ...]:
    """Return real numbers across the spans, the boundaries first."""
    found = [end for span in spans for end in span]
    found += [round(low + (high - low) * part, 6) for low, high in spans for part in (0.5, 0.25, 0.01, 0.99)]
    return tuple(dict.fromkeys(int(n) if float(n).is_integer() else n for n in found))


def options(domain: Domain) -> tuple[Any, ...]:
    """Return the values worth trying, simplest first. Not for lists and objects: those are built."""
    if domain.kind == "values":
        return domain.values
    if domain.kind == "number":
        return _boundaries("number", domain.spans, ()) if domain.integral else _fractions(domain.spans)
    if (special := _special(domain.schema)) is not None:
        return special
    return _boundaries("text", domain.spans, domain.excluded)


def _special(schema: Schema) -> tuple[Any, ...] | None:
    """Return the values of a text that has a form of its own."""
    if "x-media" in schema:
        return media_values(Media.from_json(schema["x-media"]))
    if "pattern" in schema:
        return (text_matching(schema["pattern"]),)
    return FORMATS.get(schema.get("format", ""))


def any_value(domain: Domain, choose: Choose) -> Any:
    """Return one value of the domain: one of `options`, or an integer between them."""
    known = options(domain)
    if domain.kind != "number" or not domain.integral:
        return pick(choose, known)
    chosen = choose.below(len(known) + 2)  # two shares for what lies in between
    if chosen < len(known):
        return known[chosen]
    low, high = pick(choose, domain.spans)
    return int(low) + choose.below(int(high) - int(low) + 1)


def text_matching(pattern: str, number: int | None = None) -> str:
    """Return a text that the regular expression matches, its first group of digits being `number`.

    Knows literals, sets, groups, repeats and alternatives: what documentation pages use. Raises ValueError otherwise.
    """
    found = _matching(_parser.parse(pattern), number)
    if re.search(pattern, found) is None:
        raise ValueError(f"no text is known that matches {pattern}")
    return found


def _matching(tokens: Any, number: int | None) -> str:
    found = ""
    for code, argument in tokens:
        if code is codes.LITERAL:
            found += chr(argument)
        elif code is codes.SUBPATTERN:
            found += str(number) if number is not None else _matching(argument[-1], None)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            low, _, inner = argument
            found += _matching(inner, number) * (low or 0)
        elif code is codes.BRANCH:
            found += _matching(argument[1][0], number)
        elif code is codes.IN:
            found += _member(argument)
        elif code is codes.ANY:
            found += "a"
        elif code is not codes.AT:
            raise ValueError(f"no text is known for {code} in a pattern")
    return found


def _member(options_in_set: Any) -> str:
    code, argument = options_in_set[0]
    if code is codes.LITERAL:
        return chr(argument)
    if code is codes.RANGE:
        return chr(argument[0])
    if code is codes.CATEGORY:
        return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(argument), "a")
    raise ValueError("no text is known for a negated set in a pattern")
