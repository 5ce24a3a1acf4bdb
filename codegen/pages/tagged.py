"""Mintlify source: ParamField, ResponseField and Expandable tags in markdown or MDX."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, Unread, _Missing
from codegen.pages import routes
from codegen.pages.names import below, steps
from codegen.pages.page import Page
from codegen.pages.prose import clear, statements_of
from codegen.pages.reading import OperationReading, PageReading, once
from codegen.pages.tags import Attribute, Comment, Fence, Tag, scan
from codegen.pages.types import read_type
from codegen.pages.values import literal, truth, typed
from codegen.phrases.statement import Statement
from specs import pointers

FORMAT: Final = "mintlify-tags"
MAX_DEPTH: Final = 60
"""Tags inside each other."""
_LOCATIONS: tuple[Location, ...] = ("query", "path", "body", "header")
_NESTED = {"ParamField", "ResponseField", "Expandable"}
_SAMPLES = {"RequestExample", "ResponseExample", "CodeGroup", "CodeBlock", "Snippet"}
_ERRORS = re.compile(r"\s*(?:[345]\d\d|[45]xx)\b|.*\b(?:error|errors|failure)\b|.*(?:错误|失败)", re.IGNORECASE)
_STATUS = re.compile(r"[1-5]\d\d")
_SAMPLE_TITLE = re.compile(r"\s*example\b", re.IGNORECASE)
_KEYWORDS = {
    "minimum": "minimum", "maximum": "maximum", "min": "minimum", "max": "maximum", "multipleOf": "multipleOf",
    "minLength": "minLength", "maxLength": "maxLength", "minItems": "minItems", "maxItems": "maxItems",
    "exclusiveMinimum": "exclusiveMinimum", "exclusiveMaximum": "exclusiveMaximum", "pattern": "pattern",
    "format": "format", "enum": "enum",
}  # fmt: skip


def recognise(page: Page) -> bool:
    """Say whether the page has field tags outside of code."""
    return any(_is_field(token) for token in scan(page))


def read(page: Page) -> PageReading:
    """Return the page's operations. Raises PageError for tags that do not end, and for a page that was cut off."""
    walk = _Walk(page)
    for token in scan(page):
        walk.take(token)
    walk.prose(len(page.text))
    walk.end()
    values, _ = routes.front_matter(page)
    title = values.get("title") or next((m[1] for m in re.finditer(r"^# +(.+)$", page.text, re.MULTILINE)), None)
    return PageReading(title, FORMAT, walk.operations(), tuple(walk.notes))


def _is_field(token: Tag | Fence | Comment) -> bool:
    return isinstance(token, Tag) and token.name in ("ParamField", "ResponseField") and token.kind != "close"


@dataclass(slots=True)
class _Element:
    """An open tag. `subject` is the field whose description stands inside, None outside of fields."""

    name: str
    line: int
    subject: tuple[Location, str] | None
    parent: str = ""
    location: Location | None = None
    in_array: bool = False
    silent: bool = False


@dataclass(slots=True)
class _Walk:
    """One pass over a page's tokens."""

    page: Page
    stack: list[_Element] = field(default_factory=list)
    fields: list[FieldFact] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    notes: list[Unread] = field(default_factory=list)
    at: int = 0
    block: int | None = None
    """The line of a block of code that is not closed."""

    def take(self, token: Tag | Fence | Comment) -> None:
        """Hand over the prose before the token, then the token."""
        self.prose(token.start)
        self.at = token.end
        if isinstance(token, Fence) and not token.closed:
            self.block = token.line
        if not isinstance(token, Tag):
            return
        if token.kind == "close":
            self._close(token)
        elif _is_field(token):
            self._field(token)
        elif token.kind == "open":
            self._open(token)

    def prose(self, end: int) -> None:
        """Keep the text up to `end` as a statement about the innermost field, or about the operation."""
        top = self.stack[-1] if self.stack else None
        text = self.page.text[self.at : end]
        if (top and top.silent) or not text.strip():
            return
        subject = top.subject if top else None
        line = self.page.line_at(self.at)
        if subject:
            self.statements.extend(statements_of(text, line, subject[1], subject[0]))
        else:
            skip = routes.front_matter(self.page)[1] if self.at == 0 else 0
            kept = "\n" * skip + "\n".join(text.split("\n")[skip:])
            self.statements.extend(statements_of(clear(kept), line))

    def end(self) -> None:
        """Refuse a page that ends within a field or a block of code: what it documents below is not there.

        Examples and other tags are left open on pages that are whole.
        """
        if self.block is not None:
            raise self.page.error("the page ends within a block of code: it was cut off", "close it with ```, "
                                  "or give the whole page", self.block)  # fmt: skip
        if inner := [element for element in self.stack if element.name in _NESTED]:
            name, line = inner[-1].name, inner[-1].line
            raise self.page.error(
                f"the page ends within <{name}>: it was cut off", "close it, or give the whole page", line
            )

    def operations(self) -> tuple[OperationReading, ...]:
        """Return the operations in the page's order."""
        return split(self.page, self.fields, self.statements)

    def _open(self, token: Tag) -> None:
        top = self.stack[-1] if self.stack else _Element("", 0, None)
        title = token.attributes.get("title", Attribute("text")).value
        silent = top.silent or token.name in _SAMPLES
        silent = silent or (token.name in ("Tab", "Accordion") and _ERRORS.match(title) is not None)
        silent = silent or (token.name == "Expandable" and _SAMPLE_TITLE.match(title) is not None)
        self.stack.append(_Element(token.name, token.line, top.subject, top.parent, top.location, top.in_array, silent))

    def _close(self, token: Tag) -> None:
        for depth in range(len(self.stack) - 1, max(-1, len(self.stack) - 50), -1):
            if self.stack[depth].name == token.name:
                del self.stack[depth:]
                return

    def _field(self, token: Tag) -> None:
        top = self.stack[-1] if self.stack else _Element("", 0, None)
        made = None if top.silent else _fact(token, top)
        kind = read_type(_text(token.attributes.get("type")))
        silent = top.silent
        if made is None:
            named = _name(token)
            if named is None and token.name == "ParamField" and not silent:
                self.notes.append(Unread(token.line, "a parameter without a name"))
            silent = silent or named is not None or (token.name == "ParamField" and bool(token.attributes))
            subject, parent = None, top.parent + ("/*" if top.in_array else "")
            location = top.location or ("response" if token.name == "ResponseField" else None)
        else:
            self.fields.append(made)
            subject, parent, location = (made.location, made.pointer), made.pointer, made.location
        if token.kind == "open":
            if len(self.stack) >= MAX_DEPTH:
                problem = f"tags are nested more than {MAX_DEPTH} deep: <{self.stack[0].name}> is not closed"
                raise self.page.error(problem, "close it, or give the whole page", self.stack[0].line)
            self.stack.append(_Element(token.name, token.line, subject, parent, location, kind.array, silent))


