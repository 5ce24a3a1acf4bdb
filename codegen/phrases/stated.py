"""Single statements about a field: its default, deprecation, null, multiples, formats of strings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.facts import _Missing
from codegen.phrases.conditions import typed
from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, compiled
from codegen.phrases.quantities import NUMBER, number
from codegen.phrases.scope import is_number, types_of

_LITERAL = (
    r"(?:`(?P<code>[^`\n]{1,60})`|\"(?P<quoted>[^\"\n]{1,60})\"|'(?P<single>[^'\n]{1,60})'"
    r"|(?P<number>-?\d+(?:\.\d+)?)(?![\d\w:*])|(?P<word>true|false)\b)"
)


def _default(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    field = ctx.subject
    if field is None:
        return None
    text = (
        next(v for v in (match[g] for g in ("code", "quoted", "single", "number", "word")) if v is not None)
        .strip()
        .strip("\"'")
    )
    types = types_of(field)
    if types & {"array", "object"} or text.lower() in ("null", "none"):
        return None
    value = typed(text, field)
    if types and not _fits(value, types):
        return None
    return [Keywords({}, default=value)]


def _default_case(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`pro: better (default)`: the value that the list item is about."""
    del match
    return [Keywords({}, default=ctx.case)] if not isinstance(ctx.case, _Missing) else None


def _fits(value: object, types: frozenset[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, (int, float)):
        return bool(types & {"integer", "number"})
    return "string" in types


def _deprecated(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"deprecated": True})] if ctx.subject is not None else None


def _nullable(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"nullable": True})] if ctx.subject is not None else None


def _positive(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not is_number(ctx.subject):
        return None
    return [Keywords({"minimum": 0} if match["zero"] or match["zero2"] else {"exclusiveMinimum": 0})]


def _unique(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"uniqueItems": True})] if types_of(ctx.subject) == {"array"} else None


def _multiple(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not is_number(ctx.subject):
        return None
    return [Keywords({"multipleOf": number(match["n"])})]


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "default",
        "any",
        ("default", "默认", "缺省"),
        compiled(
            r"(?:\bdefaults? (?:to|is|value(?: is)?|value of)\s?:?\s?|\bdefault(?: value)?\s?[:=]\s?|\bby "
            rf"default,?\s?(?:it is\s)?(?=[`\"\d])|(?:默认|缺省)(?:值)?(?:取|为|是|:|使用)*\s?){_LITERAL}"
        ),
        _default,
        (
            Example("Defaults to 5.", "/duration", default=5),
            Example("Default: `auto`", "/motion", default="auto"),
            Example("默认值为 `false`。", "/loop", default=False),
        ),
    ),
    Phrase(
        "default.case",
        "any",
        ("(default", "(默认", "默认,", "(the default"),
        compiled(r"\((?:the )?default(?: value)?[^()]{0,20}\)|\(默认(?:值)?\)|默认(?=,)"),
        _default_case,
        (Example("- false: The clip ends (default).", "/loop", default=False),),
        always=True,
        in_case=True,
    ),
    Phrase(
        "deprecated",
        "any",
        ("deprecat", "弃用", "废弃", "obsolete"),
        compiled(
            r"^\W{0,4}(?:\[?deprecated\b|this (?:parameter|field|option) is deprecated|(?:该|此|本)?(?:参数"
            r"|字段)?(?:已|被|将)?(?:弃用|废弃))|\b(?:is|now|been) (?:now )?deprecated\b(?! (?:value|when|if))"
        ),
        _deprecated,
        (Example("Deprecated: use `image`.", "/video", {"deprecated": True}),),
        always=True,
        in_case=True,
    ),
    Phrase(
        "nullable",
        "en",
        ("null",),
        compiled(r"\b(?:can|may) be null\b|^nullable\b|\bis nullable\b"),
        _nullable,
        (Example("May be null.", "/n", {"nullable": True}),),
        always=True,
        in_case=True,
    ),
    Phrase(
        "positive",
        "any",
        ("positive", "non-negative", "nonnegative", "正整数", "正数", "非负"),
        compiled(
            r"(?<!or )\b(?:positive|(?P<zero>non-?negative)) (?:integers?|numbers?|whole numbers?|floats?)\b(?! "
            r"or)|正整数|正数|(?P<zero2>非负)"
        ),
        _positive,
        (
            Example("A positive integer.", "/n", {"exclusiveMinimum": 0}),
            Example("非负整数", "/n", {"minimum": 0}),
            Example("A positive or negative number.", "/n"),
        ),
    ),
    Phrase(
        "unique",
        "any",
        ("unique", "duplicate", "重复"),
        compiled(
            r"\b(?:(?:must|should) (?:all )?be unique|no duplicates|duplicates are not allowed|(?:cannot|must "
            r"not) (?:contain|have) duplicates?)|(?:不能|不可|不得|不允许)重复"
        ),
        _unique,
        (
            Example("The images must be unique.", "/images", {"uniqueItems": True}),
            Example("Must be unique.", "/prompt"),
        ),
    ),
    Phrase(
        "multiple",
        "any",
        ("multiple", "divisible", "倍"),
        compiled(
            rf"(?:\b(?:a )?multiples? of|\bdivisible by|能被|必须是|为)\s?(?P<n>{NUMBER})(?:\s?(?:的)?(?:倍数|整除))?"
        ),
        lambda match, ctx: (
            _multiple(match, ctx) if re.search(r"multiple|divisible|倍数|整除", match[0], re.IGNORECASE) else None
        ),
        (
            Example("Has to be a multiple of 8.", "/width", {"multipleOf": 8}),
            Example("必须是 8 的倍数", "/width", {"multipleOf": 8}),
        ),
    ),
)
