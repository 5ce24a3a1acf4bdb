"""What a server said, made fit to be shown and written: without the API key, and without what moves a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase

_PIECE = 8
"""So many characters of a key in a row tell of it; a key of fewer is a stand-in and may be part of any word."""
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_ESCAPED = re.compile(
    r"\\+u00(?P<json>[0-9a-f]{2})|%(?:25)*(?P<url>[0-9a-f]{2})|(?P<html>&#?\w{1,6};)|\\+(?P<other>[^\\])", re.IGNORECASE
)


class Mask:
    """Replaces API keys in texts by ***, also where any of their characters are escaped or in the other case.

    A part of a key is replaced, too, if it has eight characters or more: the start, the end, the middle.
    A stand-in of a few letters is replaced only where it is a word of its own.
    """

    def __init__(self, *keys: str) -> None:
        words = [re.escape(key) for key in keys if 0 < len(key) < _PIECE]
        self._words = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None
        self._pieces = frozenset(piece for key in keys for form in (key, _unescaped(key)[0]) for piece in _pieces(form))

    def __call__(self, text: str) -> str:
        """Return the text without the keys."""
        if self._pieces:
            text = self._blotted(text)
        return text if self._words is None else self._words.sub("***", text)

    def data(self, content: bytes) -> bytes:
        """Return the bytes without the keys."""
        return self(content.decode("latin-1")).encode("latin-1")

    def _blotted(self, text: str) -> str:
        shown, end = "", 0
        for first, last in sorted(self._found(text)):
            if last > end:
                shown += (text[end:first] + "***") if first >= end else ""
                end = last
        return shown + text[end:]

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where in the text there is a part of a key, as it is or escaped."""
        for plain, at in ((text, range(len(text) + 1)), _unescaped(text)):
            lower = plain.translate(_LOWER)
            for piece in self._pieces:
                start = lower.find(piece)
                while start >= 0:
                    yield at[start], at[start + _PIECE]
                    start = lower.find(piece, start + 1)


def _pieces(key: str) -> Iterator[str]:
    lower = key.translate(_LOWER)
    yield from (lower[start : start + _PIECE] for start in range(len(lower) - _PIECE + 1))


def _unescaped(text: str) -> tuple[str, list[int]]:
    """Return the text without the escapes of JSON, URLs and HTML, and where each of its characters begins."""
    plain, at, end = "", list[int](), 0
    for found in _ESCAPED.finditer(text):
        code = found["json"] or found["url"]
        meant = chr(int(code, 16)) if code else found["other"] or html.unescape(found["html"])
        plain += text[end : found.start()] + meant
        at += [*range(end, found.start()), *[found.start()] * len(meant)]
        end = found.end()
    return plain + text[end:], [*at, *range(end, len(text) + 1)]


def visible(text: str) -> str:
    """Return the text with escapes in place of all that is not printed: controls, changes of direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
