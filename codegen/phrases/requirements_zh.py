"""What depends on a condition: required_if, forbidden_if, ignored_if, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.conditions import Condition
from codegen.phrases.lazy import Pattern
from codegen.phrases.mentions import VALUE
from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import (
    FIELDS,
    both,
    case_condition,
    condition_at,
    conditional,
    fields_in,
    in_use,
    listed_condition,
    unless,
)

_REQUIRED = (
    r"(?:该?参数)?(?:为|是)?(?:必填|必须(?:提供|传入?|填写?|设置|指定|上传|有值|存在)?(?!为|是|小于|大于"
    r"|在|使用)|必传|必需|需要?(?:提供|传入?|填写?|设置|指定)|不能为空|不可为空)"
)
_FORBIDDEN = (
    r"(?:不支持(?:设置|使用|传入?|该参数)?|不可用|不能(?:使用|设置|传入?|指定)|不可(?:使用|设置|传)"
    r"|不允许(?:使用|设置|传入?)?|禁止(?:使用|设置)?|不得(?:使用|设置|传入?)|请勿(?:使用|设置|传入?))"
)
_IGNORED = r"(?:该?参数)?(?:将|会|则)?(?:被)?(?:忽略|无效|不生效|不起作用|失效|不会生效)"
_ALLOWED = r"(?:可用|支持|可以?(?:使用|设置|传入?|指定|开启)|能(?:使用|设置)|允许(?:使用)?|可设置|可选)"
_EFFECT = r"(?:有效|生效|起作用|使用|需要?|有意义)"
_CONSEQUENCES = (
    (
        "required_if",
        Pattern(rf"\s?[,，]?\s?(?:则|此时|该参数|那么)?\s?(?:(?P<own>{FIELDS})\s?)?(?:参数|字段)?{_REQUIRED}"),
    ),
    (
        "required_if",
        Pattern(
            r"\s?[,，]?\s?(?:则|此时)?\s?(?:必须|需要?|必填)(?:同时)?(?:提供|传入?|填写?|设置|指定"
            rf"|上传)?\s?(?P<own>{FIELDS})(?=\s*(?:$|[.,;(。参字]))"
        ),
    ),
    (
        "forbidden_if",
        Pattern(
            rf"\s?[,，]?\s?(?:则|此时|该参数)?\s?(?:(?P<own>{FIELDS})\s?)?(?:参数|字段)?{_FORBIDDEN}(?=\s*(?:$"
            r"|[.,;()。]))"
        ),
    ),
    (
        "forbidden_if",
        Pattern(rf"\s?[,，]?\s?(?:则|此时)?\s?{_FORBIDDEN}\s?(?P<own>{FIELDS})(?=\s*(?:$|[.,;(。参字]))"),
    ),
    ("ignored_if", Pattern(rf"\s?[,，]?\s?(?:则|此时|该参数)?\s?(?:(?P<own>{FIELDS})\s?)?(?:参数|字段)?{_IGNORED}")),
)
_TAIL = Pattern(r"\s?(?:的?(?:情况|时候|场景)下?|时候?|后)?\s?[,，]?\s?(?P<then>才|方可|方|则)?\s?")
_ONLY = (
    ("forbidden_if", Pattern(r"(?:设置|传入?|提供|填写|指定)")),
    ("ignored_if", Pattern(rf"(?:可|会|能)?{_EFFECT}")),
    ("forbidden_if", Pattern(_ALLOWED)),
    ("required_if", Pattern(r"(?:必填|必传|必须)")),
)


def _only_when(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`仅当 a 为 b 时有效`: the rule holds where the condition does not."""
    text = ctx.marked.text[match.end() :]
    found = condition_at(text, ctx, whole=False)
    if found is None:
        return None
    rest = text[found[1] :]
    tail = _TAIL.match(rest)
    after = rest[tail.end() :] if tail else rest
    own = fields_in(match["own"], ctx) if match["own"] else ([ctx.subject] if ctx.subject else [])
    for kind, pattern in _ONLY:
        if pattern.match(after):
            when: Condition | None = found[0] if kind == "required_if" else unless(found[0])
            return conditional(kind, own, both(case_condition(ctx), when))
    return None


