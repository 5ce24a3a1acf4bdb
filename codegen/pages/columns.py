"""The words of parameter tables and attribute lists, English and Chinese, and what their cells mean."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Final, Literal

from codegen.facts import MISSING, Json, _Missing
from codegen.pages.types import TypeReading, read_type
from codegen.pages.values import typed

Column = Literal["name", "type", "required", "default", "values", "description", "example"]
_WORDS: Final[dict[Column, tuple[str, ...]]] = {
    "name": (
        "参数 参数名 参数名称 字段 字段名 字段名称 名称 属性 属性名",
        "parameter param field name key attribute argument",
    ),
    "type": ("类型 数据类型 参数类型 字段类型", "type datatype"),
    "required": (
        "必填 是否必填 是否必须 是否必需 是否必选 必需 必须 必选 必填项 必填/默认 必填/默认值",
        "required mandatory req required/default requiredordefault",
    ),
    "default": ("默认值 默认 缺省值", "default defaultvalue"),
    "values": (
        "范围 取值范围 可选值 枚举 枚举值 范围/枚举 范围/可选值 取值 可选范围 限制 约束 约束条件 长度 最大长度 "
        "最小长度 最大值 最小值",
        "range values options enum allowedvalues enumvalues possiblevalues constraints constraint limits limit length "
        "maxlength maximumlength minlength minimumlength maximum max minimum min",
    ),
    "description": (
        "描述 说明 参数说明 字段说明 说明与约束 备注 含义",
        "description desc notes note details meaning",
    ),
    "example": ("示例 示例值 例子", "example examples"),
}
_COLUMNS: Final[dict[str, Column]] = {
    word: column for column, words in _WORDS.items() for word in " ".join(words).split()
}
_WORDS_FOR_YES: Final = "是 必填 必须 必需 必选 必传 yes y true required ✓ ✅ √ ✔"
_WORDS_FOR_NO: Final = "否 可选 可選 选填 非必填 非必须 非必需 非必选 no n false optional ✗ ❌ × -"
_YES: Final = frozenset(_WORDS_FOR_YES.split())
_NO: Final = frozenset(_WORDS_FOR_NO.split())
_NOTHING: Final = {"", "-", "—", "–", "--", "/", "无", "空", "n/a", "none.", "not set", "未设置", "不限"}
_CODE = re.compile(r"`([^`]+)`")
_PUNCTUATION = re.compile(r"[\s?？.:：!！]")
_MARKUP = re.compile(r"\*\*|__|`")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INTERVAL = re.compile(r"([\[(（])\s*(-?\d+(?:\.\d+)?)\s*[,，~～]\s*(-?\d+(?:\.\d+)?)\s*([\])）])\Z")
_SPAN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:~|～|–|—|-|至|to)\s*(-?\d+(?:\.\d+)?)\Z")
_BETWEEN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(<=?|≤)\s*x\s*(<=?|≤)\s*(-?\d+(?:\.\d+)?)\Z")


def column(heading: str) -> Column | None:
    """Return what a table's column holds by its heading."""
    return _COLUMNS.get(_PUNCTUATION.sub("", bare(heading)).lower())


def bare(text: str) -> str:
    """Return a cell without emphasis and code marks."""
    return _MARKUP.sub("", text).strip()


def type_of(cell: str) -> TypeReading:
    """Return the type a cell names."""
    text = bare(_BREAK.sub(" ", cell)).replace("\\|", "|").replace("\\[", "[").replace("\\]", "]")
    kind = read_type(text)
    word, _, rest = text.partition(" ")
    if rest and kind.type in ("integer", "number") and kind.type == read_type(word).type:
        return replace(kind, schema={**kind.schema, **(values_of(rest.strip("() "), kind) or {})})
    return kind


def required_of(cell: str) -> bool | None:
    """Return what a cell says of being required; None for "in some cases" and for silence."""
    text = bare(cell).lower().rstrip(".。")
    return True if text in _YES else False if text in _NO else None


def default_of(cell: str, kind: TypeReading) -> Json | _Missing:
    """Return the default a cell states; MISSING for a dash, and for a sentence."""
    text = cell.strip()
    if bare(text).lower() in _NOTHING:
        return MISSING
    coded = _CODE.match(text)
    if coded is None and (" " in text or not text.isascii()) and not text.startswith(("[", "{", '"', "'")):
        return MISSING
    value = typed(coded[1] if coded else bare(text), kind.type)
    return MISSING if kind.type is None and isinstance(value, str) and coded is None else value


def values_of(cell: str, kind: TypeReading) -> dict[str, Json] | None:
    """Return the keywords of a range or a list of values; None where the cell is prose."""
    text = _BREAK.sub(" ", cell).strip()
    inner = bare(text)
    if inner.lower() in _NOTHING:
        return {}
    numeric = kind.type in ("integer", "number")
    if numeric and (match := _INTERVAL.match(inner)):
        low, high = (typed(match[2], kind.type), typed(match[3], kind.type))
        return {("minimum" if match[1] == "[" else "exclusiveMinimum"): low,
                ("maximum" if match[4] == "]" else "exclusiveMaximum"): high}  # fmt: skip
    if numeric and (match := _SPAN.match(inner)):
        return {"minimum": typed(match[1], kind.type), "maximum": typed(match[2], kind.type)}
    if numeric and (match := _BETWEEN.match(inner)):
        return {("exclusiveMinimum" if match[2] == "<" else "minimum"): typed(match[1], kind.type),
                ("exclusiveMaximum" if match[3] == "<" else "maximum"): typed(match[4], kind.type)}  # fmt: skip
    values = _listed(text)
    if values is None:
        return None
    known = [typed(value, kind.type if kind.type != "array" else None) for value in values]
    return {"enum": known} if known and not any(isinstance(value, _Missing) for value in known) else None


def _listed(text: str) -> list[str] | None:
    """Return the texts of a list of values: JSON, code spans, or plain words with commas; None for anything else."""
    if bare(text).startswith("["):
        try:
            found = json.loads(bare(text))
        except (ValueError, RecursionError):
            return None
        return [v if isinstance(v, str) else json.dumps(v) for v in found] if isinstance(found, list) else None
    coded = _CODE.findall(text)
    if coded:
        rest = _CODE.sub("", text)
        return [c.strip("\"'") for c in coded] if not re.sub(r"[\s,，、/|或。.;；]|\bor\b|\band\b", "", rest) else None
    words = re.split(r"\s*[,，、|]\s*", text)
    return words if len(words) > 1 and all(re.fullmatch(r"[\w.:+-]+", word, re.ASCII) for word in words) else None
