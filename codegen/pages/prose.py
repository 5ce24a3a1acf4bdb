"""Text of a page as statements: samples, tables, headings and markup that carries no meaning left out."""

from __future__ import annotations

import html
import re

from codegen.facts import Location
from codegen.phrases.statement import Statement

_TAG = re.compile(r"</?[A-Za-z][\w.-]*(?:\s[^<>]{0,400})?/?>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BLANKED = re.compile(r"^[ \t]*(?:#{1,6}[ \t].*|\|.*|import .*|export .*|-{3,}|={3,}|!\[.*)$", re.MULTILINE)


def clear(text: str) -> str:
    """Blank out headings, tables, rules and imports; every line keeps its number."""
    return _BLANKED.sub("", text)


def plain(text: str) -> str:
    """Return a description without HTML tags and entities; `<br>` is a space, lines stay where they are."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return html.unescape(text) if "&" in text else text


def statements_of(
    text: str, line: int, subject: str | None = None, location: Location = "body"
) -> tuple[Statement, ...]:
    """Return the text as one statement from its first line that says something, or none where it says nothing."""
    cleaned = plain(text)
    lines = cleaned.split("\n")
    first = next((n for n, content in enumerate(lines) if content.strip()), None)
    if first is None:
        return ()
    return (Statement("\n".join(lines[first:]).rstrip(), line + first, subject, location),)
