"""What a server said, made fit to be shown and written: without the API key, and without what moves a terminal."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

_SECRET = 8
"""A key of fewer characters is a stand-in and may be part of any word."""


class Mask:
    """Replaces the API key in texts by ***, also where JSON or a URL escaped it or where it was cut short.

    A stand-in of a few letters is replaced only where it is a word of its own.
    """

    def __init__(self, key: str = "") -> None:
        self._pattern = re.compile(_pattern(key)) if key else None

    def __call__(self, text: str) -> str:
        """Return the text without the key."""
        return self._pattern.sub("***", text) if self._pattern is not None else text

    def data(self, content: bytes) -> bytes:
        """Return the bytes without the key."""
        return content if self._pattern is None else self(content.decode("latin-1")).encode("latin-1")


def _pattern(key: str) -> str:
    escaped = json.dumps(key)[1:-1]
    forms = dict.fromkeys((key, escaped, escaped.replace("/", "\\/"), quote(key, safe="")))
    if len(key) < _SECRET:
        return "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms)
    return "|".join(re.escape(form[:length]) for form in forms for length in range(len(form), _SECRET - 1, -1))


def visible(text: str) -> str:
    """Return the text with escapes in place of all that is not printed: controls, changes of direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
