"""What a condition forbids or leaves without effect, in English: forbidden_if, ignored_if."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.clauses import FORBIDDEN, IGNORED, OWN, USED, WHEN, holds_if, in_case
from codegen.phrases.mentions import FIELD
from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import FIELDS, case_condition, condition_at, conditional, fields_in, in_use, unless

_ONLY_VALID = (
    r"(?:valid|available|supported|allowed|permitted|usable|accepted|can be (?:used|set|enabled"
    r"|specified)|may be (?:used|set)|configurable|settable|provided?|specif(?:y|ied)|set)"
)

_ONLY_EFFECT = (
    r"(?:effective|applicable|appl(?:y|ies|ied)|takes? effect|works?|(?:is |are )?(?:used|relevant"
    r"|active|in effect|respected|considered|honou?red)|has (?:an )?effect|functional|meaningful|useful"
    r"|generated|returned)"
)


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
        "forbidden.only",
        "en",
        ("only",),
        compiled(
            rf"{OWN}(?:(?:is |are )?only {_ONLY_VALID}|{_ONLY_VALID} only)(?: together)? "
            rf"(?:(?P<unless>unless)(?: you)? |{WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        holds_if("forbidden_if", opposite=True),
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
        needs=(
            "valid",
            "avail",
            "support",
            "allow",
            "permit",
            "usable",
            "accept",
            "be used",
            "be set",
            "can be",
            "config",
            "settable",
            "provide",
            "specif",
            "only set",
            "set only",
        ),
    ),
    Phrase(
        "ignored.only",
        "en",
        ("only",),
        compiled(
            rf"{OWN}(?:(?:is |are )?only {_ONLY_EFFECT}|{_ONLY_EFFECT} only|(?:works|applies|applied|effective"
            r"|takes effect) (?:exclusively|solely))(?: together)? (?:to )?(?:(?P<unless>unless)(?: you)? "
            rf"|{WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        holds_if("ignored_if", opposite=True),
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
        needs=(
            "effect",
            "appl",
            "work",
            "used",
            "relevant",
            "active",
            "respect",
            "consider",
            "hono",
            "function",
            "meaningful",
            "useful",
            "generated",
            "returned",
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
        holds_if("ignored_if", opposite=True),
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
            rf"\bonly (?:set|use|provide|specify|pass)(?: this| it| {FIELD})? (?:(?P<unless>unless)|{WHEN})(?: "
            r"you)?(?: set| use| enable| pass)? (?=\S)"
        ),
        holds_if("forbidden_if", opposite=True),
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
            rf"|in order to use|for) (?:using )?(?P<own>{FIELD})(?: (?:is|are|to be) {USED}| is present|)\s*(?:$"
            r"|[.,;()]|to (?:work|take effect)))"
        ),
        _needs_value,
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
            rf"{OWN}{FORBIDDEN} (?:together )?(?:(?P<unless>unless)(?: you)? |{WHEN}(?: you)? |(?=without ))(?=\S)"
        ),
        holds_if("forbidden_if"),
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
        compiled(rf"{OWN}{IGNORED} (?:(?P<unless>unless)(?: you)? |{WHEN}(?: you)? |(?=without ))(?=\S)"),
        holds_if("ignored_if"),
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
        "case.ignored",
        "en",
        ("ignored", "effect", "not used", "invalid"),
        compiled(rf"(?P<own>{FIELDS}) (?:is |are |will be )?(?:ignored|invalid|not used|(?:has|have) no effect)"),
        in_case("ignored_if"),
        (
            Example(
                "- true: Joins the ends. `end_image` is ignored.",
                "/loop",
                rules=(Rule("ignored_if", ("/end_image",), {"field": "/loop", "is": True}),),
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
