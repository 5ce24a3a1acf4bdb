"""The member names of sample bodies, read tolerantly: samples hold comments, placeholders and cut-off values."""

from __future__ import annotations

import re

from codegen.pages.page import Page

Shape = dict[str, "Shape"]
"""Member names and the shapes below them; an array has the shape of its items laid over each other."""

_TOKEN = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"(\s*:)?|//[^\n]*|[{}\[\]]")
_OPENING = re.compile(r"^[ \t]*'?[\[{][ \t\\]*$|(?:-d|--data\S*|--json)[ =]+['\"][\[{]", re.MULTILINE)
_REQUEST = re.compile(r"(?:-d|--data\S*|--json)[ =]+['\"]?\s*['\"]?\s*[\[{]?\Z")
MAX_DEPTH = 30


def of_samples(page: Page, start: int, end: int) -> tuple[Shape, Shape]:
    """Return the shapes of the requests and of the responses sampled between two offsets of the page."""
    request: Shape = {}
    response: Shape = {}
    at = start
    while match := _OPENING.search(page.text, at, end):
        brace = next(i for i in range(match.start(), match.end()) if page.text[i] in "{[")
        before = page.text[max(start, match.start() - 40) : brace].rstrip()
        made: Shape = {}
        at = max(match.end(), read(page.text, brace, end, made))
        merge(request if _REQUEST.search(before) else response, made)
    return request, response


def read(text: str, start: int, end: int, into: Shape) -> int:
    """Read the object or array that begins at `start` into a shape; return where it ends."""
    stack: list[Shape] = []
    key: str | None = None
    for match in _TOKEN.finditer(text, start, end):
        token = match[0]
        if token in ("{", "["):
            parent = stack[-1] if stack else None
            if parent is None:
                stack.append(into)
            elif key is not None and len(stack) < MAX_DEPTH:
                stack.append(parent.setdefault(key, {}))
            else:
                stack.append(parent)
            key = None
        elif token in ("}", "]"):
            if stack:
                stack.pop()
            key = None
            if not stack:
                return match.end()
        elif match[2] and stack:
            key = match[1]
            stack[-1].setdefault(key, {})
    return end


def merge(into: Shape, more: Shape) -> None:
    """Lay a shape over another."""
    for name, inner in more.items():
        merge(into.setdefault(name, {}), inner)