def _text(attribute: Attribute | None) -> str | None:
    """Return an attribute as text; braces hold a string or a template literal."""
    if attribute is None or attribute.kind == "bare":
        return None
    value = literal(attribute.value) if attribute.kind == "expression" else attribute.value
    return value if isinstance(value, str) else attribute.value


def _name(token: Tag) -> tuple[Location | None, str] | None:
    """Return where a field stands and what it is called, as the tag says."""
    for location in _LOCATIONS:
        if (name := _text(token.attributes.get(location))) is not None and name.strip():
            return location, name.strip()
    name = _text(token.attributes.get("name"))
    if name is None or not name.strip():
        return None
    return ("response" if token.name == "ResponseField" else "body"), name.strip()


def _fact(token: Tag, holder: _Element) -> FieldFact | None:
    """Return the field of a tag; None where it has no name or is an HTTP status."""
    named = _name(token)
    if named is None or (token.name == "ResponseField" and _STATUS.fullmatch(named[1])):
        return None
    own, name = named
    location = holder.location or own or "body"
    if location in ("body", "response"):
        pointer = below(holder.parent, name, in_array=holder.in_array)
    elif location == "query":
        pointer = "/".join((holder.parent, *(step for step in steps(name) if step != "*")))
    else:
        pointer = holder.parent + pointers.join(name)
    kind = read_type(_text(token.attributes.get("type")))
    schema = {**kind.schema, **_keywords(token)}
    return FieldFact(
        location, pointer, kind.type, _required(token, location), token.line, schema, _default(token, kind.type)
    )


def _required(token: Tag, location: Location) -> bool | None:
    for name, sense in (("required", True), ("optional", False)):
        attribute = token.attributes.get(name)
        if attribute is None:
            continue
        stated = True if attribute.kind == "bare" else truth(attribute.value)
        if stated is not None:
            return stated is sense
    return None if location in ("response", "path") else False


def _default(token: Tag, kind: str | tuple[str, ...] | None) -> Json | _Missing:
    attribute = token.attributes.get("default")
    if attribute is None or attribute.kind == "bare":
        return MISSING
    if attribute.kind == "expression":
        value = literal(attribute.value)
        return value if not isinstance(value, str) else typed(value, kind)
    if not attribute.value:
        return "" if kind == "string" else MISSING
    return typed(attribute.value, kind)


def _keywords(token: Tag) -> dict[str, Json]:
    """Return the JSON Schema keywords written as attributes."""
    found: dict[str, Json] = {}
    for name, attribute in token.attributes.items():
        keyword = _KEYWORDS.get(name)
        if keyword is None or attribute.kind == "bare":
            continue
        value = literal(attribute.value) if keyword not in ("pattern", "format") else _text(attribute)
        if keyword == "enum" and not isinstance(value, list):
            continue
        if keyword in ("pattern", "format", "enum") or isinstance(value, (int, float)):
            found[keyword] = value
    flag = token.attributes.get("deprecated")
    if flag is not None and (flag.kind == "bare" or truth(flag.value)):
        found["deprecated"] = True
    return found


def split(page: Page, fields: list[FieldFact], statements: list[Statement]) -> tuple[OperationReading, ...]:
    """Give each operation its fields: those after the heading that names it. One route, or none: one operation."""
    stated = routes.all_stated(page)
    made = [one for one in stated if page.lines[one.line - 1].startswith("#")]
    if len(made) > 1 and fields and fields[0].line > made[0].line:
        operations = []
        for index, own in enumerate(made):
            last = made[index + 1].line if index + 1 < len(made) else len(page.lines) + 1
            inside = tuple(f for f in fields if own.line <= f.line < last)
            said = tuple(s for s in statements if own.line <= s.line < last)
            if inside:
                operations.append(OperationReading(own.method, own.path, own.server, once(inside), said))
        if len(operations) > 1:
            return tuple(operations)
    single = routes.of_page(page, stated)
    method, path, server = (single.method, single.path, single.server) if single else (None, None, None)
    return (OperationReading(method, path, server, once(fields), tuple(statements)),)
