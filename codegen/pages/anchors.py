"""Rendered Mintlify pages as markdown: an anchor above each field's name, text escaped, headings with links."""

from __future__ import annotations

import re
from typing import Final

from codegen.pages import rendered, routes
from codegen.pages.flattened import Line
from codegen.pages.page import Page
from codegen.pages.reading import PageReading

FORMAT: Final = "mintlify-markdown-anchors"
_ANCHOR = re.compile(r"\[[\u200b\s]*\]\([^)\s]*#[\w%.-]+\)\Z")
_FIELD_ANCHOR = re.compile(
    r"\[[\u200b\s]*\]\([^)\s]*#(?:param|body|response|parameter|header|query|path|authorization)[\w%.-]*\)\Z"
)
_HEADING = re.compile(r"(#{1,6})\s+(?:\[[\u200b\s]*\]\([^)\s]*\)\s*)?(.*)\Z")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")


def recognise(page: Page) -> bool:
    """Say whether fields' names stand below anchors."""
    return any(_FIELD_ANCHOR.match(line.strip()) for line in page.lines if line.lstrip().startswith("["))


def read(page: Page) -> PageReading:
    """Return the page's operations."""
    lines = _lines(page)
    values, _ = routes.front_matter(page)
    regions = rendered.find_regions(page, lines)
    title = values.get("title", "").removesuffix(" - Documentation") or regions[0].title
    return PageReading(title, FORMAT, rendered.read_regions(page, lines, regions))


def _lines(page: Page) -> list[Line]:
    """Return the page's lines without markup, fences left out, and where fields begin."""
    found: list[Line] = []
    _, skip = routes.front_matter(page)
    fenced = begins = False
    for number, raw in enumerate(page.lines[skip:], skip + 1):
        text = raw.strip()
        if text.startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced or not text:
            continue
        elif _ANCHOR.match(text):
            begins = True
        elif match := _HEADING.match(text):
            found.append(Line(number, plain(match[2]), raw, False, heading=True))
            begins = False
        else:
            found.append(Line(number, plain(text), raw, begins))
            begins = False
    return found


def plain(text: str) -> str:
    """Return markdown text without its escapes."""
    return _ESCAPE.sub(r"\1", text).strip()
