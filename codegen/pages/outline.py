"""Markdown pages whose parameters stand in tables, below headings of their own, or in lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codegen.facts import MISSING, Unread
from codegen.pages import columns, drafts, markdown, routes, shapes, words
from codegen.pages.drafts import Draft, Said
from codegen.pages.markdown import Block, Code, Heading, Item, Listing, Paragraph, Row, Table
from codegen.pages.names import below, steps
from codegen.pages.page import Page
from codegen.pages.prose import plain
from codegen.pages.reading import PageReading
from codegen.pages.routes import Route
from codegen.pages.shapes import Shape
from codegen.pages.types import TypeReading
from specs import pointers

FORMAT: Final = "markdown-outline"
_OUTSIDE = re.compile(
    r"回调|callback|webhook|错误|error|异常|失败|状态码|status code|流式响应|event stream", re.IGNORECASE
)
_TABLE = re.compile(r"^[ \t]*\|.*(?:类型|\btype\b)", re.MULTILINE | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"^[ \t]*[-*][ \t]+\**(?:类型|Type)\**[ \t]*[:：]", re.MULTILINE)
_LISTED = re.compile(
    r"^[ \t]*[-*][ \t]+(?:\*\*`?|`)[A-Za-z_][\w.\[\]-]*(?:`?\*\*|`)[ \t]*[:：]?[ \t]*\n?[ \t]*[(（*]*"
    r"(?:string|integer|number|boolean|array|object|bool|int|float|字符串|整数|数字|布尔|数组|对象|必填|可选)\b",
    re.MULTILINE,
)
_PARENS = re.compile(r"[(（][^()（）]*[)）]\s*\Z")
_NUMBERING = re.compile(
    r"\A(?:\d+(?:\.\d+)*[.、)]?\s+|[一二三四五六七八九十]+[、.]\s*|步骤\s*\d+\s*[:：]\s*|step\s+\d+\s*[:：.]\s*)", re.I
)
_NAME = r"[A-Za-z_$](?:[\w$.-]|\[[\w*]*\])*"
_FIELD_HEADING = re.compile(rf"(?P<name>{_NAME})(?P<rest>\s.*|[(（].*)?\Z", re.DOTALL)
_HOLDER = re.compile(
    r"(?:对象|属性|子字段|字段|参数|数组|元素|结构|object|propert|field|parameter|attribute|item|element|param)",
    re.IGNORECASE,
)
_ITEM_FIELD = re.compile(rf"\s*(?:\*\*)?`?(?P<name>{_NAME})`?(?:\*\*)?(?P<rest>.*)\Z", re.DOTALL)
_ITEM_NAME = re.compile(rf"\s*(?:\*\*`?{_NAME}`?\*\*|`{_NAME}`)\s*[:：]?\s*\Z")
_BOLD_LINE = re.compile(r"\*\*([^*\n]{1,60})\*\*[:：]?")
BOLD_LEVEL: Final = 7
"""Of a line in bold that serves as a heading: below all headings."""
_CHILD = re.compile(r"^(?:(?:&nbsp;|\s|　)*(?:↳|└─*|├─*|»|>|&gt;|┗|┣|-)\s*|(?:&nbsp;)+)")
_CELL_NAME = re.compile(r"[A-Za-z_$@][\w$.@\[\]*-]*\Z")


def recognise(page: Page) -> bool:
    """Say whether a table of parameters stands here, or headings or list items with a type below them."""
    if _TABLE.search(page.text):
        return True
    return _ATTRIBUTE.search(page.text) is not None or _LISTED.search(page.text) is not None


def read(page: Page) -> PageReading:
    """Return the page's operations."""
    walk = _Walk(page)
    found = markdown.blocks(page)
    for at, block in enumerate(found):
        walk.take(block, found[at + 1] if at + 1 < len(found) else None)
    values, _ = routes.front_matter(page)
    heading = next((block.text for block in found if isinstance(block, Heading)), None)
    operations = drafts.operations(walk.drafts, walk.said, walk.markers)
    return PageReading(heading or values.get("title"), FORMAT, operations, tuple(walk.notes))


