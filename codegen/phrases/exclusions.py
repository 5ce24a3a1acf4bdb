"""Fields that exclude each other: at_most_one, exactly_one, at_least_one, all_or_none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, Yields, compiled
from codegen.phrases.rulewords import (
    FIELDS,
    SEVERAL,
    case_condition,
    conditional,
    exclusive_sets,
    fields_in,
    in_use,
    pointers,
)
from codegen.phrases.scope import types_of

_USED = (
    r"(?:used|combined|set|provided|specified|passed|enabled|sent|present|mixed|included|supplied|given"
    r"|defined|configured|paired|applied|selected)"
)
_CANNOT = r"(?:cannot|can't|can not|must not|mustn't|should not|shouldn't|may not|could not|are not to|is not to)"
_TOGETHER = (
    r"(?:together|simultaneously|at the same time|in combination|at once|in the same request"
    r"|concurrently|in conjunction|alongside|along)"
)


_SUPPOSED = re.compile(r"\s?(?:(?:if|when|in case)\b|若|如果|当)", re.IGNORECASE)
"""What such a sentence says of a conflict is what happens then, not that it must not be."""


def _exclude(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`a` and `b` exclude each other, or the subject excludes each of them."""
    if "own" in match.groupdict() and match["own"]:
        own = fields_in(match["own"], ctx)
    else:
        own = [ctx.subject] if ctx.subject is not None else []
    others = [f for f in fields_in(match["fields"], ctx) if f not in own]
    if not own or not others or case_condition(ctx) is not None or _SUPPOSED.match(ctx.text):
        return None
    flags = [f for f in (*own, *others) if types_of(f) == {"boolean"}]
    if flags:
        if len(own) != 1 or len(others) != 1 or len(flags) != 1:
            return None
        other = next(f for f in (*own, *others) if f not in flags)
        return conditional("forbidden_if", [other], in_use(flags[0]))
    return [Rule("at_most_one", (a, b)) for a in pointers(own) for b in pointers(others)]


