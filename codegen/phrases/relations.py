"""Relations between values: compare, sum, refers_to, and `same constraints as`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.mentions import FIELD
from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Rule, SameAs, Yield, compiled
from codegen.phrases.quantities import number
from codegen.phrases.rulewords import case_condition, fields_in
from codegen.phrases.scope import is_number, own_name, types_of
from codegen.phrases.statement import KnownField

_OPS = (
    (
        r"not exceed|not be (?:greater|larger|more|longer|higher|later) than|less than or equal to|no "
        r"(?:more|greater|larger|later) than|<=|at most|不(?:得|能|可|应)?(?:超过|大于|晚于)|小于(?:或)?等于",
        "<=",
    ),
    (
        r"not be (?:less|smaller|lower|shorter|earlier) than|(?:greater|larger|more) than or equal to|no "
        r"(?:less|earlier|smaller) than|>=|at least|不(?:得|能|可|应)?(?:小于|低于|少于|早于)"
        r"|大于(?:或)?等于",
        ">=",
    ),
    (r"equal(?: to)?|be the same as|match|==?|等于|一致|相等", "=="),
    (r"(?:greater|larger|higher|later|longer|more) than|after|exceed|>|大于|晚于|高于", ">"),
    (r"(?:less|smaller|lower|earlier|shorter) than|before|<|小于|早于|低于", "<"),
)
_MUST = r"(?:must|should|has to|have to|needs? to|cannot|can't|can not|may not|shall)"


def operator(text: str) -> str | None:
    """Return the operator that words mean."""
    low = re.sub(r"\b(?:cannot|can't|can not|may not)\b", "must not", text.lower())
    for pattern, sign in _OPS:
        if re.search(pattern, low):
            return sign
    return None


def _comparable(field: KnownField) -> bool:
    return (
        is_number(field)
        or not types_of(field)
        or bool(re.search(r"time|date|start|end|from|to|min|max", own_name(field.pointer), re.IGNORECASE))
    )


def _compare(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    own = fields_in(match["own"], ctx) if match["own"] else [ctx.subject] if ctx.subject else []
    other = fields_in(match["other"], ctx)
    sign = operator(match["op"])
    if len(own) != 1 or len(other) != 1 or own == other or sign is None or case_condition(ctx) is not None:
        return None
    if not (_comparable(own[0]) and _comparable(other[0])) or own[0].location != other[0].location:
        return None
    return [Rule("compare", (own[0].pointer, other[0].pointer), op=sign)]


def _member(ctx: Context, noun: str) -> KnownField | None:
    """Return the member of the subject's items that a plain word names, or the one of the page's only such array.

    An array whose items the page does not document has the members that its prose speaks of.
    """
    subject = ctx.subject
    if subject is not None and types_of(subject) <= {"array"}:
        if found := ctx.index.child(subject, noun):
            return found
        if types_of(subject) and not ctx.index.has_members(subject):
            return KnownField(subject.location, f"{subject.pointer}/*/{noun}")
    holders = [f for (_, p), f in ctx.index.fields.items() if p.endswith(f"/*/{noun}")]
    return holders[0] if len(holders) == 1 else None


def _total(ctx: Context, noun: str, member: KnownField) -> KnownField | None:
    """Return the field outside of the array that has the member's name."""
    base = member.pointer.split("/*/", 1)[0]
    while base:
        base = base.rpartition("/")[0]
        if found := ctx.index.get(member.location, f"{base}/{noun}"):
            return found
    others = [f for f in ctx.index.names.get(noun, ()) if "/*" not in f.pointer]
    return others[0] if len(others) == 1 else None


_EACH = (
    r"(?:\beach|\bevery|\bper)\s(?:shot|storyboard|segment|item|element|entry|clip|part|scene)(?:'s)?"
    r"|每(?:个|段|条)?(?:镜头|分镜|分段|片段|shot|元素)的?"
)


