"""Ranges: a lowest and a highest value in one phrase, closed or open, with or without a unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, compiled
from codegen.phrases.quantities import NUMBER, PLAIN_NUMBER, RATIO, Bound, number, place, unit
from codegen.phrases.scope import is_number, types_of

_AMOUNT = rf"(?:{RATIO}|{NUMBER})"

_INNER = rf"(?:{RATIO}|{PLAIN_NUMBER})"

_NOTE = r"(?:\s?\([^()]{0,60}\))?"

_TO = r"\s?(?:-|~|to|and|until|through|至|到|和|与|、|\.\.|through)\s?"

_FROM_TO = rf"`?(?P<low>{_AMOUNT}){unit('lowunit')}{_NOTE}{_TO}(?P<high>-?{_AMOUNT}){unit('unit')}"

_INTERVAL = (
    rf"`?(?P<left>[\[(])\s?(?P<low2>{_INNER})\s?(?P<inner>px|像素|s|秒)?\s?(?:,|-|~|to|、"
    rf"|至)\s?(?P<high2>{_INNER})\s?(?:px|像素|s|秒)?\s?(?P<right>[\])])`?{unit('unit2')}"
)

_INEQUALITY = rf"`?(?P<low3>{NUMBER})\s?(?P<le1><=?)\s?[a-z_]{{1,20}}\s?(?P<le2><=?)\s?(?P<high3>{NUMBER})`?"

_RANGE_WORD = (
    r"(?:\b(?:value |valid |allowed |supported |accepted |length |duration |score )?range(?:s|d)?\b"
    r"|\bin the range\b|ranging|between|\bfrom\b|\bwithin\b|\bin\b"
    r"|(?:取值|数值|有效|允许|支持|所需|限制|时长|长度)?(?<!可选)范围|区间|介于|取值|长度限制|数组长度"
    r"|字符长度|长度要求|字符数|字数|长度\s?:|(?:length|array length|size) ?(?:limit|range)?:)"
)


def _range(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    groups = match.groupdict()
    for low, high, unit_, flags in (
        ("low", "high", "unit", (False, False)),
        (
            "low2",
            "high2",
            "unit2",
            (
                groups.get("left") == "(" and groups.get("right") == "]",
                groups.get("right") == ")" and groups.get("left") == "[",
            ),
        ),
        ("low3", "high3", "none", (groups.get("le1") == "<", groups.get("le2") == "<")),
    ):
        if groups.get(low) and groups.get(high):
            name = groups.get(unit_) or groups.get("lowunit") or (groups.get("inner") if unit_ == "unit2" else None)
            bound = Bound(groups[low], groups[high], name, *flags)
            before = ctx.text[: match.start()] + " " + match[0][: match[0].find(str(groups[low]))]
            found = place(bound, ctx, before, ctx.text[match.end() :])
            return [found] if found else None
    return None


def _open_end(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    found = place(Bound(match["n"], None, match["unit"]), ctx, ctx.text[: match.start("n")])
    return [found] if found else None


def _alone(match: re.Match[str], ctx: Context) -> bool:
    """Whether a range without a unit stands for the field's value: in parentheses, or as all of a short sentence."""
    before, after = ctx.text[: match.start()].rstrip("`[ "), ctx.text[match.end() :].lstrip("`] ")
    if not is_number(ctx.subject) or not types_of(ctx.subject):
        return False
    if before.endswith("("):
        return after.startswith((")", ","))
    return (not before or before.endswith(":")) and (not after or after.startswith((",", "(")))


