"""Fields whose names, types and flags stand on lines of their own, as rendering leaves them.

Rendering drops the nesting. An opened object ("Show properties") begins it; where it ends is told by the page's own
sample bodies: a name that belongs to an outer object in the sample closes the inner ones.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, _Missing
from codegen.pages.names import below
from codegen.pages.shapes import Shape
from codegen.pages.types import TypeReading, read_type
from codegen.pages.values import typed, unquoted
from codegen.phrases.statement import Statement
from specs import pointers

_NAME = re.compile(r"[A-Za-z_$][\w$.\[\]-]{0,79}\Z")
_TYPE = re.compile(r"[A-Za-z][\w<>()\[\]|¦, .-]{0,60}\Z")
_FLAG = re.compile(
    r"(?:required|optional|deprecated|read-?only|write-?only|nullable|必填|必需|必须|可选|选填|已弃用)\Z", re.IGNORECASE
)
_REQUIRED: Final = {
    "required": True,
    "必填": True,
    "必需": True,
    "必须": True,
    "optional": False,
    "可选": False,
    "选填": False,
}
_DEFAULT = re.compile(r"(?:default(?:\s*:|\s+to\b)|默认值?\s*[:：])\s*(.*)\Z", re.IGNORECASE)
_CHILDREN = re.compile(
    r"(?:[▾▸]\s*)?(?:hide|show|隐藏|显示|展开|收起)\s+(?:[\w ]{1,40}\s)?(?:attributes|properties|属性|字段)\Z|[▾▸]\Z",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[a-z\])0-9])([.;])(?=[A-Z][a-z])")
_VALUES = re.compile(r"(?:enum values?|available options)\s*[:：]\s*(.*)\Z", re.IGNORECASE)
_ONE_VALUE = re.compile(r"[`\"']?[\w.:+/-]+[`\"']?,?\Z")
_RANGE = re.compile(
    r"(?:required (?P<what>range|string length|array length)|maximum (?P<max>string|array) length|"
    r"minimum (?P<min>string|array) length)\s*:\s*(?P<value>.{1,60})\Z",
    re.IGNORECASE,
)
_BOUNDS = re.compile(r"(?:(-?[\d.]+)\s*(<=?)\s*)?x(?:\s*(<=?)\s*(-?[\d.]+))?\Z|x\s*(>=?)\s*(-?[\d.]+)\Z")
_COUNTS = re.compile(r"(\d+)\s*-\s*(\d+)(?:\s+elements?)?\Z")
_SPAN: Final = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}
_SAMPLE: Final = {"curl", "copy"}
"""Lines above a sample of code, which ends a field's description."""
SECTIONS: Final[dict[str, Location | None]] = {
    "request headers": "header", "headers": "header", "header parameters": "header", "request header": "header",
    "authorizations": None, "authorization": None, "cookies": None,
    "request body": "body", "body": "body", "body parameters": "body", "request parameters": "body",
    "query parameters": "query", "query": "query", "query string": "query",
    "path parameters": "path", "path": "path", "url parameters": "path",
    "response": "response", "response body": "response", "responses": "response", "response parameters": "response",
    "请求头": "header", "请求体": "body", "请求参数": "body", "查询参数": "query", "路径参数": "path",
    "响应": "response", "响应参数": "response", "响应体": "response", "返回参数": "response",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line with text on it.

    `begins` says that the format itself marks a field's name here, None that it has no such marks.
    """

    number: int
    text: str
    raw: str
    begins: bool | None = None
    heading: bool = False


@dataclass(slots=True)
class Block:
    """One field's lines: where it begins, its type and flags, and its description."""

    name: str
    line: int
    kind: TypeReading
    flags: list[str] = field(default_factory=list)
    description: list[tuple[int, str]] = field(default_factory=list)
    schema: dict[str, Json] = field(default_factory=dict)
    opens: bool = False


@dataclass(slots=True)
class Section:
    """The blocks below one heading; `location` is None where they are no fields."""

    line: int
    location: Location | None
    blocks: list[Block] = field(default_factory=list)


def sections(lines: Sequence[Line]) -> list[Section]:
    """Return the sections in order, each with its blocks."""
    found: list[Section] = []
    block: Block | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        kind = _begins(lines, at)
        location = SECTIONS.get(line.text.lower().rstrip(":："), None)
        if line.text.lower().rstrip(":：") in SECTIONS and kind is None:
            found.append(Section(line.number, location))
            block = None
        elif line.heading:
            found.append(Section(line.number, None))
            block = None
        elif found and kind is not None:
            block = Block(line.text, line.number, kind)
            found[-1].blocks.append(block)
            at += 1
        elif line.text.lower() in _SAMPLE:
            block = None
        elif block is not None:
            at = _more(block, lines, at)
        at += 1
    return found


def _begins(lines: Sequence[Line], at: int) -> TypeReading | None:
    """Return the type where a field begins on this line: a name here, a type on the next line."""
    line = lines[at]
    if line.begins is False or at + 1 == len(lines) or not _NAME.match(line.text) or _FLAG.match(line.text):
        return None
    text = lines[at + 1].text
    kind = read_type(text)
    if line.begins:
        return kind if kind.type is not None or kind.array or _TYPE.match(text) else TypeReading()
    if not _TYPE.match(text) or (kind.type is None and not kind.array and not re.match(r"(?:enum|file|any)\b", text)):
        return None
    ambiguous = (
        read_type(line.text).type is not None
        and line.text.lower() == line.text
        and (at > 0 and _NAME.match(lines[at - 1].text) is not None and lines[at - 1].begins is not False)
    )
    return None if ambiguous else kind


def _more(block: Block, lines: Sequence[Line], at: int) -> int:
    """Take one more line of a block, or several where a list of values begins; return the last one taken."""
    text = lines[at].text
    if not block.description and (_FLAG.match(text) or _DEFAULT.match(text)):
        block.flags.append(text)
    elif _CHILDREN.match(text):
        block.opens = True
    elif match := _VALUES.match(text):
        return _values(block, lines, at, match[1])
    elif match := _RANGE.match(text):
        _bounds(block, match)
    else:
        block.description.append((lines[at].number, lines[at].raw))
    return at


def _values(block: Block, lines: Sequence[Line], at: int, rest: str) -> int:
    """Read the values after "Enum values:", on the same line or one a line."""
    values = [part.strip() for part in rest.split(",") if part.strip()]
    while at + 1 < len(lines) and lines[at + 1].number - lines[at].number == 1 and len(values) < 500:
        text = lines[at + 1].text
        many = rest == "" and not values and re.fullmatch(r"[\w.:+/` -]+(?:, *[\w.:+/` -]+)+,?", text)
        if not (many or _ONE_VALUE.match(text)) or _begins(lines, at + 1) is not None:
            break
        values.extend(part.strip() for part in text.split(",") if part.strip())
        at += 1
    kept = [typed(unquoted(value), block.kind.type if block.kind.type != "array" else None) for value in values]
    known = [value for value in kept if not isinstance(value, _Missing)]
    if known:
        block.schema["enum"] = known
    return at


def _bounds(block: Block, match: re.Match[str]) -> None:
    value = match["value"].strip()
    if match["max"] or match["min"]:
        number = re.match(r"\d+", value)
        if number:
            block.schema[_SPAN[(match["max"] or match["min"]).lower()][bool(match["max"])]] = int(number[0])
        return
    what = match["what"].lower().split()[0]
    if what in _SPAN:
        if counts := _COUNTS.match(value):
            for keyword, number_text in zip(_SPAN[what], counts.groups(), strict=True):
                block.schema[keyword] = int(number_text)
    elif bounds := _BOUNDS.match(value):
        low, low_sign, high_sign, high, only_sign, only = bounds.groups()
        for text, sign, keyword in ((low or only, low_sign or only_sign, "inimum"), (high, high_sign, "aximum")):
            bound = typed(text, "number") if text else MISSING
            if not isinstance(bound, _Missing):
                name = "m" + keyword if "=" in sign else "exclusiveM" + keyword
                block.schema[name] = bound


def certain_roots(found: Sequence[Section]) -> set[str]:
    """Return the names that stand at the top of a body for certain: no object was opened before them."""
    roots: set[str] = set()
    for section in found:
        for block in section.blocks if section.location in ("body", "response") else ():
            roots.add(block.name)
            if block.opens:
                break
    return roots


def place(section: Section, shape: Shape, roots: Container[str] = ()) -> Iterator[tuple[FieldFact, Statement | None]]:
    """Yield a section's fields, each with its description.

    `roots` are names that stand at the top elsewhere on the page; they tell where no sample does.
    """
    if section.location is None:
        return
    holders: list[_Holder] = [_Holder("", False, shape)]
    opened: _Holder | None = None
    last = {block.name: at for at, block in enumerate(section.blocks)}
    for at, block in enumerate(section.blocks):
        if opened and block.name in opened.shape and block.name not in holders[-1].shape:
            holders.append(opened)
        while len(holders) > 1 and not _belongs(block.name, holders, roots, last, at):
            holders.pop()
        holder = holders[-1]
        holder.used.add(block.name)
        if section.location in ("body", "response"):
            pointer = below(holder.pointer, block.name, in_array=holder.array)
        else:
            pointer = pointers.join(block.name)
        yield _fact(block, section.location, pointer), _said(block, section.location, pointer)
        opened = _Holder(pointer, block.kind.array, holder.shape.get(block.name, {}))
        if block.opens:
            holders.append(opened)


@dataclass(slots=True)
class _Holder:
    """An object whose members are being listed."""

    pointer: str
    array: bool
    shape: Shape
    used: set[str] = field(default_factory=set)


def _belongs(name: str, holders: list[_Holder], roots: Container[str], last: Mapping[str, int], at: int) -> bool:
    """Say whether a name is a member of the innermost object rather than of one around it.

    One that no sample has belongs where members that the sample does have are still to come (`last`: where each name
    of the section is listed last, `at`: where this one is).
    """
    inner, outer = holders[-1], holders[:-1]
    if name in inner.shape and name not in inner.used:
        return True
    if any(name in holder.shape and name not in holder.used for holder in outer):
        return False
    if name in inner.shape or name in inner.used or any(name in holder.shape for holder in outer):
        return name in inner.shape
    ahead = any(last.get(member, -1) > at for member in inner.shape.keys() - inner.used)
    return ahead or name not in roots or name in holders[0].used


def _fact(block: Block, location: Location, pointer: str) -> FieldFact:
    required: bool | None = None if location == "response" else False
    default: Json | _Missing = MISSING
    schema = {**block.kind.schema, **block.schema}
    if block.kind.array and "enum" in block.schema:
        schema["items"] = {**schema.get("items", {}), "enum": schema.pop("enum")}
    for flag in block.flags:
        lowered = flag.lower()
        if lowered in _REQUIRED:
            required = _REQUIRED[lowered]
        elif lowered in ("deprecated", "nullable", "已弃用"):
            schema["deprecated" if lowered == "已弃用" else lowered] = True
        elif (match := _DEFAULT.match(flag)) and match[1].strip():
            default = typed(match[1], block.kind.type)
    return FieldFact(location, pointer, block.kind.type, required, block.line, schema, default)


def _said(block: Block, location: Location, pointer: str) -> Statement | None:
    if not block.description:
        return None
    first, last = block.description[0][0], block.description[-1][0]
    texts = {number: spaced(text) for number, text in block.description}
    return Statement("\n".join(texts.get(n, "") for n in range(first, last + 1)), first, pointer, location)


def spaced(text: str) -> str:
    """Put back the space between two paragraphs that rendering glued together."""
    return _GLUED.sub(r"\1 ", text)
