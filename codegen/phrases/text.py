"""Prose as it stands on a page into plain sentences, each with its own line.

`clean` takes markup away and folds punctuation, so that one pattern serves English and Chinese; `sentences` cuts.
Every pattern here is bounded or linear: a page may be one line of a million characters.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1500
"""Characters after which a sentence without an end is cut; it bounds the work of every later pattern."""

_FOLD = str.maketrans(
    {
        "：": ": ",
        "，": ", ",
        "；": "; ",
        "（": " (",
        "）": ") ",
        "【": "[",
        "】": "]",
        "「": '"',
        "」": '"',
        "～": "~",
        "〜": "~",
        "∼": "~",
        "–": "-",
        "−": "-",
        "‑": "-",
        "—": " - ",
        "≤": "<=",
        "≥": ">=",
        "⩽": "<=",
        "⩾": ">=",
        "＜": "<",
        "＞": ">",
        "＝": "=",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "×": "x",
        "\u00a0": " ",
        "\u3000": " ",
        "\u200b": "",
        "\u200e": "",
        "\ufeff": "",
        "\x00": " ",
        "\t": " ",
        "\r": "",
        "\x0b": " ",
        "\x0c": " ",
    }
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
"""Private-use characters stand for mentions later on (`mentions.py`); a page's own must not."""

_BREAK = "\x0b"
"""A break that a page makes inside a line."""

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>br|li|p|ul|ol|div|code|b|strong|em|i|u|s|span|a|sup|sub|small|font|Note|Tip|Warning|Info"
    r"|Callout|Tooltip|Accordion|Card|Check)(?:\s[^<>]{0,300}|/)?>",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)")
