"""JSON and YAML documents whose objects know the lines of their members."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from codegen.facts import Json
from codegen.pages.page import Page
from specs import yaml12
from specs.errors import SpecError

MAX_NODES = 300_000
"""Of one document; aliases of YAML count each time they are used, so that none can explode."""
MAX_DEPTH = 200
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS: tuple[tuple[str, Json], ...] = (("true", True), ("false", False), ("null", None))

_scan_string: Callable[[str, int, bool], tuple[str, int]] = json.decoder.scanstring  # type: ignore[attr-defined]


class Object(dict[str, Any]):
    """An object with the line each of its members begins on."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """Return the line of a member, or the object's own."""
        return self.lines.get(key, self.line)


def read_json(page: Page) -> Json:
    """Return a JSON page's value with `Object`s. Raises PageError naming the line."""
    return _Json(page).document()


def read_yaml(page: Page, text: str, first_line: int = 1) -> Json:
    """Return the value of YAML text that begins on `first_line` of the page. Raises PageError naming the line."""
    if "\t" in text:
        text = re.sub(r"^( *)\t+$", r"\1", text, flags=re.MULTILINE)
    try:
        node = yaml12.compose(text, page.place, first_line)
    except SpecError as problem:
        line = problem.place.removeprefix(page.place).removeprefix(":")
        raise page.error(problem.problem, "mend the YAML", int(line) if line.isdigit() else first_line) from None
    return _Yaml(page, first_line).value(node, 0) if node is not None else None


class _Yaml:
    """Nodes into values."""

    def __init__(self, page: Page, first_line: int) -> None:
        self.page, self.first_line, self.count = page, first_line, 0

    def value(self, node: yaml.Node, depth: int) -> Json:
        self.count += 1
        line: int = node.start_mark.line + self.first_line
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            raise self.page.error("the document is too large or refers to itself", "give one API's description", line)
        if isinstance(node, yaml.ScalarNode):
            try:
                return yaml12.scalar(node)
            except ValueError:
                return node.value
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        made = Object(line)
        for key, member in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.tag)
            made[name] = self.value(member, depth + 1)
            made.lines[name] = key.start_mark.line + self.first_line
        return made


class _Json:
    """A JSON parser that keeps lines; strings are read by the standard library's scanner."""

    def __init__(self, page: Page) -> None:
        self.page, self.text = page, page.text

    def document(self) -> Json:
        value, at = self.value(self.skip(0), 0)
        at = self.skip(at)
        if at != len(self.text):
            raise self.wrong(at)
        return value

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def wrong(self, at: int) -> Exception:
        found = repr(self.text[at : at + 1]) if at < len(self.text) else "the end of the page"
        return self.page.error(f"no JSON: {found} is unexpected", "mend the line", self.page.line_at(max(0, at - 1)))

    def value(self, at: int, depth: int) -> tuple[Json, int]:
        if depth > MAX_DEPTH:
            raise self.page.error("the document is nested too deep", "give an API's description", self.page.line_at(at))
        first = self.text[at : at + 1]
        if first == '"':
            return self.string(at)
        if first == "{":
            return self.object(at, depth)
        if first == "[":
            return self.array(at, depth)
        for word, meaning in _WORDS:
            if self.text.startswith(word, at):
                return meaning, at + len(word)
        match = _NUMBER.match(self.text, at)
        if match is None or len(match[0]) > 400:
            raise self.wrong(at)
        return (float(match[0]) if match[1] or match[2] else int(match[0])), match.end()

    def string(self, at: int) -> tuple[str, int]:
        try:
            return _scan_string(self.text, at + 1, False)
        except json.JSONDecodeError as problem:
            raise self.wrong(min(problem.pos, len(self.text))) from None

    def object(self, at: int, depth: int) -> tuple[Object, int]:
        made = Object(self.page.line_at(at))
        at = self.skip(at + 1)
        if self.text.startswith("}", at):
            return made, at + 1
        while True:
            if not self.text.startswith('"', at):
                raise self.wrong(at)
            made_at = at
            key, at = self.string(at)
            at = self.skip(at)
            if not self.text.startswith(":", at):
                raise self.wrong(at)
            made[key], at = self.value(self.skip(at + 1), depth + 1)
            made.lines[key] = self.page.line_at(made_at)
            at, ended = self.next(at, "}")
            if ended:
                return made, at

    def array(self, at: int, depth: int) -> tuple[list[Json], int]:
        made: list[Json] = []
        at = self.skip(at + 1)
        if self.text.startswith("]", at):
            return made, at + 1
        while True:
            value, at = self.value(at, depth + 1)
            made.append(value)
            at, ended = self.next(at, "]")
            if ended:
                return made, at

    def next(self, at: int, closing: str) -> tuple[int, bool]:
        at = self.skip(at)
        if self.text.startswith(closing, at):
            return at + 1, True
        if not self.text.startswith(",", at):
            raise self.wrong(at)
        return self.skip(at + 1), False
