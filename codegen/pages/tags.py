"""The JSX tags of an MDX page: names, attributes and places, code samples and comments left out.

MDX has no parser in Python; the few tags documentation uses need a scanner of one pass and no grammar of JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from codegen.pages.page import Page

_LANDMARK = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})|(?P<comment><!--|\{/\*)|(?P<code>`+)|<(?P<close>/?)(?P<name>[A-Z][\w.]*)",
    re.MULTILINE,
)
_FENCE_LINE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_:][\w:.-]*")
_SPACE = re.compile(r"\s*")
MAX_TAG = 20_000
"""Characters between `<` and `>`; a tag that does not end by then was cut off."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A tag's attribute: a text in quotes, an expression in braces, or a bare name."""

    kind: Literal["text", "expression", "bare"]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag; `start` and `end` are offsets into the page's text."""

    name: str
    kind: Literal["open", "close", "empty"]
    attributes: Mapping[str, Attribute]
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code between ``` lines; `info` is what follows the opening fence."""

    info: str
    start: int
    end: int
    line: int
    body_start: int
    body_end: int


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML or JSX comment."""

    start: int
    end: int


Token = Tag | Fence | Comment


def scan(page: Page) -> Iterator[Token]:
    """Yield tags, fences and comments in order. Raises PageError for a tag that does not end."""
    text, at = page.text, 0
    while match := _LANDMARK.search(text, at):
        start = match.start()
        if match["fence"]:
            fence = _fence(page, match)
            yield fence
            at = fence.end
        elif match["comment"]:
            closing = "-->" if match["comment"] == "<!--" else "*/}"
            end = text.find(closing, match.end())
            at = len(text) if end < 0 else end + len(closing)
            yield Comment(start, at)
        elif match["code"]:
            at = _after_code(text, match)
        else:
            tag = _tag(page, match)
            if tag is None:
                at = match.end()
                continue
            yield tag
            at = tag.end


def _fence(page: Page, match: re.Match[str]) -> Fence:
    text, marks = page.text, match["fence"]
    line_end = text.find("\n", match.end())
    body = len(text) if line_end < 0 else line_end + 1
    info = text[match.end() : body].strip()
    closing = re.compile(rf"^[ \t>]*{re.escape(marks)}[`~]*[ \t]*$", re.MULTILINE).search(text, body)
    body_end, end = (closing.start(), closing.end()) if closing else (len(text), len(text))
    return Fence(info, match.start(), end, page.line_at(match.start("fence")), body, body_end)


def _after_code(text: str, match: re.Match[str]) -> int:
    """Return where a code span ends; lone backticks are ordinary characters. A span stays within its line."""
    marks = match["code"]
    line_end = text.find("\n", match.end())
    end = text.find(marks, match.end(), len(text) if line_end < 0 else line_end)
    return match.end() if end < 0 else end + len(marks)


def _tag(page: Page, match: re.Match[str]) -> Tag | None:
    """Read the attributes up to `>`. None for a `<Word` in running text, such as `Array<String` in prose."""
    text, at = page.text, match.end()
    limit = min(len(text), match.start() + MAX_TAG)
    attributes: dict[str, Attribute] = {}
    line = page.line_at(match.start())
    while True:
        at = _skip(text, at)
        if at >= limit:
            if not attributes:
                return None
            raise page.error(f"the tag <{match['name']}> does not end", "close it with >, or give the whole page", line)
        if text.startswith("/>", at):
            return Tag(match["name"], "empty", attributes, match.start(), at + 2, line)
        if text[at] == ">":
            kind: Literal["open", "close"] = "close" if match["close"] else "open"
            return Tag(match["name"], kind, attributes, match.start(), at + 1, line)
        if text[at] == "{":
            at = _braces(text, at, limit)
            continue
        name = _NAME.match(text, at)
        if name is None:
            return None
        at = _skip(text, name.end())
        if not text.startswith("=", at):
            attributes[name[0]] = Attribute("bare")
            continue
        at = _skip(text, at + 1)
        opening = text[at : at + 1]
        if opening in ('"', "'") and opening:
            end = text.find(opening, at + 1, limit)
            if end < 0:
                raise page.error(f"an attribute of <{match['name']}> does not end", "close its quotes", line)
            attributes[name[0]] = Attribute("text", text[at + 1 : end])
            at = end + 1
        elif opening == "{":
            end = _braces(text, at, limit)
            attributes[name[0]] = Attribute("expression", text[at + 1 : end - 1])
            at = end
        else:
            word = re.compile(r"[^\s>]+").match(text, at)
            if word is None:
                return None
            attributes[name[0]] = Attribute("text", word[0].removesuffix("/"))
            at = word.end()


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _braces(text: str, at: int, limit: int) -> int:
    """Return where the expression in braces that begins at `at` ends, strings in it respected."""
    level, quote = 0, ""
    while at < limit:
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'`":
            quote = char
        elif char == "{":
            level += 1
        elif char == "}":
            level -= 1
            if level == 0:
                return at + 1
        at += 1
    return limit


def fences(page: Page) -> Iterator[Fence]:
    """Yield the page's blocks of code, whatever tags are around them."""
    at = 0
    while match := _FENCE_LINE.search(page.text, at):
        fence = _fence(page, match)
        yield fence
        at = fence.end
