"""Rendered text whose names are gone: blocks in order. Names come from the provider's pages.toml or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, Unread, _Missing
from codegen.pages.page import Page
from codegen.pages.reading import OperationReading, PageReading
from codegen.phrases.statement import Statement

FORMAT: Final = "mintlify-text-nameless"
_SECTIONS: dict[str, Location | None] = {
    "authorizations": None, "body": "body", "query parameters": "query", "path parameters": "path",
    "headers": "header", "response": "response",
}  # fmt: skip
_COUNT = re.compile(r"(\d+) - (\d+) elements?(?=\S|\Z)")
_LENGTH = re.compile(r"(\d+)(?: - (\d+))?(?=[A-Z]|\Z)")
_VALUES = re.compile(r"([\w.:-]+(?:, [\w.:-]+)+) (?=[A-Z])")


@dataclass(frozen=True, slots=True)
class FieldName:
    """What a page does not say about a field, told by hand; `line` is where its block begins on the page."""

    pointer: str
    type: str | tuple[str, ...] | None
    required: bool | None
    line: int
    location: Location = "body"
    default: Json | _Missing = MISSING


@dataclass(frozen=True, slots=True)
class PageNames:
    """A pages.toml entry: which page (by the hash of its bytes), and what the page leaves out."""

    address: str
    sha256: str
    method: str | None = None
    path: str | None = None
    server: str | None = None
    names: tuple[FieldName, ...] = ()


def recognise(page: Page) -> bool:
    """Say whether the page has the headings of an API page and, below them, neither tags nor tables nor names."""
    headings = {line.strip().lower() for line in page.lines}
    return "body" in headings and bool(headings & {"authorizations", "response"})


def read(page: Page, names: PageNames | None) -> PageReading:
    """Return the page's operation: with names its fields, without them the prose and a note that says so."""
    title = next((line.strip() for line in page.lines if line.strip()), None)
    if names is None or not names.names:
        return _nameless(page, title)
    _check(page, names)
    statements = _before(page, names)
    blocks = _blocks(page, names)
    chips: dict[str, dict[str, Json]] = {}
    for block, (name, end) in enumerate(blocks):
        text, keywords = _unglue("\n".join(page.lines[name.line - 1 : end]))
        if block and keywords:
            chips[blocks[block - 1][0].pointer] = keywords
        statements.append(Statement(text.rstrip(), name.line, name.pointer, name.location))
    fields = tuple(_fact(name, chips.get(name.pointer, {})) for name in names.names)
    operation = OperationReading(names.method, names.path, names.server, fields, tuple(statements))
    return PageReading(title, FORMAT, (operation,))


def _check(page: Page, names: PageNames) -> None:
    lines = [name.line for name in names.names]
    if lines != sorted(lines) or not all(1 <= line <= len(page.lines) for line in lines):
        raise page.error("the names of its pages.toml entry do not follow its lines", "give names in the page's order")


def _fact(name: FieldName, schema: dict[str, Json]) -> FieldFact:
    return FieldFact(name.location, name.pointer, name.type, name.required, name.line, schema, name.default)


def _blocks(page: Page, names: PageNames) -> list[tuple[FieldName, int]]:
    """Return the names that have a block of their own, each with the block's last line."""
    owners: dict[int, FieldName] = {}
    for name in names.names:
        owners.setdefault(name.line, name)
    starts = sorted(owners)
    ends = [*(start - 1 for start in starts[1:]), _section_end(page, starts[-1])]
    return [(owners[start], end) for start, end in zip(starts, ends, strict=True)]


def _section_end(page: Page, start: int) -> int:
    for number in range(start + 1, len(page.lines) + 1):
        if page.lines[number - 1].strip().lower() in _SECTIONS:
            return number - 1
    return len(page.lines)


def _unglue(text: str) -> tuple[str, dict[str, Json]]:
    """Take off what rendering left of the previous block at the front: a length, a count or its values."""
    if match := _COUNT.match(text):
        return text[match.end() :], {"minItems": int(match[1]), "maxItems": int(match[2])}
    if match := _LENGTH.match(text):
        bounds = ("minLength", "maxLength") if match[2] else ("maxLength",)
        return text[match.end() :], dict(zip(bounds, map(int, match.groups()), strict=False))
    if match := _VALUES.match(text):
        return text[match.end() :], {"enum": match[1].split(", ")}
    return text, {}


def _before(page: Page, names: PageNames) -> list[Statement]:
    """Return the prose above the first block; lines that rendering broke are one statement up to the next heading."""
    said: list[Statement] = []
    run: list[str] = []
    for number, line in enumerate(page.lines[: names.names[0].line - 1], 1):
        prose = " " in line.strip() and line.strip().lower() not in _SECTIONS
        if prose or run:
            run.append(line if prose or line.strip().lower() not in _SECTIONS else "")
        if run and ((not prose and not line.strip()) or line.strip().lower() in _SECTIONS):
            said.append(Statement("\n".join(run), number - len(run) + 1))
            run = []
    return said


def _nameless(page: Page, title: str | None) -> PageReading:
    at = next((n for n, line in enumerate(page.lines, 1) if line.strip().lower() == "body"), 1)
    note = Unread(at, "the page names no fields: give their names in a pages.toml entry of this page")
    statements = tuple(
        Statement(line, number) for number, line in enumerate(page.lines, 1) if number > at and " " in line.strip()
    )
    return PageReading(title, FORMAT, (OperationReading(None, None, None, (), statements),), (note,))
