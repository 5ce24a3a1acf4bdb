"""Rendered text of API pages, one page or several put together: names, types and flags on lines of their own."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from codegen.facts import FieldFact
from codegen.pages import flattened, routes, shapes
from codegen.pages.flattened import Line, Section
from codegen.pages.page import Page
from codegen.pages.reading import OperationReading, PageReading
from codegen.pages.routes import Route
from codegen.phrases.statement import Statement

FORMAT: Final = "mintlify-text"
_METHOD = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\Z")
_STATED = re.compile(r"\s*`(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (https?://[^`\s]+)`")
_PATH = re.compile(r"/[\w{}:.~$@-]+(?:/[\w{}:.~$@-]+)*/?\Z")
_SERVER = re.compile(r"https?://[\w.:-]+\Z")
_NOISE = {"skip to main content", "copy", "collapse", "try it", "curl", "python", "javascript", "java", "200", "201"}


@dataclass(frozen=True, slots=True)
class Region:
    """The lines of one operation: from its method line to the next one's. `title` is the page's own for it."""

    route: Route | None
    title: str | None
    first: int
    body: int
    last: int


def recognise(page: Page) -> bool:
    """Say whether a section of fields follows, each a line with a name above a line with a type."""
    return any(section.blocks for section in flattened.sections(text_lines(page)))


def read(page: Page) -> PageReading:
    """Return the page's operations."""
    lines = text_lines(page)
    regions = find_regions(page, lines)
    return PageReading(regions[0].title, FORMAT, read_regions(page, lines, regions))


def text_lines(page: Page) -> list[Line]:
    """Return the lines that have text."""
    return [Line(n, raw.strip(), raw) for n, raw in enumerate(page.lines, 1) if raw.strip()]


def read_regions(page: Page, lines: list[Line], found_regions: list[Region]) -> tuple[OperationReading, ...]:
    """Return the operations of all regions that document something; of a page without any, its prose."""
    found = []
    numbers = [line.number for line in lines]
    regions = [
        (region, lines[bisect_left(numbers, region.first) : bisect_right(numbers, region.last)])
        for region in found_regions
    ]
    sections = [(region, inside, flattened.sections(inside)) for region, inside in regions]
    roots = set().union(*(flattened.certain_roots(made) for _, _, made in sections)) if len(sections) > 1 else set()
    for region, inside, blocks in sections:
        made = _operation(page, region, inside, blocks, roots)
        if made.fields or made.path:
            found.append(made)
    return tuple(found)


def find_regions(page: Page, lines: list[Line]) -> list[Region]:
    """Split at each method line that a path follows; a page without one is a single region."""
    starts: list[tuple[int, Route, int, str | None]] = []
    for at, line in enumerate(lines):
        if stated := _STATED.match(line.raw):
            if made := routes.route(stated[1], stated[2], line.number):
                starts.append((line.number, made, line.number, lines[at - 1].text if at else None))
            continue
        if not _METHOD.match(line.text):
            continue
        path, server, end = _path(lines, at + 1)
        made = routes.route(line.text, path, line.number) if path else None
        if made is None:
            continue
        made = Route(made.method, made.path, server, made.line)
        before = lines[at - 1].text if at and lines[at - 1].text.lower() not in _NOISE else None
        after = lines[end].text if end < len(lines) and lines[end - 1].text != path else None
        starts.append((line.number, made, lines[end - 1].number, after or before))
    starts = [
        s
        for i, s in enumerate(starts)
        if i == 0 or (s[1].method, s[1].path) != (starts[i - 1][1].method, starts[i - 1][1].path)
    ]
    if not starts:
        title = next((line.text for line in lines if line.text.lower() not in _NOISE), None)
        return [Region(routes.of_page(page), title, 1, 1, len(page.lines))]
    regions = []
    curls = routes.from_curl(page)
    for index, (number, made, body, title) in enumerate(starts):
        last = starts[index + 1][0] - 1 if index + 1 < len(starts) else len(page.lines)
        first = number if index or len(starts) > 1 else 1
        regions.append(Region(_served(curls, made, first, last), title, first, body, last))
    return regions


def _path(lines: list[Line], at: int) -> tuple[str, str | None, int]:
    """Return the path that begins on this line, whole or in parts with slashes between them, and where it ends."""
    server = None
    if at < len(lines) and _SERVER.match(lines[at].text):
        server = lines[at].text
        at += 1
    if at < len(lines) and _PATH.match(lines[at].text) and lines[at].text != "/":
        return lines[at].text, server, at + 1
    parts, start = [], at
    while at < len(lines) and (lines[at].text == "/" or (at > start and lines[at - 1].text == "/")):
        parts.append(lines[at].text)
        at += 1
    return "".join(parts), server, at


def _served(curls: list[Route], made: Route, first: int, last: int) -> Route:
    """Return the route with the server of the curl sample that goes with it."""
    if made.server:
        return made
    server = next((r.server for r in curls if first <= r.line <= last or r.path == made.path), None)
    return Route(made.method, made.path, server, made.line)


def _operation(
    page: Page, region: Region, lines: list[Line], found: list[Section], roots: set[str]
) -> OperationReading:
    request, response = shapes.of_samples(page, page.start_of(region.first), page.start_of(region.last + 1))
    fields: dict[tuple[str, str], FieldFact] = {}
    statements = _introduction(lines, found, region)
    for section in found:
        shape = response if section.location == "response" else request
        for fact, said in flattened.place(section, shape, roots):
            if fields.setdefault((fact.location, fact.pointer), fact) is fact and said:
                statements.append(said)
    route = region.route
    method, path, server = (route.method, route.path, route.server) if route else (None, None, None)
    return OperationReading(method, path, server, tuple(fields.values()), tuple(statements))


def _introduction(lines: list[Line], found: list[Section], region: Region) -> list[Statement]:
    """Return the sentences above the first section as statements about the operation."""
    first = found[0].line if found else region.last + 1
    return [
        Statement(flattened.spaced(line.raw), line.number)
        for line in lines
        if line.number < first and " " in line.text and line.text.endswith((".", "!", "。", ":"))
    ]
