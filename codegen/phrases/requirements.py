"""What depends on a condition: required_if, forbidden_if, ignored_if, in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from codegen.phrases.conditions import Condition
from codegen.phrases.mentions import FIELD
from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import FIELDS, both, case_condition, condition_at, conditional, fields_in, in_use, unless
from codegen.phrases.statement import KnownField

_USED = r"(?:used|set|provided|specified|passed|enabled|present|given|supplied)"
_WHEN = r"(?:when(?:ever)?|if|for|in|under|in case|where|while|with|provided(?: that)?|once|as long as)"
_OWN = rf"(?:(?P<own>{FIELDS})(?:,? (?:is|are|will be|be|must be|becomes|has to be))? )?"
_REQUIRED = (
    r"(?:(?:only |also |always )?(?:required|mandatory|needed|compulsory)|must (?:also |always )?be "
    r"(?:provided|set|specified|present|given|passed|supplied|included|filled|sent)(?! to\b)|has to be "
    r"(?:set|provided)(?! to\b)|(?:must not|cannot|can not|can't|should not) be (?:empty|null|blank"
    r"|omitted|left empty))"
)
_FORBIDDEN = (
    r"(?:not (?:be )?(?:supported|allowed|available|permitted|accepted|valid|applicable|usable)"
    r"|unsupported|unavailable|forbidden|prohibited|disallowed|cannot be (?:used|set|provided|specified"
    r"|enabled)"
    r"|can't be (?:used|set)|must (?:not be (?:used|set|provided|specified|present|sent|passed)|be "
    r"(?:omitted|absent|empty|null|unset|left empty))|should not be (?:used|set|provided|specified))"
)
_IGNORED = (
    r"(?:(?:will be |is |are )?(?:ignored|disregarded|not used|overridden|not effective|ineffective"
    r"|inactive|invalid)|(?:has|have) no effect|(?:does|do|will) not (?:take effect|apply|have any "
    r"effect)|(?:is|are) not applied)"
)
_ONLY_VALID = (
    r"(?:valid|available|supported|allowed|permitted|usable|accepted|can be (?:used|set|enabled"
    r"|specified)|may be (?:used|set)|configurable|settable|provided?|specif(?:y|ied)|set)"
)
_ONLY_EFFECT = (
    r"(?:effective|applicable|appl(?:y|ies|ied)|takes? effect|works?|(?:is |are )?(?:used|relevant"
    r"|active|in effect|respected|considered|honou?red)|has (?:an )?effect|functional|meaningful|useful"
    r"|generated|returned)"
)


def _own(match: re.Match[str], ctx: Context) -> list[KnownField]:
    text = match.groupdict().get("own")
    if text:
        return fields_in(text, ctx)
    return [ctx.subject] if ctx.subject is not None and ctx.subject.location != "response" else []


def _if(kind: str, *, opposite: bool = False) -> Callable[[re.Match[str], Context], Sequence[Yield] | None]:
    """The condition stands right after the match; with `opposite` the rule holds where the condition does not."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        assert ctx.marked is not None  # noqa: S101
        found = condition_at(ctx.marked.text[match.end() :], ctx)
        if found is None:
            return None
        when: Condition | None = found[0]
        flipped = opposite != bool(match.groupdict().get("unless"))
        return conditional(kind, _own(match, ctx), both(case_condition(ctx), unless(when) if flipped else when))

    return yields


