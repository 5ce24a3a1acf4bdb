"""Rendered Mintlify text: each field's name, type and flags on lines of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, _Missing
from codegen.pages import routes
from codegen.pages.names import below
from codegen.pages.page import Page
from codegen.pages.reading import OperationReading, PageReading
from codegen.pages.types import TypeReading, read_type
from codegen.pages.values import literal, typed
from codegen.phrases.statement import Statement
from specs import pointers

FORMAT: Final = "mintlify-text"
_NAME = re.compile(r"[A-Za-z_$][\w$.\[\]-]{0,79}\Z")
_TYPE = re.compile(r"[A-Za-z][\w<>\[\]|, .-]{0,60}\Z")
_FLAG = re.compile(r"(?:required|optional|deprecated|read-?only|write-?only|nullable)\Z", re.IGNORECASE)
_DEFAULT = re.compile(r"default\s*:\s*(.*)\Z", re.IGNORECASE)
_METHOD = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\Z")
_STATUS = re.compile(r"[1-5]\d\d\Z")
_CHILDREN = re.compile(r"(?:[▾▸]\s*)?(?:hide|show) (?:child attributes|properties)|[▾▸]\Z", re.IGNORECASE)
_GLUED = re.compile(r"(?<=[a-z\])0-9])([.;])(?=[A-Z][a-z])")
_SECTIONS: dict[str, Location | None] = {
    "request headers": "header", "headers": "header", "header parameters": "header", "request header": "header",
    "authorizations": None, "authorization": None,
    "request body": "body", "body": "body", "body parameters": "body", "request parameters": "body",
    "query parameters": "query", "query": "query", "path parameters": "path", "path": "path",
    "url parameters": "path", "response": "response", "response body": "response", "responses": "response",
    "response parameters": "response",
}  # fmt: skip


@dataclass(slots=True)
class _Block:
    """One field's lines: where it begins, its type and flags, and its description."""

    name: str
    line: int
    kind: TypeReading
    flags: list[str] = field(default_factory=list)
    description: list[tuple[int, str]] = field(default_factory=list)
    opens: bool = False


def recognise(page: Page) -> bool:
    """Say whether a section of fields follows, each a line with a name above a line with a type."""
    return any(True for *_, blocks in _sections(page) if blocks)


def read(page: Page) -> PageReading:
    """Return the page's one operation."""
    fields: list[FieldFact] = []
    statements: list[Statement] = []
    shapes = _samples(page)
    introduction: list[tuple[int, str]] = []
    first = next((line for line, _, _ in _sections(page)), len(page.lines) + 1)
    for number, text in enumerate(page.lines[: first - 1], 1):
        if text.endswith((".", "!", ":")) and " " in text.strip():
            introduction.append((number, text))
    statements.extend(Statement(_spaced(text), number) for number, text in introduction)
    for _, location, blocks in _sections(page):
        if location is None:
            continue
        shape = shapes.get("response" if location == "response" else "request")
        _place(blocks, location, shape, fields, statements)
    route, title = _head(page)
    method, path, server = (route.method, route.path, route.server) if route else (None, None, None)
    operation = OperationReading(method, path, server, tuple(fields), tuple(statements))
    return PageReading(title, FORMAT, (operation,))


def _sections(page: Page) -> list[tuple[int, Location | None, list[_Block]]]:
    """Return each section's line, location and blocks, in order."""
    found: list[tuple[int, Location | None, list[_Block]]] = []
    block: _Block | None = None
    lines = page.lines
    skip_to = 0
    for number, raw in enumerate(lines, 1):
        text = raw.strip()
        if number <= skip_to or not text:
            continue
        if text.lower() in _SECTIONS and not _begins(lines, number):
            location = _SECTIONS[text.lower()]
            found.append((number, location, []))
            block = None
        elif found and (kind := _begins(lines, number)):
            block = _Block(text, number, kind)
            found[-1][2].append(block)
            skip_to = _after(lines, number)
        elif block is None:
            continue
        elif not block.description and (_FLAG.match(text) or _DEFAULT.match(text)):
            block.flags.append(text)
        elif _CHILDREN.match(text):
            block.opens = True
        else:
            block.description.append((number, raw))
    return found


