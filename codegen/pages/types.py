"""The words pages use for types, as JSON Schema types."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from codegen.facts import Json

_WORDS = {
    "string": "string str text varchar char 字符串 文本 字符 строка",
    "integer": "integer int int32 int64 uint uint32 uint64 long short 整数 整型 целое",
    "number": "number float double float32 float64 decimal 数字 浮点数 浮点 数值 число",
    "boolean": "boolean bool 布尔 布尔值 логический",
    "array": "array list tuple 数组 列表 массив",
    "object": "object dict dictionary map struct json_object 对象 字典 объект",
    "null": "null none nil",
}
_TYPES = {word: name for name, words in _WORDS.items() for word in words.split()}
MAX_LENGTH = 300
"""Characters; what is longer is prose."""
_SUFFIX_ARRAY = re.compile(r"(.+?)\s*\[\s*\d*\s*\]\Z", re.DOTALL)
_GENERIC = re.compile(r"([\w.]+)\s*[<(\[](.*)[>)\]]\Z", re.DOTALL)
_ARRAY_OF = re.compile(r"(?:array|list)\s+of\s+(.+)\Z", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r"""(["'])(.*)\1\Z|(-?\d+(?:\.\d+)?)\Z""", re.DOTALL)
_Read = tuple[str | tuple[str, ...] | None, tuple[tuple[str, Json], ...], bool]
_FORMATS = {"uri", "url", "uuid", "date", "date-time", "email", "binary", "byte", "int32", "int64", "float", "double"}
_ABSENT = {"undefined", "optional", "nil"}


@dataclass(frozen=True, slots=True)
class TypeReading:
    """A type as written: JSON Schema's name or names (None where it has no such name) and keywords that came along.

    `array` says that members written below belong to the array's items.
    """

    type: str | tuple[str, ...] | None = None
    schema: dict[str, Json] = field(default_factory=dict)
    array: bool = False


def read_type(text: str | None) -> TypeReading:
    """Read `string[]`, `enum<string>`, `string | null`, `Record<string, any>`, `array of objects` and the like."""
    if not text or len(text) > MAX_LENGTH:
        return TypeReading()
    kind, items, array = _read(text.strip().strip("`* "), 0)
    return TypeReading(kind, dict(items), array)


@lru_cache(maxsize=1024)
def _read(text: str, depth: int) -> _Read:
    if depth > 8:
        return None, (), False
    parts = _alternatives(text)
    if len(parts) > 1:
        return _union(parts, depth)
    text = parts[0] if parts else text
    lowered = text.lower()
    if lowered in _TYPES:
        name = _TYPES[lowered]
        return name, (), name == "array"
    if lowered in ("true", "false"):
        return "boolean", (("enum", [lowered == "true"]),), False
    if literal := _LITERAL.match(text):
        value: Json = literal[2] if literal[1] else float(literal[3]) if "." in literal[3] else int(literal[3])
        return ("string" if literal[1] else "number" if "." in literal[3] else "integer"), (("enum", [value]),), False
    if match := _SUFFIX_ARRAY.match(text.removeprefix("...")) or _ARRAY_OF.match(text):
        return "array", _items(match[1], depth), True
    if match := _GENERIC.match(text):
        return _generic(match[1].lower(), match[2], depth)
    if text.startswith("[]"):
        return "array", _items(text[2:], depth), True
    if text.startswith("[") and text.endswith("]"):
        return "array", () if "," in text else _items(text[1:-1], depth), True
    words = lowered.split()
    if len(words) == 2 and words[1] in ("array", "list", "数组"):
        return "array", _items(words[0], depth), True
    if words and words[0] in _TYPES and re.match(r"[\d(,（-]", lowered[len(words[0]) :].lstrip()):
        return _read(words[0], depth + 1)
    return None, (), lowered.startswith(("array", "list["))


def _generic(outer: str, inner: str, depth: int) -> _Read:
    if outer in ("array", "list", "set", "sequence"):
        return "array", _items(inner, depth), True
    if outer in ("record", "map", "dict", "object", "dictionary"):
        return "object", (), False
    if outer in ("enum", "optional", "literal"):
        return _read(inner.strip(), depth + 1)
    name = _TYPES.get(outer)
    if name is not None:
        form = inner.strip().lower()
        known = form in _FORMATS and name == "string"
        return name, ((("format", "uri" if form == "url" else form),) if known else ()), name == "array"
    return None, (), False


def _items(text: str, depth: int) -> tuple[tuple[str, Json], ...]:
    kind, schema, _ = _read(text.strip().rstrip("s").strip() if text.strip().lower() != "s" else text, depth + 1)
    if kind is None:
        kind, schema, _ = _read(text.strip(), depth + 1)
    if kind is None:
        return ()
    return (("items", {"type": list(kind) if isinstance(kind, tuple) else kind, **dict(schema)}),)


def _union(parts: list[str], depth: int) -> _Read:
    names: list[str] = []
    values: list[Json] = []
    known, literal, array = True, True, False
    for part in parts:
        kind, schema, is_array = _read(part, depth + 1)
        array = array or is_array
        enum = dict(schema).get("enum")
        literal = literal and (enum is not None or kind == "null")
        values.extend(enum or ())
        if kind is None:
            known = False
        else:
            names.extend(n for n in ((kind,) if isinstance(kind, str) else kind) if n not in names)
    if not known or not names:
        return None, (), array
    keywords = (("enum", values),) if literal and values else ()
    return (names[0] if len(names) == 1 else tuple(names)), keywords, array


def _alternatives(text: str) -> list[str]:
    """Split at the top-level `|`, ` or ` and `或`; alternatives that say "may be left out" are dropped."""
    parts, level, start, at = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if char in "<([{":
            level += 1
        elif char in ">)]}":
            level -= 1
        elif level <= 0:
            step = 1 if char in "|¦或" else 4 if text[at : at + 4].lower() == " or " else 0
            if char == "/" and text[start:at].strip().lower() in _TYPES:
                step = 1
            if step:
                parts.append(text[start:at].strip())
                at += step
                start = at
                continue
        at += 1
    parts.append(text[start:].strip())
    kept = [part.removeprefix("(").removesuffix(")") if part.startswith("(") and part.endswith(")") else part
            for part in parts if part and part.lower() not in _ABSENT]  # fmt: skip
    return kept or [text]