@dataclass(slots=True)
class _Scope:
    """What an enclosing heading says: a section, or an object whose members follow."""

    level: int
    section: str | None
    parent: Draft | None = None
    required: bool | None = None


@dataclass(slots=True)
class _Walk:
    """One pass over a page's blocks."""

    page: Page
    scopes: list[_Scope] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    by_name: dict[str, list[Draft]] = field(default_factory=dict)
    arrays: set[tuple[str, str]] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    markers: list[tuple[Route, bool]] = field(default_factory=list)
    notes: list[Unread] = field(default_factory=list)
    current: Draft | None = None
    method: str | None = None
    curls: dict[str, str] | None = None
    samples: tuple[Shape, Shape] | None = None
    chapter: int = 0

    def take(self, block: Block, following: Block | None) -> None:
        """Read one block; the one after it tells a field's heading from others."""
        match block:
            case Heading():
                self.heading(block, following)
            case Paragraph():
                self.paragraph(block)
            case Code():
                self.code(block)
            case Table():
                self.table(block)
            case Listing():
                self.listing(block.items, self.parent(), self.current)

    # --- headings

    @property
    def section(self) -> str | None:
        """The kind of section the walk is in: the innermost heading's that says one."""
        return next((s.section for s in reversed(self.scopes) if s.section is not None), None)

    def parent(self) -> Draft | None:
        """Return the object whose members are being listed."""
        return self.scopes[-1].parent if self.scopes else None

    def heading(self, block: Heading, following: Block | None) -> None:
        self.marker(block.text, block.line, strong=True)
        while self.scopes and self.scopes[-1].level >= block.level:
            self.scopes.pop()
        self.current = None
        if block.level <= 2:
            self.chapter = block.line
        holder = self.parent()
        text = _NUMBERING.sub("", block.text.strip())
        draft = self.field_heading(block, text, following, holder)
        if draft is not None:
            self.current = draft
            self.scopes.append(_Scope(block.level, None, draft))
            return
        key = columns.bare(_PARENS.sub("", text)).lower().replace(" ", "").rstrip(":：")
        if any(scope.section == "outside" for scope in self.scopes):
            self.scopes.append(_Scope(block.level, "outside"))
        elif key in words.SECTIONS:
            section = words.SECTIONS[key]
            if section == "request" and self.section in ("body", "header", "query", "path"):
                section = self.section
            self.scopes.append(_Scope(block.level, section, None, words.REQUIRED_SECTIONS.get(key)))
        elif block.level > 1 and _OUTSIDE.search(text):
            self.scopes.append(_Scope(block.level, "outside"))
        elif (known := self.named(text, holder)) is not None:
            self.scopes.append(_Scope(block.level, known.section, known))
        else:
            self.scopes.append(_Scope(block.level, None, None if block.level <= 2 else holder))

    def field_heading(self, block: Heading, text: str, following: Block | None, holder: Draft | None) -> Draft | None:
        """Return the field a heading names: its type stands in the heading, or in a list right below."""
        match = _FIELD_HEADING.match(columns.bare(text))
        if match is None or self.section in (None, "outside"):
            return None
        rest = (match["rest"] or "").strip(" ()（）:：")
        kind = columns.type_of(re.split(r"[,，]|\s(?=required|optional|必)", rest)[0]) if rest else TypeReading()
        labelled = isinstance(following, Listing) and words.label_of(following.items[0].text)[0] == "type"
        if not labelled and (kind.type is None or self.named(text, holder) is not None):
            return None
        required = words.stated_required(rest)
        return self.add(match["name"], block.line, kind, required, holder)

    def named(self, text: str, holder: Draft | None) -> Draft | None:
        """Return the known field a heading such as "voice_setting 对象属性" or "input Object Parameters" is about."""
        match = _FIELD_HEADING.match(columns.bare(text))
        if match is None or (match["rest"] and not _HOLDER.search(match["rest"])):
            return None
        wanted = match["name"].split(".")[-1].removesuffix("[]")
        known = [d for d in self.by_name.get(wanted, [])[-50:] if self.section in (None, d.section)]
        inside = [d for d in known if holder is not None and d.pointer.startswith(holder.pointer + "/")]
        chosen = inside or known
        return chosen[-1] if chosen else None

    # --- prose

    def paragraph(self, block: Paragraph) -> None:
        for offset, text in enumerate(block.text.split("\n")):
            self.marker(text, block.line + offset, strong=True)
        label = columns.bare(block.text).lower().replace(" ", "").rstrip(":：")
        bold = _BOLD_LINE.fullmatch(block.text.strip())
        if bold and (label in words.SECTIONS or self.named(bold[1], self.parent()) is not None):
            self.heading(Heading(BOLD_LEVEL, bold[1], block.line), None)
        elif label in words.SECTIONS and self.scopes and len(label) < 24:
            self.scopes[-1].section = words.SECTIONS[label]
        elif self.section != "outside":
            self.say(self.current, block.text, block.line)

    def code(self, block: Code) -> None:
        first = block.text.lstrip().split("\n", 1)[0]
        if not first.startswith(("curl", "{", "[")):
            self.marker(first, block.line + 1, strong=True)
        for made in routes.from_curl(Page(block.text, self.page.place, "")):
            self.markers.append((replace(made, line=block.line), False))

    def marker(self, text: str, line: int, *, strong: bool) -> None:
        """Keep the route a line names: whole, or the address after a line with the method."""
        if made := routes.stated(text, line):
            self.markers.append((made, strong))
            return
        name, value = words.label_of(text)
        value = value.strip().strip("`")
        if name == "method" and value.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            self.method = value.upper()
        elif (name == "address" or not name) and re.fullmatch(
            r"`?(?:https?://\S+|/[\w/{}.:-]+)`?", value or text.strip()
        ):
            url = (value or text.strip()).strip("`")
            known = self.method or self.sampled_method(url)
            made = routes.route(known, url, line) if known else None
            if made:
                self.markers.append((made, strong))
            self.method = None

    def sampled_method(self, url: str) -> str | None:
        """Return the method with which the page's curl samples call an address."""
        path = routes.route("GET", url, 1)
        if self.curls is None:
            self.curls = {r.path: r.method for r in reversed(routes.from_curl(self.page))}
        return self.curls.get(path.path) if path else None

    def say(self, draft: Draft | None, text: str, line: int, *, folded: bool = False) -> None:
        """Keep a piece of prose."""
        cleaned = plain(_broken(text) if folded else text)
        if cleaned.strip():
            self.said.append((draft, cleaned, line, folded))

    # --- tables

    def table(self, block: Table) -> None:
        kinds = [columns.column(cell) for cell in block.head]
        if "name" not in kinds or "type" not in kinds or self.section == "outside":
            return
        outermost: Draft | None = None
        unknown: set[str] = set()
        for row in block.rows:
            cells = dict(zip(kinds, row.cells, strict=False))
            name = _BREAK_IN_NAME.sub("", cells.get("name", ""))
            child = outermost if _CHILD.match(name) else None
            made = self.row(row, cells, _CHILD.sub("", name), child or self.parent())
            if made is None:
                continue
            headed = list(zip(kinds, map(columns.bare, block.head), row.cells, strict=False))
            for _, heading, cell in (column for column in headed if column[0] == "values"):
                self.values(made, cell, row.line, heading)
            if "description" in cells:
                self.say(made, cells["description"], row.line, folded=True)
            unknown.update(heading for kind, heading, cell in headed if kind is None and columns.bare(cell))
            if child is None:
                outermost = made
        self.notes += (Unread(block.line, f'a column whose heading is not known: "{name}"') for name in sorted(unknown))

    def row(self, row: Row, cells: dict[columns.Column | None, str], name: str, holder: Draft | None) -> Draft | None:
        name = columns.bare(name.replace("\\_", "_").replace("\\[", "[").replace("\\]", "]"))
        if not _CELL_NAME.match(name):
            return None
        kind = columns.type_of(cells.get("type", ""))
        said = cells.get("required", "")
        required = columns.required_of(said)
        draft = self.add(name.replace(".[]", "[]"), row.line, kind, required, holder)
        if draft is None:
            return None
        combined = words.label_of(said)
        if combined[0] == "default":
            draft.required, draft.default = False, columns.default_of(combined[1], kind)
        if "required" not in cells and draft.section != "response":
            draft.required = None
        if "default" in cells:
            draft.default = columns.default_of(cells["default"], kind)
        return draft

    def values(self, draft: Draft, cell: str, line: int, heading: str) -> None:
        """Keep what a column or an attribute says of a field's values: as keywords, or as prose where it is prose."""
        found = columns.values_of(cell, draft.kind)
        if found is None:
            self.say(draft, f"{heading}: {cell}", line, folded=True)
        elif draft.kind.array and "enum" in found:
            draft.schema["items"] = {**draft.kind.schema.get("items", {}), **found}
        else:
            draft.schema.update(found)

    # --- lists

    def listing(self, items: Sequence[Item], holder: Draft | None, current: Draft | None) -> None:
        """Read a list: attributes of the current field, members of an object, or prose."""
        for item in items:
            self.marker(item.text, item.line, strong=True)
            label, value = words.label_of(item.text)
            if current is not None and label == "members":
                for inner in item.inner:
                    if isinstance(inner, Listing):
                        self.listing(inner.items, current, None)
            elif current is not None and label in ("type", "required", "default", "values", "description"):
                self.attribute(current, label, value, item)
            elif (made := self.item_field(item, holder)) is not None:
                self.say(made, _tail(item.text), item.line)
                for inner in item.inner:
                    if isinstance(inner, Listing):
                        self.listing(inner.items, made, made)
                    elif isinstance(inner, Paragraph):
                        self.say(made, inner.text, inner.line)
            elif label != "example" and self.section != "outside":
                self.say(current, _whole(item), item.line)

    def attribute(self, draft: Draft, label: str, value: str, item: Item) -> None:
        """Apply "**类型**: string" and the like to a field."""
        if label == "type":
            draft.kind = columns.type_of(value)
            if draft.kind.array:
                self.arrays.add((draft.section, draft.pointer))
        elif label == "required":
            draft.required = columns.required_of(value)
        elif label == "default":
            draft.default = columns.default_of(value, draft.kind)
        elif label == "values":
            cell = value or ", ".join(f"`{code}`" for inner in item.inner if isinstance(inner, Listing)
                                      for code in (_first_code(i.text) for i in inner.items) if code)  # fmt: skip
            self.values(draft, cell, item.line, columns.bare(words.split_label(item.text)[0]))
            if value and item.inner:
                self.say(draft, _whole(item), item.line)
        else:
            self.say(draft, value + _inner_text(item), item.line)

    def item_field(self, item: Item, holder: Draft | None) -> Draft | None:
        """Return the field a list's item names: with its type on the same line, or in a list inside."""
        match = _ITEM_FIELD.match(item.text)
        if match is None or self.section in (None, "outside"):
            return None
        inner = next((b for b in item.inner if isinstance(b, Listing)), None)
        if _ITEM_NAME.match(item.text) and inner and inner.items and words.label_of(inner.items[0].text)[0] == "type":
            return self.add(match["name"], item.line, TypeReading(), None, holder)
        stated = words.stated_parts(match["rest"])
        if not stated:
            return None
        kind = columns.type_of(stated[0])
        required = next((r for part in stated if (r := words.stated_required(part)) is not None), None)
        draft = self.add(match["name"], item.line, kind, required, holder)
        if draft is not None:
            labels = (words.label_of(part) for part in stated)
            draft.default = next((columns.default_of(v, kind) for name, v in labels if name == "default"), MISSING)
        return draft

    # --- fields

    def add(self, name: str, line: int, kind: TypeReading, required: bool | None, holder: Draft | None) -> Draft | None:
        """Keep a field; None where the place has it already or is no place for fields."""
        stated = self.section is not None
        if required is None and self.scopes:
            required = self.scopes[-1].required if holder is None or not self.scopes[-1].required else None
        section = self.section or "request"
        tokens = steps(name)
        if holder is not None and holder.section == section:
            pointer = below(holder.pointer, name, in_array=holder.kind.array)
        elif section in ("header", "query", "path"):
            pointer = pointers.join(name)
        else:
            pointer = self.dotted(name, section)
        if not tokens:
            return None
        draft = Draft(
            section, pointer, tokens[-1], line, kind, required,
            schema=dict(kind.schema), chapter=self.chapter, stated=stated,
        )  # fmt: skip
        self.drafts.append(draft)
        self.by_name.setdefault(draft.name, []).append(draft)
        if kind.array:
            self.arrays.add((section, pointer))
        return draft

    def dotted(self, name: str, section: str) -> str:
        """Return a dotted name's pointer; where a part is known as an array, what follows is inside its items."""
        pointer = self.sampled_parent(name, section)
        for step in steps(name):
            if (section, pointer) in self.arrays and step != "*":
                pointer += "/*"
            pointer += "/*" if step == "*" else pointers.join(step)
        return pointer.removesuffix("/*") if name.rstrip().endswith("[]") else pointer

    def sampled_parent(self, name: str, section: str) -> str:
        """Return the pointer of the object listed last, where the page's samples have the name there and only there."""
        if "." in name or "[" in name:
            return ""
        if self.samples is None:
            self.samples = shapes.of_samples(self.page, 0, len(self.page.text))
        shape = self.samples[1 if section == "response" else 0]
        last = next((d for d in reversed(self.drafts[-20:]) if d.kind.type in ("object", "array")), None)
        if name in shape or last is None or last.section != section or name not in shape.get(last.name, {}):
            return ""
        return last.pointer if last.pointer.count("/") == 1 else ""