_LINK = re.compile(r"(?<!\\)\[([^\[\]\n]{1,300})\]\((?:[^()\n]{0,500})\)")
_ESCAPE = re.compile(r"\\([_\[\]{}<>*#`~|()!.+$-])")
_POWERS = re.compile(r"(?<![\d.^])2\^(\d{1,2})(?![\d.])(\s?-\s?1(?![\d.]))?")
_CODED_RANGE = re.compile(r"`(-?\d[\d.]{0,12})`(\s?(?:-|~|to|and|至|到|和)\s?)`(-?\d[\d.]{0,12})`")
_MYRIADS = re.compile(r"(?<![\d.,])(\d{1,4})\s?万")
_SPACES = re.compile(" {2,}")
_DIGITS = {
    **{
        word: str(n)
        for n, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)
    },
    **dict(zip("两三四五六七八九", "23456789", strict=True)),
}
_ENGLISH_NUMBERS = tuple(word for word in _DIGITS if word.isascii())
_WORD_NUMBER = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b(?= [a-z])|[两三四五六七八九](?=\s?(?:张|个|幅"
    r"|条|段)[^之选者])",
    re.IGNORECASE,
)


def _holds_number_word(text: str) -> bool:
    """Whether `_WORD_NUMBER` is worth trying: plain searches take a tenth of its time."""
    lowered = text.lower()
    return any(map(lowered.__contains__, _ENGLISH_NUMBERS if lowered.isascii() else _DIGITS))


_BLOCK = {"br", "li", "p", "ul", "ol", "div"}


def _tag(match: re.Match[str]) -> str:
    name = match["name"].lower()
    if name in _BLOCK:
        return _BREAK + "- " if name == "li" and not match["close"] else _BREAK
    return "`" if name == "code" else ""


def clean(text: str) -> str:
    """Return text without markup; a newline stays a newline, other breaks become vertical tabs."""
    text = text.translate(_FOLD)
    if _PRIVATE.search(text):
        text = _PRIVATE.sub(" ", text)
    if "万" in text:
        text = _MYRIADS.sub(lambda m: str(int(m[1]) * 10000), text)
    if "<" in text:
        text = _TAG.sub(_tag, text)
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    if "&" in text:
        text = html.unescape(text).replace("\r", "").replace("\xa0", " ").translate(_FOLD_BOUNDS)
    if _holds_number_word(text):
        text = _WORD_NUMBER.sub(lambda m: _DIGITS.get(m[0].lower(), m[0]), text)
    if "^" in text:
        text = _POWERS.sub(lambda m: str(2 ** int(m[1]) - bool(m[2])), text)
    if "`" in text:
        text = _CODED_RANGE.sub(r"\1\2\3", text)
    text = text.replace("**", "")
    return _SPACES.sub(" ", text) if "  " in text else text


_FOLD_BOUNDS = str.maketrans({"≤": "<=", "≥": ">=", "–": "-", "’": "'"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or list item of a statement and the line it begins on."""

    text: str
    line: int
    item: bool = False
    """It opens an item of a list."""
    fresh: bool = False
    """It opens a line or item: what was said of the one before no longer holds."""


_BULLET = re.compile(r"\s{0,40}(?:[-*•·+]\s+|[-•·](?=[^\s\d.-])|\d{1,2}[.)、]\s*(?=[^\d\s])|#{1,6}\s+|>\s+)")
_END = re.compile(
    r"[.!?。;](?:(?<=[^\s.][.!?])(?=\s|$)(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<!vs\.)(?<!approx\.)(?<!max\.)(?<!min\.)"
    r"(?<!Max\.)(?<!Min\.)(?<!No\.)"
    r"|(?<=[a-z0-9\])`\"%]\.)(?=[A-Z][a-z])"
    r"|(?<=[a-z_)]\.)(?=[a-z_]{2,40}(?:(?:is|are) |: ))"
    r"|(?<=[。!?])\s?|(?<=;)(?=\s|$)\s?|(?<=[\u4e00-\u9fff]\.)(?=[\u4e00-\u9fff]))"
)
"""All ends begin with one of few characters: said first, it lets the search skip everything else."""


def sentences(text: str, line: int) -> Iterator[Sentence]:
    """Cut cleaned text; `line` is the line its first character stands on."""
    for paragraph in _paragraphs(text, line):
        start, fresh = 0, True
        for end in (*_END.finditer(paragraph.text), None):
            piece = paragraph.text[start : end.start() if end else None]
            if piece.strip():
                at = paragraph.line_at(start + len(piece) - len(piece.lstrip()))
                for first in range(0, len(piece), LONGEST):
                    opens = fresh and not first
                    chunk = piece[first : first + LONGEST].strip()
                    yield Sentence(chunk, at, paragraph.item and opens, opens)
                fresh = False
            start = end.end() if end else start


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together, joined by spaces; `starts` says where each line begins."""

    text: str
    item: bool
    starts: list[tuple[int, int]]

    def line_at(self, offset: int) -> int:
        return self.starts[bisect_right(self.starts, (offset, 1 << 60)) - 1][1]


def _paragraphs(text: str, line: int) -> Iterator[_Paragraph]:
    """Join lines that one sentence runs over; a list item opens a paragraph of its own."""
    parts: list[str] = []
    starts: list[tuple[int, int]] = []
    item, size = False, 0
    for number, raw in enumerate(text.split("\n"), line):
        for part in raw.split(_BREAK):
            bullet = _BULLET.match(part)
            body = (part[bullet.end() :] if bullet else part).strip()
            if parts and not (body and not bullet and _runs_on(parts[-1], body)):
                yield _Paragraph(" ".join(parts), item, starts)
                parts, starts, size = [], [], 0
            if body:
                item = item if parts else bullet is not None
                starts.append((size, number))
                parts.append(body)
                size += len(body) + 1
    if parts:
        yield _Paragraph(" ".join(parts), item, starts)


_PLAIN_WORD = re.compile(r"[a-z]+(?![a-z0-9_`(.])")
_OPEN = re.compile(
    r"(?:\b(?:of|and|or|the|a|an|with|to|by|in|for|is|are|be|via|from|as|than|when|if|that|must|not"
    r"|using|use|provide)|,|-)$"
)


def _runs_on(before: str, after: str) -> bool:
    """Whether `after` is the rest of a sentence that `before` began."""
    begins = after[0]
    return (
        before[-1] not in ".。:;!?"
        and (("a" <= begins <= "z") or begins in "(`_")
        and ":" not in after[:40]
        and (_PLAIN_WORD.match(after) is not None or _OPEN.search(before) is not None)
    )
