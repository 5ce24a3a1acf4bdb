"""Fields that lose against another, and limits by a bare value: `a takes precedence over b`, `pro mode only`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.mentions import FIELD, VALUE
from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import (
    FIELDS,
    case_condition,
    conditional,
    fields_in,
    in_use,
    listed_condition,
    unless,
)
from codegen.phrases.scope import types_of

_VALUES = (
    rf"(?P<values>(?:{VALUE}|[A-Za-z0-9_.-]{{2,30}})(?:(?:, | or | and |/)(?:{VALUE}|[A-Za-z0-9_.-]{{2,30}})){{0,6}})"
)


def _wins(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """One field wins; the loser is named, or is the only other field that the sentence is about."""
    if case_condition(ctx) is not None:
        return None
    groups = match.groupdict()
    winners = fields_in(next(g for n, g in groups.items() if n.startswith("winner") and g), ctx)
    named = groups.get("loser")
    everyone = fields_in(named or ctx.marked.text[: match.end()], ctx)
    if not named and ctx.subject is not None:
        everyone = [*everyone, ctx.subject]
    losers = [f for f in dict.fromkeys(everyone) if f not in winners and f.location != "response"]
    if len(winners) != 1 or len(losers) != 1 or types_of(winners[0]) == {"boolean"}:
        return None
    return conditional("ignored_if", losers, in_use(winners[0]))


def _only_for(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """The subject belongs to values of the one other field that lists them."""
    if ctx.subject is None or case_condition(ctx) is not None:
        return None
    words = re.findall(rf"{VALUE}|[A-Za-z0-9_.-]{{2,30}}", match["values"] or match["values2"])
    mentions = ctx.marked.mentions
    values = [mentions[w].value if w in mentions else w for w in words if w not in ("or", "and")]
    return conditional("forbidden_if", [ctx.subject], unless(listed_condition(values, ctx)))


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "wins",
        "en",
        ("precedence", "priority"),
        compiled(
            rf"(?P<winner>{FIELD}) (?:will )?(?:takes?|has|have|gets?) (?:the )?(?:higher )?(?:precedence|priority)",
            rf"(?: over (?P<loser>{FIELDS}))?(?=\s*(?:$|[.,;)]))",
        ),
        _wins,
        (
            Example(
                "If both are given, `video` takes precedence.",
                "/image",
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
            Example(
                "`video` takes precedence over `image`.",
                "/n",
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "wins.used",
        "en",
        ("both",),
        compiled(
            rf"\bif both\b[^.;]{{0,60}}?,? (?P<winner>{FIELD}) (?:is|will be) (?:used|preferred"
            r"|applied)(?=\s*(?:$|[.,;)]))"
        ),
        _wins,
        (
            Example(
                "If both are set, `video` is used.",
                "/image",
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "wins.zh",
        "zh",
        ("优先", "为准"),
        compiled(
            rf"(?:优先(?:使用|采用|以|取)?\s?(?P<winner>{FIELD})(?:\s?为准)?|以\s?(?P<winner2>{FIELD})\s?(?:参数"
            r"|字段)?\s?为准"
            rf"|(?P<winner3>{FIELD})\s?(?:的)?优先(?:级(?:更)?高(?:于\s?(?P<loser>{FIELDS}))?|生效"
            r"|使用)?)(?=\s*(?:$|[.,;()。]))"
        ),
        _wins,
        (
            Example(
                "同时传入 `image` 和 `video` 时, 优先使用 `video`。",
                "/image",
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
            Example(
                "与 `video` 同时存在时, 以 `video` 为准。",
                "/image",
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "only-for",
        "en",
        (" only", "only for"),
        compiled(
            rf"(?:^|[(;] ?)(?:only (?:for|in|with) (?:the )?{_VALUES}(?: (?:mode|quality|resolution|type)s?| "
            rf"(?P<of>{FIELD}))?"
            rf"|{_VALUES.replace('values', 'values2')}(?: (?:mode|quality|resolution|type)s?| {FIELD})? "
            r"only)(?=\s*(?:$|[.,;)]))"
        ),
        _only_for,
        (
            Example(
                "Extra length (pro mode only).",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
            Example(
                "Only for `pro` mode.",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
            Example("Text only.", "/n"),
        ),
    ),
)