_BREAK_IN_NAME = re.compile(r"<br\s*/?>|\s+(?=[.\[])", re.IGNORECASE)


def _broken(text: str) -> str:
    """Return a cell with `<br>` as line breaks."""
    return re.sub(r"[ \t]?<br[ \t]?/?>[ \t]?", "\n", text, flags=re.IGNORECASE).replace("\\|", "|")


def _first_code(text: str) -> str | None:
    match = re.match(r"\s*`([^`]+)`", text)
    return match[1].strip("\"'") if match else None


def _tail(text: str) -> str:
    """Return what an item says after its name and type."""
    _, colon, rest = text.replace("：", ":").partition(":")
    return rest if colon else ""


def _inner_text(item: Item) -> str:
    """Return the text of what is inside an item, a line per item, each on the page's line."""
    lines: list[tuple[int, str]] = []

    def collect(blocks: Sequence[Block]) -> None:
        for block in blocks:
            if isinstance(block, Paragraph):
                lines.append((block.line, block.text))
            elif isinstance(block, Listing):
                for one in block.items:
                    lines.append((one.line, "- " + one.text))
                    collect(one.inner)

    collect(item.inner)
    text, at = "", item.line + item.text.count("\n")
    for line, part in lines:
        text += "\n" * max(1, line - at) + part
        at = max(line, at + 1) + part.count("\n")
    return text


def _whole(item: Item) -> str:
    return item.text + _inner_text(item)
