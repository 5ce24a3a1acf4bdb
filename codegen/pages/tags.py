"""The JSX tags of an MDX page: names, attributes and places, code samples and comments left out.

MDX has no parser in Python; the few tags documentation uses need a scanner of one pass and no grammar of JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from codegen.pages.page import Page

_LANDMARK = re.compile(r"[`<~{](?:(?<=<)(?P<close>/?)(?P<name>[A-Z][\w.]*)|(?<=`)`*|(?<=~)~~+|(?<=<)!--|(?<=\{)/\*)")
_PLAIN_TAG = re.compile(r"((?:\s+[\w:-]+(?:=(?:\"[^\"]*\"|\{[^{}\"'`]*\}))?)*)\s*(/?)>")
_PLAIN_ATTRIBUTE = re.compile(r"\s+([\w:-]+)(?:=(?:\"([^\"]*)\"|\{([^{}]*)\}))?")
"""What nearly all tags are made of; anything else takes the way step by step."""
_FENCE = re.compile(r"[`~](?:(?<=`)``+|(?<=~)~~+)")
_NAME = re.compile(r"[A-Za-z_:][\w:.-]*")
_SPACE = re.compile(r"\s*")
_OPEN_TAG = re.compile(r"<(?:/|/?[A-Za-z][\w.]*)?\s*\Z")
MAX_TAG = 20_000
"""Characters between `<` and `>`; a tag that does not end by then was cut off."""
MAX_NAME = 40
"""Characters of a tag's name."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A tag's attribute: a text in quotes, an expression in braces, or a bare name."""

    kind: Literal["text", "expression", "bare"]
    value: str = ""


_NONE: Mapping[str, Attribute] = {}


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
    """A block of code between ``` lines; `info` is what follows the opening fence. An open one ends with the page."""

    info: str
    start: int
    end: int
    line: int
    body_start: int
    body_end: int
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML or JSX comment."""

    start: int
    end: int


Token = Tag | Fence | Comment


def scan(page: Page) -> Iterator[Token]:
    """Yield tags, fences and comments in order. Raises PageError for a tag that does not end, or ends the page."""
    text, at = page.text, 0
    if half := _OPEN_TAG.search(text, max(0, len(text.rstrip()) - MAX_NAME)):
        line = page.line_at(half.start())
        raise page.error("the page ends within a tag: it was cut off", "give the whole page", line)
    while match := _LANDMARK.search(text, at):
        mark = match[0]
        if match["name"]:
            tag = _tag(page, match)
            if tag is not None:
                yield tag
            at = match.end() if tag is None else tag.end
        elif mark[0] in "`~":
            opening = _opens_line(text, match.start()) if len(mark) >= 3 else None
            if opening is not None:
                fence = _fence(page, opening, mark, match.end())
                yield fence
                at = fence.end
            else:
                at = _after_code(text, match) if mark[0] == "`" else match.end()
        else:
            closing = "-->" if mark == "<!--" else "*/}"
            end = text.find(closing, match.end())
            at = len(text) if end < 0 else end + len(closing)
            yield Comment(match.start(), at)


def _opens_line(text: str, at: int) -> int | None:
    """Return where the line begins when nothing but space and quote marks stands before `at`."""
    start = text.rfind("\n", 0, at) + 1
    return start if at - start < 200 and not text[start:at].strip(" \t>") else None


def _fence(page: Page, start: int, marks: str, after: int) -> Fence:
    text = page.text
    line_end = text.find("\n", after)
    body = len(text) if line_end < 0 else line_end + 1
    info = text[after:body].strip()
    at = body
    while True:
        found = text.find(marks, at)
        if found < 0:
            return Fence(info, start, len(text), page.line_at(start), body, len(text), closed=False)
        end = text.find("\n", found)
        end = len(text) if end < 0 else end
        opening = _opens_line(text, found)
        if opening is not None and not text[found:end].strip(" \t" + marks[0]):
            return Fence(info, start, end, page.line_at(start), body, opening)
        at = max(end, found + 1)


def _after_code(text: str, match: re.Match[str]) -> int:
    """Return where a code span ends; lone backticks are ordinary characters. A span stays within its line."""
    marks = match[0]
    line_end = text.find("\n", match.end())
    end = text.find(marks, match.end(), len(text) if line_end < 0 else line_end)
    return match.end() if end < 0 else end + len(marks)


def _tag(page: Page, match: re.Match[str]) -> Tag | None:
    """Read the attributes up to `>`. None for a `<Word` in running text, such as `Array<String` in prose."""
    text, at = page.text, match.end()
    if match["close"] and text.startswith(">", at):
        return Tag(match["name"], "close", _NONE, match.start(), at + 1, page.line_at(match.start()))
    if plain := _PLAIN_TAG.match(text, at, at + MAX_TAG):
        found = {
            m[1]: Attribute("bare") if m.lastindex == 1 else Attribute("text", m[2]) if m.lastindex == 2 else
            Attribute("expression", m[3])
            for m in _PLAIN_ATTRIBUTE.finditer(plain[1])
        }  # fmt: skip
        sort: Literal["open", "close", "empty"] = "close" if match["close"] else "empty" if plain[2] else "open"
        return Tag(match["name"], sort, found, match.start(), plain.end(), page.line_at(match.start()))
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
            if word is None and at >= limit:
                raise page.error(f"the tag <{match['name']}> does not end", "close it, or give the whole page", line)
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
    text, at = page.text, 0
    while match := _FENCE.search(text, at):
        opening = _opens_line(text, match.start())
        if opening is None:
            at = match.end()
            continue
        fence = _fence(page, opening, match[0], match.end())
        yield fence
        at = fence.end