def _when_first(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`When C, a must be set`: the consequence stands behind the condition."""
    assert ctx.marked is not None  # noqa: S101
    text = ctx.marked.text
    found = condition_at(text[match.end() :], ctx, whole=False)
    if found is None:
        return None
    when: Condition | None = unless(found[0]) if match["unless"] else found[0]
    rest = text[match.end() + found[1] :]
    for kind, pattern in _CONSEQUENCES:
        if consequence := pattern.match(rest):
            own = fields_in(consequence["own"], ctx) if consequence["own"] else _own(consequence, ctx)
            return conditional(kind, own, both(case_condition(ctx), when))
    return None


_THEN = r"\s?,?\s?(?:then |otherwise )?(?:this |it )?"
_CONSEQUENCES = (
    ("required_if", re.compile(rf"{_THEN}(?:(?P<own>{FIELDS}) )?(?:is|are|becomes?)?\s?{_REQUIRED}", re.IGNORECASE)),
    (
        "required_if",
        re.compile(
            rf"{_THEN}(?:you )?(?:must|need to|have to|should)(?: also)? (?:provide|specify|set|pass|supply"
            rf"|include) (?P<own>{FIELDS})(?=\s*(?:$|[.,;(]))",
            re.IGNORECASE,
        ),
    ),
    ("forbidden_if", re.compile(rf"{_THEN}(?:(?P<own>{FIELDS}) )?(?:is|are)?\s?{_FORBIDDEN}", re.IGNORECASE)),
    (
        "forbidden_if",
        re.compile(
            rf"{_THEN}(?:you )?(?:cannot|must not|can't|do not|don't) (?:use|set|provide|specify|pass) "
            rf"(?P<own>{FIELDS})(?=\s*(?:$|[.,;(]))",
            re.IGNORECASE,
        ),
    ),
    ("ignored_if", re.compile(rf"{_THEN}(?:(?P<own>{FIELDS}) )?{_IGNORED}", re.IGNORECASE)),
)


def _in_case(kind: str) -> Callable[[re.Match[str], Context], Sequence[Yield] | None]:
    """The sentence belongs to a value of the subject: `a is ignored` under `true:`."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        assert ctx.marked is not None  # noqa: S101
        if re.match(r"\s?(?:when|if|unless|for|in)\b", ctx.marked.text[match.end() :], re.IGNORECASE):
            return None
        return conditional(kind, fields_in(match["own"], ctx), case_condition(ctx))

    return yields


def _requires(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`requires a`: under a value, that value needs `a`; else the subject needs `a`, or needs `a` to have a value."""
    assert ctx.marked is not None  # noqa: S101
    own = fields_in(match["own"], ctx) if match["own"] else ([ctx.subject] if ctx.subject else [])
    text = ctx.marked.text
    with_value = condition_at(
        re.sub(rf"^({FIELD})(?: to be(?: set to)?)? ", r"\1 is ", text[match.start("fields") :], count=1), ctx
    )
    rest = text[match.end() :]
    case = case_condition(ctx)
    if with_value is not None and not with_value[0].get("any") and re.match(r"\s?(?:to be|=|is|set to|`)", rest):
        return conditional("forbidden_if", own, unless(with_value[0])) if case is None else None
    if not re.match(r"\s*(?:$|[.,;()]|and\b|to be (?:set|provided|specified|present)|as\b|in order)", rest):
        return None
    if case is not None:
        return conditional("required_if", fields_in(match["fields"], ctx), case)
    if len(own) != 1:
        return None
    return conditional("required_if", fields_in(match["fields"], ctx), in_use(own[0]))


def _needs_value(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`a must be true if b is used`: b must be absent where a is not."""
    said = re.sub(r" (?:must|has to|needs to|should) be ", " is ", match["condition"], count=1)
    found = condition_at(said, ctx)
    if found is None or case_condition(ctx) is not None:
        return None
    return conditional("forbidden_if", fields_in(match["own"], ctx), unless(found[0]))


def _otherwise(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """The opposite of the condition that the statement gave before."""
    del match
    if not ctx.conditions or ctx.subject is None:
        return None
    return conditional("forbidden_if", [ctx.subject], unless(ctx.conditions[-1]))


def _overrides(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if ctx.subject is None or case_condition(ctx) is not None:
        return None
    return conditional("ignored_if", fields_in(match["fields"], ctx), in_use(ctx.subject))


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "required.if",
        "en",
        ("required", "mandatory", "needed", "must", "cannot", "can't"),
        compiled(rf"{_OWN}{_REQUIRED} (?:only )?(?:(?P<unless>unless)(?: you)? |{_WHEN}(?: you)? |(?=without ))(?=\S)"),
        _if("required_if"),
        (
            Example(
                "Required when `mode` is `pro`.",
                "/prompt",
                rules=(Rule("required_if", ("/prompt",), {"field": "/mode", "is": "pro"}),),
            ),
            Example(
                "Required unless `image` is provided.",
                "/video",
                rules=(Rule("required_if", ("/video",), {"field": "/image", "is": "absent"}),),
            ),
            Example(
                "Required if loop is true and mode is pro.",
                "/end_image",
                rules=(
                    Rule(
                        "required_if",
                        ("/end_image",),
                        {"all": [{"field": "/loop", "is": True}, {"field": "/mode", "is": "pro"}]},
                    ),
                ),
            ),
            Example("Required for the best results.", "/prompt"),
        ),
    ),
    Phrase(
        "forbidden.only",
        "en",
        ("only",),
        compiled(
            rf"{_OWN}(?:(?:is |are )?only {_ONLY_VALID}|{_ONLY_VALID} only)(?: together)? "
            rf"(?:(?P<unless>unless)(?: you)? |{_WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        _if("forbidden_if", opposite=True),
        (
            Example(
                "Only valid when `mode` is `pro`.",
                "/end_image",
                rules=(Rule("forbidden_if", ("/end_image",), {"field": "/mode", "is": "pro", "not": True}),),
            ),
            Example(
                "Only supported with `loop` enabled.",
                "/end_image",
                rules=(Rule("forbidden_if", ("/end_image",), {"field": "/loop", "is": False}),),
            ),
        ),
    ),
    Phrase(
        "ignored.only",
        "en",
        ("only",),
        compiled(
            rf"{_OWN}(?:(?:is |are )?only {_ONLY_EFFECT}|{_ONLY_EFFECT} only|(?:works|applies|applied|effective"
            r"|takes effect) (?:exclusively|solely))(?: together)? (?:to )?(?:(?P<unless>unless)(?: you)? "
            rf"|{_WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        _if("ignored_if", opposite=True),
        (
            Example(
                "Takes effect only when `loop` is true.",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
            Example(
                "Only used when `video` is provided.",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/video", "is": "absent"}),),
            ),
        ),
    ),
    Phrase(
        "effective.when",
        "en",
        ("takes effect", "effective", "applies", "applicable"),
        compiled(
            r"(?:^|(?<=[,;] ))(?:this (?:parameter |field )?)?(?:is )?(?:takes effect|effective|applies"
            r"|applicable)(?: only)? (?:when(?:ever)?|if|while) (?=\S)"
        ),
        _if("ignored_if", opposite=True),
        (
            Example(
                "Effective when `loop` is true.",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
        ),
    ),
    Phrase(
        "forbidden.only-set",
        "en",
        ("only set", "only use", "only provide", "only specify", "only pass"),
        compiled(
            rf"\bonly (?:set|use|provide|specify|pass)(?: this| it| {FIELD})? (?:(?P<unless>unless)|{_WHEN})(?: "
            r"you)?(?: set| use| enable| pass)? (?=\S)"
        ),
        _if("forbidden_if", opposite=True),
        (
            Example(
                "Only set this when `loop` is true.",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
            Example(
                "Only set this when you set loop: true.",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
        ),
    ),
    Phrase(
        "forbidden.needs-value",
        "en",
        ("must be", "has to be", "needs to be", "should be"),
        compiled(
            rf"(?=(?P<condition>{FIELD} (?:must|has to|needs to|should) be [^.;]{{1,60}}?),? (?:if|when|to use"
            rf"|in order to use|for) (?:using )?(?P<own>{FIELD})(?: (?:is|are|to be) {_USED}| is present|)\s*(?:$"
            r"|[.,;()]|to (?:work|take effect)))"
        ),
        lambda match, ctx: _needs_value(match, ctx),
        (
            Example(
                "`loop` must be set to true if this parameter is used.",
                "/n",
                rules=(Rule("forbidden_if", ("/n",), {"field": "/loop", "is": False}),),
            ),
        ),
    ),
    Phrase(
        "forbidden.if",
        "en",
        ("not", "forbidden", "prohibited", "unsupported", "unavailable", "must be", "disallowed"),
        compiled(
            rf"{_OWN}{_FORBIDDEN} (?:together )?(?:(?P<unless>unless)(?: you)? |{_WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        _if("forbidden_if"),
        (
            Example(
                "Not supported when `loop` is enabled.",
                "/end_image",
                rules=(Rule("forbidden_if", ("/end_image",), {"field": "/loop", "is": True}),),
            ),
            Example(
                "Must be omitted if `image` is set.",
                "/video",
                rules=(Rule("forbidden_if", ("/video",), {"field": "/image", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "forbidden.otherwise",
        "en",
        ("other", "otherwise"),
        compiled(
            r"(?:leave (?:it )?(?:empty|blank|unset)|must be (?:left )?(?:empty|omitted|absent)|(?:is )?not "
            r"(?:allowed|supported|applicable))",
            r" (?:for|in|with|under) (?:all )?(?:the )?other (?:types?|values?|modes?|cases?)|otherwise,? (?:it "
            r")?must be (?:empty|omitted|absent)",
        ),
        _otherwise,
        (
            Example(
                'Required when `mode` is "pro"; leave empty for other modes.',
                "/end_image",
                rules=(
                    Rule("required_if", ("/end_image",), {"field": "/mode", "is": "pro"}),
                    Rule("forbidden_if", ("/end_image",), {"field": "/mode", "is": "pro", "not": True}),
                ),
            ),
        ),
    ),
    Phrase(
        "ignored.if",
        "en",
        ("ignored", "effect", "disregarded", "not used", "apply", "overridden", "applied"),
        compiled(rf"{_OWN}{_IGNORED} (?:(?P<unless>unless)(?: you)? |{_WHEN}(?: you)? |(?=without ))(?=\S)"),
        _if("ignored_if"),
        (
            Example(
                "Ignored when `video` is provided.",
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/video", "is": "present"}),),
            ),
            Example(
                'Has no effect if `mode` is "std".',
                "/n",
                rules=(Rule("ignored_if", ("/n",), {"field": "/mode", "is": "std"}),),
            ),
            Example("Ignored for landscape pictures.", "/n"),
        ),
    ),
    Phrase(
        "when.first",
        "en",
        ("when", "if ", "unless", "with ", "for "),
        compiled(
            r"(?:^|(?<=[,:;(] )|(?<=- ))(?:note:? |important:? )?(?:(?P<unless>unless)|when(?:ever)?|if|once"
            r"|where|for|with) (?=\S)"
        ),
        _when_first,
        (
            Example(
                "When `loop` is true, `end_image` must be provided.",
                None,
                rules=(Rule("required_if", ("/end_image",), {"field": "/loop", "is": True}),),
            ),
            Example(
                "If `video` is set, `image` is ignored.",
                None,
                rules=(Rule("ignored_if", ("/image",), {"field": "/video", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "case.ignored",
        "en",
        ("ignored", "effect", "not used", "invalid"),
        compiled(rf"(?P<own>{FIELDS}) (?:is |are |will be )?(?:ignored|invalid|not used|(?:has|have) no effect)"),
        _in_case("ignored_if"),
        (
            Example(
                "- true: Joins the ends. `end_image` is ignored.",
                "/loop",
                rules=(Rule("ignored_if", ("/end_image",), {"field": "/loop", "is": True}),),
            ),
        ),
    ),
    Phrase(
        "case.required",
        "en",
        ("required", "must be"),
        compiled(rf"(?P<own>{FIELDS}) (?:is |are )?{_REQUIRED}"),
        _in_case("required_if"),
        (
            Example(
                "- pro: Better. `end_image` is required.",
                "/mode",
                rules=(Rule("required_if", ("/end_image",), {"field": "/mode", "is": "pro"}),),
            ),
        ),
    ),
    Phrase(
        "requires",
        "en",
        ("requires", "require ", "depends on"),
        compiled(rf"(?:(?P<own>{FIELDS}) )?\b(?:requires|depends on) (?:that )?(?:the )?(?P<fields>{FIELDS})"),
        _requires,
        (
            Example(
                "- pro: Better pictures, requires `end_image`.",
                "/mode",
                rules=(Rule("required_if", ("/end_image",), {"field": "/mode", "is": "pro"}),),
            ),
            Example(
                "Requires `image`.",
                "/end_image",
                rules=(Rule("required_if", ("/image",), {"field": "/end_image", "is": "present"}),),
            ),
        ),
    ),
    Phrase(
        "overrides",
        "en",
        ("overrid", "precedence", "takes priority"),
        compiled(
            r"(?:\bif (?:provided|set|specified|present|given),? |^)(?:this |it )?(?:overrides|takes precedence "
            rf"over|takes priority over) (?:the |any |single )*(?P<fields>{FIELDS})"
        ),
        _overrides,
        (
            Example(
                "If provided, overrides the prompt.",
                "/multi_prompt",
                rules=(Rule("ignored_if", ("/prompt",), {"field": "/multi_prompt", "is": "present"}),),
            ),
        ),
    ),
)