def _each(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    noun = {"时长": "duration", "提示词": "prompt", "文本": "prompt"}.get(match["noun"].lower(), match["noun"].lower())
    member = _member(ctx, noun)
    if member is None:
        return None
    out: list[Yield] = []
    rest = match["rest"]
    if text := _EACH_LENGTH.search(rest):
        out.append(Keywords({"maxLength": int(text[1])}, of=member))
    if _EACH_WITHIN_TOTAL.search(rest) and (whole := _total(ctx, noun, member)):
        out.append(Rule("compare", (member.pointer, whole.pointer), op="<="))
    if is_number(member) and (low := _EACH_LEAST.search(rest)):
        out.append(Keywords({"minimum": number(low[1])}, of=member))
    return out or None


_EACH_LENGTH = re.compile(
    r"(?:max(?:imum)?(?: of| length(?: of)?)?|up to|not exceed|at most|不超过|最多|最长|最大(?:长度)?)"
    r"\s?:?\s?(\d+)\s?(?:char|个?字)",
    re.IGNORECASE,
)
_EACH_WITHIN_TOTAL = re.compile(
    r"(?:not exceed|<=|be less than or equal to|不(?:得|能|可)?(?:超过|大于)|小于等于)\s?(?:the )?(?:当前)?"
    r"(?:total|overall|任务|总|整体)(?: task| video)?的?(?:总)?\s?(?:duration|时长)",
    re.IGNORECASE,
)
_EACH_LEAST = re.compile(
    r"(?:>=|at least|not (?:be )?less than|不(?:得|能|可)?小于|不少于|不低于|大于等于|至少)\s?(\d+(?:\.\d+)?)",
    re.IGNORECASE,
)


def _sum(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    noun = "duration" if match["noun"].lower().startswith(("duration", "时长", "时间")) else match["noun"].lower()
    member = _member(ctx, noun)
    whole = _total(ctx, noun, member) if member else None
    sign = operator(match["op"])
    if member is None or whole is None or sign is None:
        return None
    return [Rule("sum", (member.pointer,), op=sign, total=whole.pointer)]


def _refers(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    prompt = ctx.index.find("prompt", ctx.subject)
    name = match["name"].rstrip("_")
    target = (
        ctx.index.find(name + "s", ctx.subject)
        or ctx.index.find(name, ctx.subject)
        or ctx.index.find(name + "_list", ctx.subject)
    )
    if prompt is None or target is None or ("array" not in types_of(target) and types_of(target)):
        return None
    return [Rule("refers_to", (prompt.pointer, target.pointer), schema={"pattern": f"<<<{match['name']}(\\d+)>>>"})]


def _same(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    others = [f for f in fields_in(match["fields"], ctx) if f != ctx.subject]
    return [SameAs(others[0])] if len(others) == 1 and ctx.subject is not None else None


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "each",
        "any",
        ("each ", "every ", "per ", "每"),
        compiled(rf"(?:{_EACH})\s?(?P<noun>[a-z_]+|时长|提示词|文本)(?P<rest>.{{0,160}})"),
        _each,
        (
            Example("Each shot prompt has at most 512 characters.", "/multi_prompt", rules=(), schema={}),
            Example(
                "Each shot duration must not exceed the total duration.",
                "/multi_prompt",
                rules=(Rule("compare", ("/multi_prompt/*/duration", "/duration"), op="<="),),
            ),
        ),
        plain=True,
    ),
    Phrase(
        "sum",
        "any",
        ("sum", "total", "总和", "之和", "combined", "add up"),
        compiled(
            r"(?:(?:the )?(?:sum|total) of (?:all )?(?:the )?(?:\w+ )?(?:\w+ )?(?P<noun>durations?|lengths?)"
            r"|所有?(?:的)?(?:分镜|镜头|片段|shot)?的?(?:时长|时间)?)\s?(?P<op>(?:must|should|has to|needs to"
            r"|cannot|can't)[a-z ]{0,30}?(?:equal(?: to)?|match|exceed|be the same as))\s(?:the )?(?:total "
            r"|overall |whole )?(?:task |video )?(?:durations?|length)"
        ),
        _sum,
        (
            Example(
                "The sum of all shot durations must equal the total duration.",
                "/multi_prompt",
                rules=(Rule("sum", ("/multi_prompt/*/duration",), op="==", total="/duration"),),
            ),
        ),
        plain=True,
    ),
    Phrase(
        "sum.zh",
        "zh",
        ("之和", "总和", "加起来", "合计"),
        compiled(
            r"(?P<noun>时长|时间)(?:之和|总和|加起来|的总和|合计)\s?(?P<op>(?:必须|需要?|应|要)?(?:等于|不超过"
            r"|不能超过|不得超过|小于等于|与[^,;。]{0,10}一致))\s?(?:当前|整个)?(?:任务|视频)?的?(?:总)?(?:时长"
            r"|时间|duration)?"
        ),
        _sum,
        (
            Example(
                "所有镜头时长之和必须等于任务总时长。",
                "/multi_prompt",
                rules=(Rule("sum", ("/multi_prompt/*/duration",), op="==", total="/duration"),),
            ),
        ),
        plain=True,
    ),
    Phrase(
        "compare",
        "en",
        ("than", "exceed", "equal", "before", "after", ">", "<", "match"),
        compiled(
            rf"(?:(?P<own>{FIELD}) )?(?P<op>{_MUST} (?:not )?(?:be )?(?:strictly )?(?:exceed|(?:greater|larger"
            r"|higher|later|longer|more|less|smaller|lower|earlier|shorter) than(?: or equal to)?|equal to|equal"
            r"|before|after|>=?|<=?|the same as|no (?:more|less|later|earlier) than)) "
            rf"(?P<other>{FIELD})(?=\s*(?:$|[.,;()]|and\b|when\b))"
        ),
        _compare,
        (
            Example(
                "Must be less than or equal to `height`.",
                "/width",
                rules=(Rule("compare", ("/width", "/height"), op="<="),),
            ),
        ),
        needs=("must", "should", "ha", "need", "can", "may not", "shall"),
    ),
    Phrase(
        "compare.zh",
        "zh",
        ("大于", "小于", "超过", "等于", "早于", "晚于"),
        compiled(
            rf"(?:(?P<own>{FIELD})\s?)?(?P<op>(?:必须|需要?|应|不能|不得|不可|不应|须|不)(?:要|当|大于|小于|超过"
            rf"|等于|早于|晚于|或等于|低于|高于)+)\s?(?P<other>{FIELD})(?=\s*(?:$|[.,;()。]|的值))"
        ),
        _compare,
        (Example("应大于 `height`。", "/width", rules=(Rule("compare", ("/width", "/height"), op=">"),)),),
    ),
    Phrase(
        "refers",
        "any",
        ("<<<",),
        compiled(r"<<<(?P<name>[a-z_]{1,30}?_)(?:\d+|n|i|x)>>>"),
        _refers,
        (
            Example(
                "Name them as <<<element_1>>> in the prompt.",
                "/elements",
                rules=(Rule("refers_to", ("/prompt", "/elements"), schema={"pattern": "<<<element_(\\d+)>>>"}),),
            ),
        ),
        plain=True,
    ),
    Phrase(
        "same-as",
        "en",
        ("same",),
        compiled(
            rf"\bsame (?:\w+ ){{0,3}}?(?:constraints?|requirements?|restrictions?|limits?|limitations?|rules?"
            rf"|format(?: constraints)?|specifications?)(?: \w+){{0,2}}? as (?:for |those (?:of|for) |in "
            rf")?(?P<fields>{FIELD})"
            rf"|\b(?:constraints?|requirements?|restrictions?|limits?|limitations?)(?: \w+){{0,2}}? (?:are |is "
            rf")?(?:the )?same as (?:for |those (?:of|for) )?(?P<fields2>{FIELD})"
        ),
        lambda match, ctx: _same_either(match, ctx),
        (
            Example(
                "Same constraints as `image`.",
                "/end_image",
                {"x-media": {"formats": ["png"]}},
                after=("/image", "Formats: PNG."),
            ),
        ),
    ),
    Phrase(
        "same-as.zh",
        "zh",
        ("相同", "同 ", "一致", "一样", "同上"),
        compiled(
            rf"(?:格式|要求|限制|约束|规格|图片要求)[^,。;]{{0,10}}?(?:与|和|同)\s?(?P<fields>{FIELD})\s?(?:参数"
            r"|字段)?(?:的要求)?(?:相同|一致|一样|$)"
        ),
        _same,
        (
            Example(
                "图片要求与 `image` 相同。",
                "/end_image",
                {"x-media": {"formats": ["png"]}},
                after=("/image", "Formats: PNG."),
            ),
        ),
    ),
)


def _same_either(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    others = [f for f in fields_in(match["fields"] or match["fields2"], ctx) if f != ctx.subject]
    return [SameAs(others[0])] if len(others) == 1 and ctx.subject is not None else None