def _exclusive(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if _SUPPOSED.match(ctx.text):
        return None
    fields = fields_in(match["fields"], ctx)
    if any(types_of(f) == {"boolean"} for f in fields):
        return None
    return [Rule("at_most_one", s) for s in exclusive_sets(match["fields"], ctx) if len(s) > 1] or None


def _set(kind: str) -> Yields:
    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        fields = pointers(fields_in(match["fields"], ctx))
        if "own" in match.groupdict() and ctx.subject is not None and match["own"] is not None:
            fields = tuple(dict.fromkeys((ctx.subject.pointer, *fields)))
        if len(fields) < 2 or case_condition(ctx) is not None:
            return None
        return [Rule(kind, fields)]

    return yields


_at_most_one, _exactly_one, _at_least_one, _all_or_none = map(
    _set, ("at_most_one", "exactly_one", "at_least_one", "all_or_none")
)


def _either(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    fields = pointers(fields_in(match["fields"], ctx))
    rest = ctx.marked.text[match.end() :] if ctx.marked else ""
    if len(fields) < 2 or case_condition(ctx) is not None:
        return None
    said = match[0] + rest[:60]
    if re.search(r"^\W*(?:choose|select|pick)", said, re.IGNORECASE):
        return [Rule("exactly_one", fields)]
    if re.search(r"mutually exclusive|not both|but not (?:both|together)|never both", said, re.IGNORECASE):
        return [
            Rule(
                "exactly_one"
                if re.search(r"must|required|need|^\W*(?:provide|specify|use|pass|set|supply)", said, re.IGNORECASE)
                else "at_most_one",
                fields,
            )
        ]
    return [Rule("at_least_one", fields)] if re.search(r"must|required|need|provide", said, re.IGNORECASE) else None


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "exclusive.with",
        "en",
        ("exclusive", "incompatible", "compatible", "conflict", "combin"),
        compiled(
            rf"(?:(?P<own>{FIELDS}) (?:is |are |be )?)?(?:mutually exclusive|(?:not|n't|in)[ -]?compatible"
            r"|exclusive|conflicts?|in conflict) (?:to |with |of |from )+(?:both |either |each of |any of "
            rf")?(?P<fields>{FIELDS})"
        ),
        _exclude,
        (
            Example(
                "Mutually exclusive with `prompt`.",
                "/multi_prompt",
                rules=(Rule("at_most_one", ("/multi_prompt", "/prompt")),),
            ),
            Example(
                "Not compatible with multi_prompt.",
                "/end_image",
                rules=(Rule("at_most_one", ("/end_image", "/multi_prompt")),),
            ),
        ),
    ),
    Phrase(
        "exclusive.set",
        "en",
        (
            "exclusive",
            "incompatible",
            "conflict",
            "together",
            "simultaneously",
            "same time",
            "both",
            "combin",
            "at once",
            "coexist",
        ),
        compiled(
            rf"(?:both )?(?P<fields>{SEVERAL})(?: (?:options|two|three|parameters|fields))?,? (?:(?:are|is) "
            rf"(?:mutually exclusive|incompatible|exclusive)|conflict\b|{_CANNOT} (?:both |all )?(?:be )?(?:both "
            rf")?(?:{_USED} )?(?:{_TOGETHER}|coexist)|{_CANNOT} (?:both|all) be {_USED}|{_CANNOT} be both {_USED}"
            rf"|{_CANNOT} (?:both )?be combined)(?! with)"
        ),
        _exclusive,
        (
            Example(
                "`image` and `video` are mutually exclusive.", None, rules=(Rule("at_most_one", ("/image", "/video")),)
            ),
            Example(
                "`image` and `video` cannot both be set.", None, rules=(Rule("at_most_one", ("/image", "/video")),)
            ),
            Example(
                "end_image, image/video and multi_prompt are mutually exclusive.",
                None,
                rules=(
                    Rule("at_most_one", ("/end_image", "/image", "/multi_prompt")),
                    Rule("at_most_one", ("/end_image", "/video", "/multi_prompt")),
                ),
            ),
        ),
    ),
    Phrase(
        "exclusive.cannot-with",
        "en",
        ("with", "alongside", "together"),
        compiled(
            rf"(?:(?P<own>{FIELDS}) )?{_CANNOT} (?:both )?be {_USED}(?: (?:{_TOGETHER}|in the same \w+))?,? "
            rf"(?:with|alongside|and|in combination with) (?:the |a |both |either )?(?P<fields>{FIELDS})(?! (?:is"
            r"|are|set|=)\b)"
        ),
        _exclude,
        (
            Example(
                "Cannot be used together with multi_prompt.",
                "/end_image",
                rules=(Rule("at_most_one", ("/end_image", "/multi_prompt")),),
            ),
            Example("Must not be combined with `video`.", "/image", rules=(Rule("at_most_one", ("/image", "/video")),)),
        ),
    ),
    Phrase(
        "exclusive.do-not",
        "en",
        ("do not", "don't", "never"),
        compiled(
            r"(?:do not|don't|never) (?:use|combine|set|provide|specify|pass|mix|send)(?: (?:this|it|both))?(?: "
            rf"{_TOGETHER})?(?: with| together with| and) (?P<fields>{FIELDS})(?! (?:is|are|set|=)\b)"
        ),
        _exclude,
        (
            Example(
                "Do not use it together with `video`.", "/image", rules=(Rule("at_most_one", ("/image", "/video")),)
            ),
        ),
    ),
    Phrase(
        "one.exactly",
        "en",
        ("exactly one", "only one", "one and only one", "precisely one"),
        compiled(
            r"\b(?:exactly one|one and only one|precisely one|(?:must|need to|have to|required to) (?:provide"
            r"|specify|set|pass|use|supply|include) only one)(?: of)?(?: the)?(?: following)?(?: between)?:? "
            rf"(?:either )?(?P<fields>{SEVERAL})"
        ),
        _exactly_one,
        (
            Example(
                "Exactly one of `image` or `video` has to be there.",
                None,
                rules=(Rule("exactly_one", ("/image", "/video")),),
            ),
        ),
    ),
    Phrase(
        "one.only",
        "en",
        ("only one",),
        compiled(
            rf"\bonly one of (?:the )?(?:following:? )?(?:either )?(?P<fields>{SEVERAL}) (?:can|may|should|is "
            r"allowed|is permitted|at a time|is used|be)"
        ),
        _at_most_one,
        (
            Example(
                "Only one of `image` and `video` may be set.", None, rules=(Rule("at_most_one", ("/image", "/video")),)
            ),
        ),
    ),
    Phrase(
        "one.only.must",
        "en",
        ("only one",),
        compiled(
            rf"\bonly one of (?:the )?(?:following:? )?(?:either )?(?P<fields>{SEVERAL}) (?:must|has to|is "
            r"required|needs)"
        ),
        _exactly_one,
        (
            Example(
                "Only one of `image` and `video` must be sent.",
                None,
                rules=(Rule("exactly_one", ("/image", "/video")),),
            ),
        ),
    ),
    Phrase(
        "one.either",
        "en",
        ("either", "one of", "not both", "choose", "select"),
        compiled(
            r"(?:\beither |(?<!only )(?<!least )(?<!most )(?<!exactly )\bone of (?:the )?(?:following:? )?"
            r"|\b(?:provide|specify|use|pass|set|supply|choose|select|pick) (?:either )?(?:one of "
            rf")?)(?P<fields>{SEVERAL})(?P<tail>,? (?:but not both|for\b|(?:must|is|are|needs?|has|have"
            rf"|should)\b[^.;,]{{0,40}}|not both)?|(?=[.;]|$))"
        ),
        _either,
        (
            Example(
                "Either prompt or multi_prompt must be provided, but not both.",
                None,
                rules=(Rule("exactly_one", ("/prompt", "/multi_prompt")),),
            ),
            Example(
                "Either `image` or `video` is required.", None, rules=(Rule("at_least_one", ("/image", "/video")),)
            ),
            Example(
                "One of `image` or `video` must be provided.", None, rules=(Rule("at_least_one", ("/image", "/video")),)
            ),
        ),
    ),
    Phrase(
        "one.at-least",
        "en",
        ("at least one",),
        compiled(rf"\bat least one (?:of|from|between)(?: the)?(?: following)?:? (?:either )?(?P<fields>{SEVERAL})"),
        _at_least_one,
        (
            Example(
                "At least one of `image` and `video` must be sent.",
                None,
                rules=(Rule("at_least_one", ("/image", "/video")),),
            ),
        ),
    ),
    Phrase(
        "one.not-empty",
        "en",
        ("empty", "omitted", "absent"),
        compiled(
            rf"(?:both )?(?P<fields>{SEVERAL}) (?:{_CANNOT}) (?:both |all )?be (?:both |all )?(?:empty|omitted"
            rf"|absent|left empty|null|missing)(?P<tail>[^;]{{0,80}})"
        ),
        lambda match, ctx: _not_empty(match, ctx),
        (
            Example(
                "`image` and `video` cannot both be empty.", None, rules=(Rule("at_least_one", ("/image", "/video")),)
            ),
            Example(
                "`image` and `video` cannot both be empty, and cannot both be set.",
                None,
                rules=(Rule("exactly_one", ("/image", "/video")),),
            ),
        ),
    ),
    Phrase(
        "all.none-or-both",
        "en",
        ("none or both", "both or none", "both or neither", "all or none", "neither or both"),
        compiled(
            r"\b(?:either )?(?:none or both|both or none|both or neither|neither or both|all or none)(?: of)? "
            rf"(?P<fields>{SEVERAL})"
        ),
        _all_or_none,
        (
            Example(
                "Either none or both of `width` and `height` are sent.",
                None,
                rules=(Rule("all_or_none", ("/width", "/height")),),
            ),
        ),
    ),
    Phrase(
        "all.together",
        "en",
        ("together", "both", "all or none", "or neither"),
        compiled(
            rf"(?P<fields>{SEVERAL}) (?:must|have to|need to|should) (?:(?:both |all |always )?be (?:both "
            rf")?{_USED} (?:together|as a pair|in pairs)|be used together)"
        ),
        _all_or_none,
        (
            Example(
                "`width` and `height` must be set together.", None, rules=(Rule("all_or_none", ("/width", "/height")),)
            ),
        ),
    ),
    Phrase(
        "all.together-with",
        "en",
        ("with", "alongside", "along"),
        compiled(
            rf"\b(?:must|has to|have to|needs to|should) (?:always )?be (?:{_USED} )(?:together |in combination "
            rf"|in conjunction |along )?(?:with|alongside) (?P<fields>{FIELDS})(?! (?:is|are|set|=)\b)"
        ),
        lambda match, ctx: (
            conditional("required_if", fields_in(match["fields"], ctx), in_use(ctx.subject))
            if ctx.subject is not None
            else None
        ),
        (
            Example(
                "Must be used together with `height`.",
                "/width",
                rules=(Rule("required_if", ("/height",), {"field": "/width", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "exclusive.zh",
        "zh",
        ("互斥", "兼容", "同时", "冲突", "一起", "共用", "并用"),
        compiled(
            r"(?:(?:与|和|跟|同|不(?:能|可|得|支持)?与|请勿与|不要与|勿与"
            rf"|禁止与)\s?(?P<fields>{FIELDS})\s?(?:互斥|不兼容|冲突|(?:不能|不可|不得|不支持|无法"
            r"|不可以)?(?:被)?(?:同时|一起|共同|混合)(?:使用|传入?|设置|存在|提供|指定|出现|启用|开启|生效"
            r"|共存)?|不(?:能|可)共(?:存|用)))"
        ),
        lambda match, ctx: _exclude_zh(match, ctx),
        (
            Example("与 `prompt` 互斥。", "/multi_prompt", rules=(Rule("at_most_one", ("/multi_prompt", "/prompt")),)),
            Example(
                "不能与 `multi_prompt` 同时使用。",
                "/end_image",
                rules=(Rule("at_most_one", ("/end_image", "/multi_prompt")),),
            ),
        ),
    ),
    Phrase(
        "exclusive.set.zh",
        "zh",
        ("互斥", "同时", "冲突", "共存"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|三者|参数|字段|之间|这两个参数)?\s?(?:互斥|互相排斥|冲突"
            r"|(?:不能|不可|不得|不支持|无法|不可以)(?:同时|共存|一起))"
        ),
        _exclusive,
        (Example("`image` 与 `video` 不能同时传入。", None, rules=(Rule("at_most_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "one.zh",
        "zh",
        ("二选一", "三选一", "任选", "至少", "必须提供其", "选一", "其中之一", "其一", "一个", "不能同时为空"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|三者|参数|字段|中|之间)*\s?(?P<said>必须?(?:且只能)?(?:提供"
            r"|传|填|选)?(?:其中)?(?:之)?(?:一个|其一|二选一)|[二三四]选一(?:必填|必传)?|任选其?一个?|(?:必须"
            r"|需要?|应)?(?:至少|最少)(?:需要?|要)?(?:提供|传入?|填写?|选择?|有|存在|包含|指定"
            r"|设置)*(?:其中)?(?:之|其)?一个?|(?:不能|不可|不得)(?:同时|都|均)为空)"
        ),
        lambda match, ctx: _one_zh(match, ctx),
        (
            Example("`image` 与 `video` 二选一必填。", None, rules=(Rule("exactly_one", ("/image", "/video")),)),
            Example("`image` 和 `video` 至少传一个。", None, rules=(Rule("at_least_one", ("/image", "/video")),)),
        ),
    ),
    Phrase(
        "one.with.zh",
        "zh",
        ("选一", "至少", "其一"),
        compiled(
            rf"(?P<own>与|和|跟)\s?(?P<fields>{FIELDS})\s?(?:中)?\s?(?P<said>[二三]选一(?:必填|必传)?|至少(?:提供"
            r"|传入?|填写?|选择?|有)?(?:其)?一个?)"
        ),
        lambda match, ctx: _one_zh(match, ctx),
        (Example("与 `video` 二选一。", "/image", rules=(Rule("exactly_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "one.least-of.zh",
        "zh",
        ("至少",),
        compiled(
            rf"至少(?:需要?|要)?(?:提供|传入?|填写?|选择?|有|包含|指定)\s?(?P<fields>{SEVERAL})\s?(?:中的?"
            r"|其中)(?:之|任意)?(?:一个?|其一)?"
        ),
        _at_least_one,
        (Example("至少提供 `image` 或 `video` 中的一个。", None, rules=(Rule("at_least_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "all.with.zh",
        "zh",
        ("同步",),
        compiled(
            rf"(?:须|必须|需要?|应)(?P<own>与|和|同)\s?(?P<fields>{FIELDS})\s?(?:参数|字段)?\s?同步(?:填写|设置"
            r"|传入?|提供)"
        ),
        _all_or_none,
        (Example("须与 `height` 同步填写。", "/width", rules=(Rule("all_or_none", ("/width", "/height")),)),),
    ),
    Phrase(
        "all.zh",
        "zh",
        ("同时", "一起", "配合", "成对"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|参数)?\s?(?:必须|需要?|应|要)(?:同时|一起|成对)(?:使用|传入?"
            r"|设置|存在|提供|指定|出现|填写?)"
        ),
        _all_or_none,
        (Example("`width` 和 `height` 必须同时传入。", None, rules=(Rule("all_or_none", ("/width", "/height")),)),),
    ),
)


def _exclude_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    text = ctx.marked.text if ctx.marked else ""
    around = text[max(0, match.start() - 6) : match.start()] + match[0]
    if not re.search(r"互斥|兼容|冲突|不|勿|禁止|无法", around):
        return None
    return _exclude(match, ctx)


def _one_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    kind = "at_least_one" if re.search("至少|最少|为空", match["said"]) else "exactly_one"
    fields = pointers(fields_in(match["fields"], ctx))
    if "own" in match.groupdict() and ctx.subject is not None:
        fields = tuple(dict.fromkeys((ctx.subject.pointer, *fields)))
    return [Rule(kind, fields)] if len(fields) > 1 and case_condition(ctx) is None else None


def _not_empty(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    fields = pointers(fields_in(match["fields"], ctx))
    both = re.search(
        r"(?:cannot|nor|or|not) (?:be )?both (?:be )?(?:have values|set|populated|provided|filled|present)",
        match["tail"],
        re.IGNORECASE,
    )
    return [Rule("exactly_one" if both else "at_least_one", fields)] if len(fields) > 1 else None