def _after(lines: list[str], number: int) -> int:
    """Return the number of the next line with text on it."""
    return next((n for n in range(number + 1, min(len(lines), number + 3) + 1) if lines[n - 1].strip()), number)


def _begins(lines: list[str], number: int) -> TypeReading | None:
    """Return the type where a field begins on this line: a name here, a known type on the next line."""
    name = lines[number - 1].strip()
    if not _NAME.match(name):
        return None
    after = _after(lines, number)
    below_it = lines[after - 1].strip()
    if after == number or not _TYPE.match(below_it):
        return None
    kind = read_type(below_it)
    if kind.type is None and not kind.array and not re.match(r"(?:enum|file|any)\b", below_it):
        return None
    return kind if read_type(name).type is None or name not in ("string", "integer", "array", "object") else None


def _place(
    blocks: list[_Block], location: Location, shape: Json, fields: list[FieldFact], statements: list[Statement]
) -> None:
    """Turn a section's blocks into fields. Members of an opened field are told by the page's own sample."""
    holders: list[tuple[str, bool, Json]] = []
    for block in blocks:
        while holders and not _holds(holders[-1][2], block.name):
            holders.pop()
        parent, in_array, inner = holders[-1] if holders else ("", False, shape)
        if location in ("body", "response"):
            pointer = below(parent, block.name, in_array=in_array)
        else:
            pointer = pointers.join(block.name)
        fact = _fact(block, location, pointer)
        fields.append(fact)
        if block.description:
            first = block.description[0][0]
            texts = {number: _spaced(text) for number, text in block.description}
            joined = "\n".join(texts.get(n, "") for n in range(first, block.description[-1][0] + 1))
            statements.append(Statement(joined, first, pointer, location))
        if block.opens:
            holders.append((pointer, block.kind.array, _inside(inner, block.name)))


def _holds(sample: Json, name: str) -> bool:
    return isinstance(sample, dict) and name in sample


def _inside(sample: Json, name: str) -> Json:
    """Return the sample's object under a name; of an array, its first item."""
    value = sample.get(name) if isinstance(sample, dict) else None
    while isinstance(value, list) and value:
        value = value[0]
    return value


def _fact(block: _Block, location: Location, pointer: str) -> FieldFact:
    required: bool | None = None if location == "response" else False
    default: Json | _Missing = MISSING
    schema = dict(block.kind.schema)
    for flag in block.flags:
        lowered = flag.lower()
        if lowered in ("required", "optional"):
            required = lowered == "required"
        elif lowered == "deprecated":
            schema["deprecated"] = True
        elif lowered == "nullable":
            schema["nullable"] = True
        elif match := _DEFAULT.match(flag):
            default = typed(match[1], block.kind.type)
    return FieldFact(location, pointer, block.kind.type, required, block.line, schema, default)


def _spaced(text: str) -> str:
    """Put back the space between two paragraphs that rendering glued together."""
    return _GLUED.sub(r"\1 ", text)


def _head(page: Page) -> tuple[routes.Route | None, str | None]:
    """Return the route and the title: a method, the path's parts and slashes on lines of their own, the title."""
    lines = [line.strip() for line in page.lines[:60]]
    for at, text in enumerate(lines):
        if not _METHOD.match(text):
            continue
        end = at + 1
        while end < len(lines) and (lines[end] == "/" or (lines[end - 1] == "/" and lines[end])):
            end += 1
        path = "".join(lines[at + 1 : end])
        curl = next((r for r in routes.from_curl(page) if r.path == path), None)
        made = routes.route(text, path, at + 1)
        title = lines[end] if end < len(lines) else None
        return (curl or made), title or None
    made = routes.of_page(page)
    return made, next((text for text in lines if text and text != "Skip to main content"), None)


def _samples(page: Page) -> dict[str, Json]:
    """Return the sample request and response bodies that stand above the fields."""
    found: dict[str, Json] = {}
    lines = page.lines
    number = 0
    while number < len(lines) and len(found) < 2:
        if lines[number].rstrip() in ("{", "["):
            end = next((n for n in range(number + 1, len(lines)) if lines[n].rstrip() in ("}", "]")), None)
            if end is None:
                break
            value = literal("\n".join(lines[number : end + 1]))
            quoted = number > 0 and lines[number - 1].rstrip().endswith("'")
            found.setdefault("request" if quoted else "response", value)
            number = end
        number += 1
    return found
