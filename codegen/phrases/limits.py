"""Limits: a highest or a lowest value, with or without a unit. Where it belongs, `quantities.place` says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, compiled
from codegen.phrases.quantities import NUMBER, RATIO, Bound, dimension, media_like, place, unit

_AMOUNT = rf"(?:{RATIO}|{NUMBER})"


def _high(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    bound = Bound(None, match["n"], match["unit"], open_high=bool(match.groupdict().get("open")))
    found = place(bound, ctx, _before(match, ctx), ctx.text[match.end() :])
    return [found] if found else None


def _low(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    bound = Bound(match["n"], None, match["unit"], open_low=bool(match.groupdict().get("open")))
    found = place(bound, ctx, _before(match, ctx), ctx.text[match.end() :])
    return [found] if found else None


def _exactly(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not match["unit"]:
        return None
    found = place(Bound(match["n"], match["n"], match["unit"]), ctx, _before(match, ctx), ctx.text[match.end() :])
    return [found] if found else None


def _before(match: re.Match[str], ctx: Context) -> str:
    return ctx.heading + " " + ctx.text[: match.start()] + " " + match[0][: match.start("n") - match.start()]


_GAP = r"(?:(?!大于|小于|不低|不少|至少|最|边)(?-i:[\u4e00-\u9fff /])){0,12}?"

_N = rf"`?(?P<n>{_AMOUNT})`?{unit('unit')}"

_PAIR = r"`?(?P<n>\d{2,5})\s?[x*]\s?(?P<m>\d{2,5})(?:\s?(?:px|pixels?|像素))?"

_NOT = r"(?:must|should|can|may|does|do|is|are|shall|will|could)?\s?(?:not|n't|cannot|never)"

_BIGGER = r"(?:more|larger|greater|longer|bigger|higher|wider|taller)"

_SMALLER = r"(?:less|fewer|smaller|lower|shorter)"


def _side_pair(match: re.Match[str], low: bool, ctx: Context) -> Sequence[Yield] | None:
    wide, tall = match["n"], match["m"]
    if not media_like(ctx.subject):
        return None
    names = ("minWidth", "minHeight") if low else ("maxWidth", "maxHeight")
    return [Keywords({"x-media": {names[0]: int(wide), names[1]: int(tall)}})]


def _closed(match: re.Match[str], ctx: Context, *, high: bool) -> Sequence[Yield] | None:
    bound = Bound(None, match["n"], match["unit"]) if high else Bound(match["n"], None, match["unit"])
    found = place(bound, ctx, _before(match, ctx), ctx.text[match.end() :])
    return [found] if found else None


def _below_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    high = match["n"] or match["n2"]
    bound = Bound(None, high, match["unit"] or match["unit2"], open_high=bool(match["open"]))
    found = place(bound, ctx, ctx.heading + " " + ctx.text[: match.start()], ctx.text[match.end() :])
    return [found] if found else None


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "highest.not-more",
        "en",
        ("exceed", "than", "over", "surpass"),
        compiled(
            rf"(?:{_NOT}\s(?:to )?(?:exceed(?:ing)?|surpass|go (?:over|beyond)|be (?:over|above)|(?:be "
            rf")?{_BIGGER} than)|no {_BIGGER} than"
            rf"|not (?:exceed(?:ing)?|over|above|{_BIGGER} than)|without exceeding)\s{_N}"
        ),
        _high,
        (
            Example("The text must not exceed 2500 characters.", "/prompt", {"maxLength": 2500}),
            Example("File size cannot exceed 10MB.", "/image", {"x-media": {"maxBytes": 10485760}}),
            Example("Send no more than 4 images.", "/images", {"maxItems": 4}),
        ),
    ),
    Phrase(
        "highest.up-to",
        "en",
        ("up to", "at most", "limited to", "limit", "within", "capped", "only "),
        compiled(
            r"\b(?:up to(?: a maximum of)?|at most|only supports?|supports only|limited to|limit(?: of|:| is)"
            rf"|capped at|within)\s{_N}"
        ),
        _high,
        (
            Example("Takes up to 5 images.", "/images", {"maxItems": 5}),
            Example("Files of at most 2 MB.", "/image", {"x-media": {"maxBytes": 2097152}}),
        ),
    ),
    Phrase(
        "highest.maximum",
        "en",
        ("max",),
        compiled(
            rf"\bmax(?:imum)?\b\.?(?:\s[a-z/]+){{0,5}}?(?:\s?\([^()\d]{{0,30}}\))?\s?(?:is|of|:|=|to|at"
            rf"|are)?\s?{_N}(?!\s?[x*]\s?\d)"
        ),
        _high,
        (
            Example("Maximum 800 characters.", "/prompt", {"maxLength": 800}),
            Example("Max 6 images, min 2 images.", "/images", {"maxItems": 6, "minItems": 2}),
            Example("Maximum file size: 5 MB.", "/image", {"x-media": {"maxBytes": 5242880}}),
            Example("The maximum value is 20.", "/n", {"maximum": 20}),
        ),
    ),
    Phrase(
        "highest.trailing",
        "en",
        ("max", " or less", " or fewer", " or smaller", " or below", " or under", " or shorter"),
        compiled(rf"{_N}\s?(?:max(?:imum)?\b|or (?:less|fewer|smaller|below|under|shorter))"),
        _high,
        (
            Example("800 characters max.", "/prompt", {"maxLength": 800}),
            Example("10 MB or less.", "/image", {"x-media": {"maxBytes": 10485760}}),
        ),
    ),
    Phrase(
        "highest.limit",
        "en",
        ("limit",),
        compiled(rf"{_N}\s(?:file |upload )?(?:size )?limit\b"),
        _high,
        (Example("20 MB limit.", "/image", {"x-media": {"maxBytes": 20971520}}),),
    ),
    Phrase(
        "exactly",
        "any",
        ("exactly", "正好", "恰好", "必须是", "必须为"),
        compiled(rf"(?:\bexactly|正好|恰好|(?:长度|数量)必须(?:是|为))\s?{_N}"),
        _exactly,
        (
            Example("Send exactly 2 images.", "/images", {"minItems": 2, "maxItems": 2}),
            Example("Exactly 12 characters.", "/prompt", {"minLength": 12, "maxLength": 12}),
        ),
    ),
    Phrase(
        "highest.below",
        "en",
        ("less", "under", "below", "smaller", "shorter", "fewer", "lower"),
        compiled(
            rf"\b(?:must|should|shall|has to|have to|needs? to)\s(?:all |each |both )?be\s(?P<open>{_SMALLER} "
            rf"than|under|below)(?P<equal>\sor equal to)?\s{_N}"
        ),
        lambda match, ctx: _high(match, ctx) if not match["equal"] else _closed(match, ctx, high=True),
        (
            Example("The file must be under 4MB.", "/image", {"x-media": {"maxBytes": 4194304}}),
            Example("It must be less than 1.", "/cfg_scale", {"exclusiveMaximum": 1}),
            Example("It must be less than or equal to 1.", "/cfg_scale", {"maximum": 1}),
        ),
    ),
    Phrase(
        "highest.below-size",
        "en",
        ("than", "under", "below"),
        compiled(rf"\b(?:(?:smaller|less|lower) than|under|below)\s{_N}"),
        lambda match, ctx: _high(match, ctx) if dimension(match["unit"]) == "bytes" else None,
        (Example("It has to be sharp and smaller than 5MB.", "/image", {"x-media": {"maxBytes": 5242880}}),),
    ),
    Phrase(
        "highest.sign",
        "any",
        ("<",),
        compiled(rf"(?<![-=<>\w])(?:<=|(?P<open><))\s?{_N}(?!\s?[<>])"),
        _high,
        (Example("Size <= 10MB", "/image", {"x-media": {"maxBytes": 10485760}}), Example("<= 8", "/n", {"maximum": 8})),
    ),
    Phrase(
        "highest.zh",
        "zh",
        ("过", "最", "至多", "上限", "于", "限制", "超出"),
        compiled(
            r"(?:(?:不|不得|不能|不可|不应|不会|禁止|请勿|勿)(?:能|可|得|要|应)?(?:超出|超过|大于|多于|高于"
            r"|长于)|小于等于|小于或等于|少于等于|低于或等于"
            rf"|(?:最[大多长高]|至多|最大值){_GAP}|上限(?:为|是|:)?|限制(?:为|在)?(?:最多)?)"
            rf"\s?:?\s?{_N}(?!\s?(?:-|~|至|到)\s?\d)"
        ),
        _high,
        (
            Example("长度不超过 2500 字符", "/prompt", {"maxLength": 2500}),
            Example("图片大小不得超过 10MB", "/image", {"x-media": {"maxBytes": 10485760}}),
            Example("最多支持传入 14 张参考图", "/images", {"maxItems": 14}),
            Example("最大值为 20", "/n", {"maximum": 20}),
        ),
    ),
    Phrase(
        "highest.below.zh",
        "zh",
        ("小于", "低于", "少于", "以内", "以下", "之内", "短于"),
        compiled(
            rf"(?:(?<!不)(?<!不能)(?<!不得)(?<!不可)(?P<open>小于|低于|少于|短于)(?!等于|或等于)\s?{_N})"
            rf"|{_N.replace('<n>', '<n2>').replace('<unit>', '<unit2>')}\s?(?:以内|之内|以下)"
        ),
        _below_zh,
        (
            Example("图片需小于 5MB", "/image", {"x-media": {"maxBytes": 5242880}}),
            Example("800 字符以内", "/prompt", {"maxLength": 800}),
        ),
    ),
    Phrase(
        "lowest.at-least",
        "en",
        ("least", "than", "minim", "min ", "min.", "min:", "below", "under"),
        compiled(
            rf"(?:\bat least|{_NOT}\s(?:be )?(?:{_SMALLER} than|below|under)|no {_SMALLER} than|not {_SMALLER} "
            rf"than|\bmin(?:imum)?\b\.?(?:\s(?!max)[a-z/]+){{0,5}}?\s?(?:is|of|:|=|are)?)\s?{_N}(?!\s?[x*]\s?\d)"
        ),
        _low,
        (
            Example(
                "Width and height must be at least 300px.", "/image", {"x-media": {"minWidth": 300, "minHeight": 300}}
            ),
            Example("Both sides cannot be less than 64 px.", "/image", {"x-media": {"minWidth": 64, "minHeight": 64}}),
            Example("Minimum 2 images.", "/images", {"minItems": 2}),
        ),
    ),
    Phrase(
        "lowest.above",
        "en",
        ("more", "above", "greater", "larger", "exceed", "longer", "over", "higher"),
        compiled(
            rf"\b(?:must|should|shall|has to|have to|needs? to)\s(?:all |each |both )?(?:be\s(?P<open>{_BIGGER} "
            rf"than|above|over)(?P<equal>\sor equal to)?|exceed)\s{_N}"
        ),
        lambda match, ctx: _low(match, ctx) if not match["equal"] else _closed(match, ctx, high=False),
        (
            Example("It must be greater than 0.", "/cfg_scale", {"exclusiveMinimum": 0}),
            Example(
                "The shorter side must exceed 300 pixels.", "/image", {"x-media": {"minWidth": 300, "minHeight": 300}}
            ),
        ),
    ),
    Phrase(
        "lowest.trailing",
        "en",
        (" or more", " or greater", " or larger", " or above", " minimum", " or longer", " or higher"),
        compiled(rf"{_N}\s?(?:minimum\b|or (?:more|greater|larger|above|longer|higher))"),
        _low,
        (Example("2 images or more.", "/images", {"minItems": 2}),),
    ),
    Phrase(
        "lowest.sign",
        "any",
        (">",),
        compiled(rf"(?<![-=<>\w])(?:>=|(?P<open>>))\s?{_N}(?!\s?[<>])"),
        _low,
        (Example("Width and height >= 300px", "/image", {"x-media": {"minWidth": 300, "minHeight": 300}}),),
    ),
    Phrase(
        "lowest.zh",
        "zh",
        ("少", "于", "最"),
        compiled(
            r"(?:不小于|不低于|不少于|不短于|(?:不得|不能|不可|不应)(?:小于|低于|少于|短于)|大于等于|大于或等于"
            rf"|(?:至少|最[少小低短]){_GAP}|(?<!不)(?<!不能)(?<!不得)(?<!不可)(?<!不应)(?P<open>大于|高于"
            r"|长于)(?!等于|或等于))"
            rf"\s?:?\s?{_N}(?!\s?[x*]\s?\d)"
        ),
        _low,
        (
            Example("至少 2 张图片", "/images", {"minItems": 2}),
            Example("宽高均不小于 300px", "/image", {"x-media": {"minWidth": 300, "minHeight": 300}}),
        ),
    ),
    Phrase(
        "sides.at-least",
        "any",
        ("least", "小于", "低于", "min", "最小", "than", "below", "至少"),
        compiled(
            rf"(?:at least|no smaller than|not (?:be )?(?:smaller|less) than|minimum(?:\s[a-z]+){{0,3}}:?"
            rf"|至少(?:为|需|是)?|不小于|不低于|最小(?:为|尺寸)?:?|不得小于|不能小于)\s?{_PAIR}"
        ),
        lambda match, ctx: _side_pair(match, True, ctx),
        (
            Example(
                "The frame must be at least 128x128 pixels.", "/image", {"x-media": {"minWidth": 128, "minHeight": 128}}
            ),
            Example("分辨率不小于 300*300 像素", "/image", {"x-media": {"minWidth": 300, "minHeight": 300}}),
        ),
    ),
    Phrase(
        "sides.at-most",
        "any",
        ("max", "up to", "exceed", "超过", "最大", "低于", "小于", "than"),
        compiled(
            rf"(?:up to|at most|no larger than|not exceed|max(?:imum)?(?:\s[a-z]+){{0,3}}:?|不超过|不得超过"
            rf"|最大(?:为|尺寸|支持)?:?|(?<!不)低于|(?<!不)小于)\s?{_PAIR}"
        ),
        lambda match, ctx: _side_pair(match, False, ctx),
        (Example("Maximum resolution: 4096x2160 px", "/image", {"x-media": {"maxWidth": 4096, "maxHeight": 2160}}),),
    ),
)