def _when(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`当 a 为 b 时, c 必填`: the consequence stands behind the condition, about the subject if it names no field."""
    text = ctx.marked.text[match.end() :]
    found = condition_at(text, ctx, whole=False)
    if found is None:
        return None
    rest = text[found[1] :]
    tail = _TAIL.match(rest)
    after = rest[tail.end() :] if tail else rest
    for kind, pattern in _CONSEQUENCES:
        if consequence := pattern.match(after):
            own = fields_in(consequence["own"], ctx) if consequence["own"] else ([ctx.subject] if ctx.subject else [])
            return conditional(kind, own, both(case_condition(ctx), found[0]))
    return None


def _effective_when(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`a 为 b 时生效`: the subject has no effect where the condition does not hold."""
    text = ctx.marked.text[match.end() :]
    found = condition_at(text, ctx, whole=False)
    if found is None or ctx.subject is None:
        return None
    tail = re.match(
        r"\s?(?:的?(?:情况|时候)下?|时候?)\s?,?\s?(?:才|方)?(?:可|会|能)?(?:有效|生效|起作用)", text[found[1] :]
    )
    return conditional("ignored_if", [ctx.subject], both(case_condition(ctx), unless(found[0]))) if tail else None


def _in_case(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    own = fields_in(match["own"], ctx)
    kind = "ignored_if" if match["ignored"] else "required_if"
    return conditional(kind, own, case_condition(ctx))


def _needs(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if ctx.subject is None:
        return None
    return conditional("required_if", fields_in(match["fields"], ctx), case_condition(ctx) or in_use(ctx.subject))


def _needs_value(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`使用此参数时必须将 a 设为 b`: the field must be absent where a is not b."""
    found = condition_at(ctx.marked.text[match.end() :], ctx)
    if found is None or case_condition(ctx) is not None:
        return None
    return conditional("forbidden_if", fields_in(match["own"], ctx), unless(found[0]))


def _only_for(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`仅对 v 格式生效`: v is a value of the one other field that lists it."""
    own = fields_in(match["own"], ctx) if match["own"] else ([ctx.subject] if ctx.subject else [])
    values = [m.value for c in match["values"] if (m := ctx.marked.mentions.get(c))] or [match["values"]]
    when = listed_condition(values, ctx)
    kind = "ignored_if" if re.search(r"有效|生效|起作用", match[0]) else "forbidden_if"
    return conditional(kind, own, unless(when)) if case_condition(ctx) is None else None


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "needs-value.zh",
        "zh",
        ("必须", "需", "须"),
        compiled(
            rf"(?:如果|若|当)?\s?(?:使用|设置|启用|传入)(?:了)?\s?(?P<own>{FIELDS})\s?(?:时)?\s?,?\s?(?:必须"
            r"|需要?|须)(?:同时)?(?:将|把|设置|保证|确保)?\s?(?=\S)"
        ),
        _needs_value,
        (
            Example(
                "如果使用此参数, 必须将 `loop` 设置为 true。",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
        ),
    ),
    Phrase(
        "only-for.zh",
        "zh",
        ("仅对", "只对", "仅支持在", "仅在", "仅适用于", "只适用于"),
        compiled(
            rf"(?:(?P<own>{FIELDS})\s?)?(?:仅|只)(?:对|适用于"
            rf"|在)\s?(?P<values>{VALUE}(?:\s?[/、和或,]\s?{VALUE})*|[A-Za-z0-9_]{{2,20}})\s?(?:格式|模式|类型"
            r"|音频|视频)*(?:的(?:音频|视频|图片)?)?(?:下|中|时)?\s?(?:有效|生效|起作用|可用|支持)"
        ),
        _only_for,
        (
            Example(
                "该参数仅对 `pro` 模式生效。",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
        ),
    ),
    Phrase(
        "only-when.zh",
        "zh",
        ("仅", "只有", "只在", "只能"),
        compiled(
            rf"(?:(?P<own>{FIELDS})\s?)?(?:(?:仅|只)(?:当|在|有当?|限|能在)|只有当?|只能在"
            r"|仅(?=\s?[\ue000-\uebff]\s?(?:=|为|是|设)))\s?(?:使用)?\s?(?=\S)"
        ),
        _only_when,
        (
            Example(
                "仅当 `loop` 为 true 时生效。",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
            Example(
                "仅当 `mode` 为 `pro` 时可用。",
                "/end_image",
                rules=(Rule("forbidden_if", ("/end_image",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
        ),
    ),
    Phrase(
        "when.zh",
        "zh",
        ("当", "若", "如果", "时", "如", "后", "为"),
        compiled(
            r"(?:^|(?<=[,;:。(])|(?<=[,;:。(] ))\s?(?:(?:注意|注):?\s?)?(?:且|并且|而且)?"
            r"(?:(?:当|若|如果|如|在|如若|一旦)\s?(?=\S)|(?=(?:为|设为|设置为)\s?(?:[\ue800-\uf3ff]|true|false))"
            r"|(?=(?:传入|设置|提供|使用|指定)(?:该?参数|本参数)?(?:后|时)))"
        ),
        _when,
        (
            Example(
                "当 `loop` 为 true 时, 该参数必填。",
                "/end_image",
                rules=(Rule("required_if", ("/end_image",), {"field": "/loop", "is": True}),),
            ),
            Example(
                "若 `mode` 为 `std`, 此参数无效。",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/mode", "is": "std"}),),
            ),
            Example(
                "当 `video` 为空时, `image` 必填。",
                None,
                rules=(Rule("required_if", ("/image",), {"field": "/video", "is": "absent"}),),
            ),
        ),
    ),
    Phrase(
        "effective-when.zh",
        "zh",
        ("效", "起作用", "可用"),
        compiled(
            r"(?:^|(?<=[,;:(])|(?<=[,;:(] ))\s?(?:当|在|若|如果)?\s?(?=[\ue000-\uebff]\s?(?:不?为|=|是|设|存在"
            r"|非空|未|开启|启用))"
        ),
        _effective_when,
        (
            Example(
                "音量, `loop` 为 true 时生效",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
            Example(
                "当 `mode` 设置为 pro 时有效",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
        ),
    ),
    Phrase(
        "given.zh",
        "zh",
        ("时必", "时需", "则必", "时, 必"),
        compiled(rf"(?:^|(?<=[,;:(])|(?<=[,;:(] ))\s?(?=(?:传入?|使用|提供|设置|上传|填写)了?\s?{FIELDS}\s?时)"),
        _when,
        (
            Example(
                "传 `video` 时必传该字段。",
                "/n",
                rules=(Rule("required_if", ("/n",), {"field": "/video", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "when-bare.zh",
        "zh",
        ("时", "则"),
        compiled(r"^(?=[\ue000-\uebff]\s?(?:不?为|=|是|设|存在|非空|未|开启))"),
        _when,
        (
            Example(
                "`mode` 为 `std` 时无效。", "/n", rules=(Rule("ignored_if", ("/n",), {"field": "/mode", "is": "std"}),)
            ),
        ),
    ),
    Phrase(
        "case.zh",
        "zh",
        ("忽略", "无效", "必填", "必须", "不生效", "必传"),
        compiled(
            rf"(?P<own>{FIELDS})\s?(?:参数|字段)?\s?(?:(?P<ignored>(?:将|会)?(?:被)?(?:忽略|无效|不生效|失效))"
            r"|必填|必须提供|必传)"
        ),
        _in_case,
        (
            Example(
                "- true: 首尾相接, `end_image` 被忽略",
                "/loop",
                rules=(Rule("ignored_if", ("/end_image",), {"field": "/loop", "is": True}),),
            ),
        ),
    ),
    Phrase(
        "needs-in.zh",
        "zh",
        ("中",),
        compiled(rf"(?:必须|需要?|须)在\s?(?P<fields>{FIELDS})\s?(?:参数|字段)?中\s?(?:提供|传入?|上传|设置|指定)"),
        _needs,
        (
            Example(
                "- `pro`：更好, 需要在 `end_image` 中提供图片",
                "/mode",
                rules=(Rule("required_if", ("/end_image",), {"field": "/mode", "is": "pro"}),),
            ),
        ),
    ),
    Phrase(
        "needs.zh",
        "zh",
        ("配合", "同时", "需", "必须"),
        compiled(
            r"(?:(?:必须|需要?|须)(?:与|和|配合|在|同时(?:提供|传入?|设置|指定|使用)"
            rf"|搭配)\s?(?P<fields>{FIELDS})\s?(?:一起|共同|配合|同时)?(?:使用|传入?|设置|提供)?)(?=\s*(?:$"
            r"|[.,;(。参字]))"
        ),
        _needs,
        (
            Example(
                "需与 `height` 一起使用。",
                "/width",
                rules=(Rule("required_if", ("/height",), {"field": "/width", "is": "present"}),),
            ),
        ),
    ),
)