def _ratio_range(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if number(match["low"]) >= number(match["high"]):
        return None
    found = place(Bound(match["low"], match["high"]), ctx, match[0][: match.start("low") - match.start()])
    return [found] if found else None


def _chip(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """A number that is all of the text of a string: rendered pages show its greatest length so."""
    return [Keywords({"maxLength": int(match[0])})] if ctx.whole and types_of(ctx.subject) == {"string"} else None


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "range",
        "any",
        (
            "rang",
            "between",
            "字符数",
            "字数",
            "from",
            "within",
            " in ",
            "范围",
            "区间",
            "介于",
            "取值",
            "长度",
            "length",
            "size",
        ),
        compiled(rf"{_RANGE_WORD}(?P<gap>[^\d\n.;\[(<>]{{0,40}}?)(?:{_INTERVAL}|{_INEQUALITY}|{_FROM_TO})"),
        _range,
        (
            Example("Anything in the range 3-15 works.", "/duration", {"minimum": 3, "maximum": 15}),
            Example("Value range: [0, 1]", "/cfg_scale", {"minimum": 0, "maximum": 1}),
            Example("Range: (0, 1]", "/cfg_scale", {"exclusiveMinimum": 0, "maximum": 1}),
            Example("Pick a number from 1 to 4.", "/n", {"minimum": 1, "maximum": 4}),
            Example("取值范围: 0 < x <= 2", "/cfg_scale", {"exclusiveMinimum": 0, "maximum": 2}),
            Example("提示词长度范围: [1, 800]", "/prompt", {"minLength": 1, "maxLength": 800}),
            Example("数组长度：1 - 7", "/images", {"minItems": 1, "maxItems": 7}),
            Example(
                "The aspect ratio has to be between 1:3 and 3:1.",
                "/image",
                {"x-media": {"minAspectRatio": 0.333333, "maxAspectRatio": 3}},
            ),
            Example("Typical values range from 5 to 9.", "/n"),
        ),
    ),
    Phrase(
        "range.topic",
        "any",
        ("[", "("),
        compiled(
            r"(?:aspect ratio|duration|width|height|length|宽高比|长宽比|时长|宽高|尺寸"
            rf"|分辨率)(?P<gap>[^\d\n,;\[]{{0,40}}?){_INTERVAL}"
        ),
        lambda match, ctx: _range(match, ctx) if match["left"] == "[" or "," in match[0] else None,
        (
            Example("宽高比(宽/高): (0.4, 2.5)", "/image", {"x-media": {"minAspectRatio": 0.4, "maxAspectRatio": 2.5}}),
            Example("时长：每段 [2, 15] s", "/audio_url", {"x-media": {"minDuration": 2, "maxDuration": 15}}),
        ),
    ),
    Phrase(
        "range.ratio",
        "any",
        ("ratio", "宽高比", "长宽比", "比例"),
        compiled(
            rf"(?:aspect[- ]ratio|宽高比|长宽比|比例)[^\d\n,;]{{0,24}}?"
            rf"(?P<low>{RATIO}|(?<![\d.:]){PLAIN_NUMBER})(?:{_TO})(?P<high>{RATIO}|{PLAIN_NUMBER}(?![\d:]))"
        ),
        _ratio_range,
        (Example("宽高比 1:2.5 to 2.5:1", "/image", {"x-media": {"minAspectRatio": 0.4, "maxAspectRatio": 2.5}}),),
    ),
    Phrase(
        "range.open-end",
        "any",
        ("无限制", "无上限", "unlimited", "no limit"),
        compiled(
            rf"{_RANGE_WORD}(?P<gap>[^\d\n.;]{{0,20}}?)(?P<n>{NUMBER}){unit('unit')}{_TO}(?:无限制|无上限"
            r"|unlimited|no limit)"
        ),
        _open_end,
        (Example("数组长度：2 - 无限制", "/images", {"minItems": 2}),),
    ),
    Phrase(
        "range.between.zh",
        "zh",
        ("之间", "以内", "范围内"),
        compiled(rf"(?:在|介于|为|是|应)?\s?(?:{_INTERVAL}|{_FROM_TO})\s?(?:的)?(?:范围|区间)?(?:之间|以?内)"),
        _range,
        (
            Example(
                "宽高比需在 1:2.5 与 2.5:1 之间", "/image", {"x-media": {"minAspectRatio": 0.4, "maxAspectRatio": 2.5}}
            ),
            Example(
                "宽高需在 [360, 2000] 像素范围内",
                "/image",
                {"x-media": {"minWidth": 360, "maxWidth": 2000, "minHeight": 360, "maxHeight": 2000}},
            ),
        ),
    ),
    Phrase(
        "range.unit",
        "any",
        ("-", "~", " to ", " and ", "至", "到", "through", "与", "和"),
        compiled(rf"{_FROM_TO}"),
        lambda match, ctx: _range(match, ctx) if match["unit"] or match["lowunit"] or _alone(match, ctx) else None,
        (
            Example("Length of the clip in seconds (3-15).", "/duration", {"minimum": 3, "maximum": 15}),
            Example("2 - 9 elements", "/images", {"minItems": 2, "maxItems": 9}),
            Example("How many: 1-4, at will", "/n", {"minimum": 1, "maximum": 4}),
            Example("参考音频时长: 3-30秒", "/audio_url", {"x-media": {"minDuration": 3, "maxDuration": 30}}),
            Example("See section 3-15 of the manual.", "/n"),
        ),
    ),
    Phrase(
        "range.inequality",
        "any",
        ("<",),
        compiled(_INEQUALITY),
        _range,
        (Example("0 <= x <= 20", "/n", {"minimum": 0, "maximum": 20}),),
    ),
    Phrase(
        "length.chip",
        "any",
        tuple("0123456789"),
        compiled(r"^[1-9]\d{1,5}$"),
        _chip,
        (Example("2500", "/prompt", {"maxLength": 2500}),),
    ),
)
