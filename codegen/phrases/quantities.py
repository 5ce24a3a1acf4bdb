"""Numbers with units, and which keyword of which field a bound belongs to."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from codegen.facts import Json
from codegen.phrases.phrase import Context, Keywords
from codegen.phrases.scope import is_number, own_name, types_of
from codegen.phrases.statement import KnownField

NUMBER = r"(?<![A-Za-z0-9_.,:])-?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\.?\d)"
PLAIN_NUMBER = r"-?\d+(?:\.\d+)?"
"""A number where commas separate numbers."""
RATIO = r"(?<![\d.:])\d{1,4}(?:\.\d+)?\s?[:/]\s?\d{1,4}(?:\.\d+)?(?![\d:])"
_NOUNS = (
    r"items?|elements?|entries|images?|pictures?|photos?|videos?|files?|shots?|segments?|objects?|urls?"
    r"|clips?|tags?|keyframes?|frames"
    r"|references?|masks?|subjects?|loras?|models?|messages?|tracks?|characters?(?= list)|prompts?|keys|values"
)
UNIT = (
    r"\s?\(?(?P<{0}>(?:kb|mb|gb|kib|mib|gib|kilobytes?|megabytes?|gigabytes?|bytes?|字节)(?![a-z])"
    r"|[kmg](?![a-z0-9])|px|pixels?|像素"
    r"|seconds?|secs?|s(?![a-z])|秒钟?|minutes?|mins?(?![a-z])|分钟|milliseconds?|ms(?![a-z])|毫秒|hours?|小时"
    r"|(?:unicode |utf-8 )?(?:characters?|chars?)(?! (?:list|ids?))|个?(?:字符|字|汉字)(?!段)|words?|tokens?|fps|%"
    rf"|(?:reference |input |unique |source )?(?:{_NOUNS})\b|张|个(?:元素|镜头|关键帧|图片|图像|视频|分镜"
    r"|参考)?|幅|项|条|段|支|帧)?"
)
_BYTES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def unit(name: str) -> str:
    """Return the pattern of an optional unit, as a group of that name."""
    return UNIT.replace("{0}", name)


@dataclass(frozen=True, slots=True)
class Bound:
    """A range as a sentence gives it; a side is None where it says nothing."""

    low: str | None = None
    high: str | None = None
    unit: str | None = None
    open_low: bool = False
    open_high: bool = False


def number(text: str) -> int | float:
    """Return the number that a match of NUMBER or RATIO stands for."""
    for mark in ":/":
        if mark in text:
            wide, tall = text.split(mark)
            return _tidy(float(wide) / float(tall)) if float(tall) else 0
    text = text.replace(",", "")
    return _tidy(float(text)) if "." in text else int(text)


def _tidy(value: float) -> int | float:
    value = round(value, 6)
    return int(value) if value.is_integer() else value


_DIMENSIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("bytes", r"[kmg]i?b|[kmg]|(?:kilo|mega|giga)bytes?|bytes?|字节"),
        ("pixels", r"px|pixels?|像素"),
        ("minutes", r"minutes?|mins?|分钟"),
        ("seconds", r"s|secs?|seconds?|秒钟?"),
        ("characters", r"(?:unicode |utf-8 )?(?:characters?|chars?)|个?(?:字符|字|汉字)"),
        ("count", rf"(?:reference |input |unique |source )?(?:{_NOUNS})|张|个.{{0,3}}|幅|项|条|段|支"),
    )
)


def dimension(name: str | None) -> str:
    """Return what a unit measures: bytes, pixels, seconds, minutes, characters, count, other or nothing ("")."""
    if not name:
        return ""
    low = name.lower().strip()
    return next((kind for kind, pattern in _DIMENSIONS if pattern.fullmatch(low)), "other")


_SIDES = re.compile(
    r"(?P<both>width and height|height and width|width or height|width/height|宽高(?!比)"
    r"|宽度?[和与、及]高度?|长宽(?!比)|宽、高|each side|per side|both sides"
    r"|every side|all sides|shorte(?:r|st) (?:side|edge)|short (?:side|edge)|smaller side|minimum side"
    r"|短边|最短边|边长(?:均|都)?|分辨率|尺寸|dimensions?|resolution|sides?\b)"
    r"|(?P<long>long(?:er|est)? (?:side|edge)|长边|最长边)"
    r"|(?P<width>\bwidth|宽度?)|(?P<height>\bheight|高度?(?!于))",
    re.IGNORECASE,
)
_TOPIC_RATIO = re.compile(r"\bratio|宽高比|长宽比|比例|高宽比", re.IGNORECASE)
_TOPIC_SIZE = re.compile(r"size|大小|file|文件|体积|超过|限制", re.IGNORECASE)
_TOPIC_PIXELS = re.compile(r"resolution|pixels?|分辨率|像素", re.IGNORECASE)
_OTHER_NOUN = re.compile(
    r"\s?(?:(?!is\b|as\b|this\b|has\b|was\b|does\b)(?:[a-z-]+ ){0,2}?[a-z-]{2,}s\b|[种次组句词行轮倍层步级])",
    re.IGNORECASE,
)
_NO_COUNT = re.compile(
    r"\s?(?:[a-z-]+ ){0,2}?(?:times|words|tokens|lines|bytes|pixels|degrees|minutes|hours|days|steps)\b"
    r"|\s?[次句词行轮倍层步级]",
    re.IGNORECASE,
)
_TOPIC_LENGTH = re.compile(r"\blength\b|字符|长度|字数|characters", re.IGNORECASE)
_TOPIC_ITEMS = re.compile(
    r"array (?:length|size)|数组(?:长度|元素|大小)|number of (?:items|elements|images)|list length|数量|元素个数|个数",
    re.IGNORECASE,
)
_TOPIC_TIME = re.compile(r"duration|length|long\b|time|时长|长度|时间|秒", re.IGNORECASE)
_TEXT_NAME = re.compile(
    r"prompt|text|lyrics|title|description|content|name|style|tags|script|message|instruction", re.IGNORECASE
)
_MEDIA_NAME = re.compile(
    r"image|img|audio|video|frame|photo|picture|file|mask|url|media|voice|music|song|clip|reference|source|input",
    re.IGNORECASE,
)


_OTHER_RATIO = re.compile(rf"\s?(?:或者?|or|和|and|,)\s?{RATIO}")
_TIME_NAME = re.compile(r"duration|seconds|time|length", re.IGNORECASE)


def media_like(field: KnownField | None) -> bool:
    """Whether the field may hold a file: a string, an array or an object, or of no type, that is not a number."""
    if field is None or re.search(r"(?:format|type|mime|codec|extension)$", own_name(field.pointer).lower()):
        return False
    types = types_of(field)
    return bool(types & {"string", "array", "object"}) if types else not is_number(field)


def place(bound: Bound, ctx: Context, before: str, after: str = "") -> Keywords | None:
    """Return the keywords that a bound in a sentence means; `before` is what stands ahead of it. None: cannot say."""
    field = ctx.subject
    if field is None:
        return None
    kind = dimension(bound.unit)
    near = before[-80:]
    if not kind and (_TOPIC_RATIO.search(near) or _ratio_written(bound)):
        kind = "ratio"
        if (bound.low is None or bound.high is None) and _OTHER_RATIO.match(after):
            return None
    if not kind and not is_number(field) and (side := _last_side(near)):
        kind = "pixels" if side else kind
    makers = {
        "bytes": _file_size,
        "pixels": _pixels,
        "ratio": _ratio,
        "seconds": _seconds,
        "minutes": _seconds,
        "characters": _characters,
        "count": _count,
        "": _bare,
    }
    maker = makers.get(kind)
    schema = maker(bound, field, near, after) if maker else None
    return Keywords(schema) if schema else None


def _ratio_written(bound: Bound) -> bool:
    return any(b is not None and (":" in b or "/" in b) for b in (bound.low, bound.high))


def _last_side(near: str) -> re.Match[str] | None:
    return deque(_SIDES.finditer(near), maxlen=1).pop() if _SIDES.search(near) else None


def _span(bound: Bound, low: str, high: str, factor: float = 1) -> dict[str, Json]:
    out: dict[str, Json] = {}
    for value, name in ((bound.low, low), (bound.high, high)):
        if value is not None:
            scaled = number(value) * factor
            out[name] = int(scaled) if float(scaled).is_integer() else scaled
    return out


def _numeric(bound: Bound) -> dict[str, Json]:
    return _span(
        bound, "exclusiveMinimum" if bound.open_low else "minimum", "exclusiveMaximum" if bound.open_high else "maximum"
    )


def _file_size(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    del after
    letter = (bound.unit or "").lower()[:1]
    if len(bound.unit or "") == 1 and (not _TOPIC_SIZE.search(near) or _TOPIC_PIXELS.search(near[-30:])):
        return None
    if bound.high is None or not media_like(field) or letter not in _BYTES:
        return None
    return {"x-media": {"maxBytes": int(number(bound.high) * _BYTES[letter])}}


def _pixels(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    if is_number(field):
        return _numeric(bound)
    if not media_like(field):
        return None
    side = _last_side(near) or _last_side(after[:40])
    if side is not None and side["long"] and (bound.high is None or bound.low is not None):
        return None
    if side is not None and re.search(r"short|短", side[0], re.IGNORECASE) and bound.high is not None:
        return None
    found: dict[str, Json] = {}
    if side is None or not side["height"]:
        found |= _span(bound, "minWidth", "maxWidth")
    if side is None or not side["width"]:
        found |= _span(bound, "minHeight", "maxHeight")
    return {"x-media": found}


def _ratio(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    """A ratio as `a:b`, or as plain numbers if both sides are given."""
    del near, after
    if not media_like(field) or not (_ratio_written(bound) or (bound.low and bound.high)):
        return None
    return {"x-media": _span(bound, "minAspectRatio", "maxAspectRatio")}


def _seconds(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    del after
    factor = 60 if dimension(bound.unit) == "minutes" else 1
    if is_number(field):
        return _numeric(bound) if factor == 1 else None
    if _TIME_NAME.search(own_name(field.pointer)):
        return None
    if types_of(field) <= {"string", "array", "object"} and _MEDIA_NAME.search(field.pointer + " " + near):
        return {"x-media": _span(bound, "minDuration", "maxDuration", factor)}
    return None


def _characters(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    del near, after
    types = types_of(field)
    if types == {"array"}:
        return {"items": _span(bound, "minLength", "maxLength")}
    if types and "string" not in types:
        return None
    return _lengths(bound)


def _lengths(bound: Bound) -> dict[str, Json] | None:
    found = _span(bound, "minLength", "maxLength")
    if found.get("minLength") == 0:
        del found["minLength"]
    if any(not isinstance(v, int) or v < 0 for v in found.values()):
        return None
    return found


def _count(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    del near, after
    types = types_of(field)
    if "array" in types:
        return _counts(bound)
    if is_number(field) and (types or re.search(r"(?:^|_)(?:n|num|count|max)(?:_|$)", own_name(field.pointer))):
        return _numeric(bound)
    return None


def _counts(bound: Bound) -> dict[str, Json] | None:
    found = _span(bound, "minItems", "maxItems")
    if found.get("minItems") == 0:
        del found["minItems"]
    return found if all(isinstance(v, int) and v >= 0 for v in found.values()) else None


def _bare(bound: Bound, field: KnownField, near: str, after: str) -> dict[str, Json] | None:
    types = types_of(field)
    noun = _OTHER_NOUN.match(after)
    if "array" in types:
        counted = noun is not None and not _NO_COUNT.match(after)
        return _counts(bound) if counted or _TOPIC_ITEMS.search(near) else None
    if is_number(field):
        return _numeric(bound) if noun is None or (bound.low and bound.high) else None
    if types and "string" not in types:
        return None
    text_like = _TEXT_NAME.search(own_name(field.pointer)) is not None
    high = number(bound.high) if bound.high is not None else 0
    if _TOPIC_LENGTH.search(near) and (text_like or not _TOPIC_TIME.search(after)):
        return (
            _lengths(bound)
            if "length" not in near.lower() or text_like or not _MEDIA_NAME.search(field.pointer)
            else None
        )
    if text_like and bound.low is not None and isinstance(high, int) and high >= 50:
        return _lengths(bound)
    return None
