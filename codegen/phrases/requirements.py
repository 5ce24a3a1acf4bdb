"""What a condition requires, in English: required_if, and `when C, …` of every kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.around import FURTHER
from codegen.phrases.clauses import FORBIDDEN, IGNORED, OWN, REQUIRED, WHEN, holds_if, in_case, own_fields
from codegen.phrases.conditions import Condition
from codegen.phrases.lazy import Pattern
from codegen.phrases.mentions import FIELD
from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import FIELDS, both, case_condition, condition_at, conditional, fields_in, in_use, unless
from codegen.phrases.sets import held


def _when_first(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`When C, a must be set`: the consequence stands behind the condition."""
    text = ctx.marked.text
    found = condition_at(text[match.end() :], ctx, whole=False)
    if found is None:
        return None
    when: Condition | None = unless(found[0]) if match["unless"] else found[0]
    rest = text[match.end() + found[1] :]
    for kind, pattern in _CONSEQUENCES:
        consequence = pattern.match(rest)
        if consequence and not FURTHER.match(rest, consequence.end()):
            own = fields_in(consequence["own"], ctx) if consequence["own"] else own_fields(consequence, ctx)
            return conditional(kind, own, both(case_condition(ctx), when))
    return None


_THEN = r"\s?,?\s?(?:then |otherwise )?(?:this |it )?"

_CONSEQUENCES = (
    ("required_if", Pattern(rf"{_THEN}(?:(?P<own>{FIELDS}) )?(?:is|are|becomes?)?\s?{REQUIRED}", re.IGNORECASE)),
    (
        "required_if",
        Pattern(
            rf"{_THEN}(?:you )?(?:must|need to|have to|should)(?: also)? (?:provide|specify|set|pass|supply"
            rf"|include) (?P<own>{FIELDS})(?=\s*(?:$|[.,;(]))",
            re.IGNORECASE,
        ),
    ),
    ("forbidden_if", Pattern(rf"{_THEN}(?:(?P<own>{FIELDS}) )?(?:is|are)?\s?{FORBIDDEN}", re.IGNORECASE)),
    (
        "forbidden_if",
        Pattern(
            rf"{_THEN}(?:you )?(?:cannot|must not|can't|do not|don't) (?:use|set|provide|specify|pass) "
            rf"(?P<own>{FIELDS})(?=\s*(?:$|[.,;(]))",
            re.IGNORECASE,
        ),
    ),
    ("ignored_if", Pattern(rf"{_THEN}(?:(?P<own>{FIELDS}) )?{IGNORED}", re.IGNORECASE)),
)


def _requires(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`requires a`: under a value, that value needs `a`; else the subject needs `a`, or needs `a` to have a value."""
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
    return held(conditional("required_if", fields_in(match["fields"], ctx), in_use(own[0])) or (), match, ctx)


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "required.if",
        "en",
        ("required", "mandatory", "needed", "must", "cannot", "can't"),
        compiled(rf"{OWN}{REQUIRED} (?:only )?(?:(?P<unless>unless)(?: you)? |{WHEN}(?: you)? |(?=without ))(?=\S)"),
        holds_if("required_if"),
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
        "case.required",
        "en",
        ("required", "must be"),
        compiled(rf"(?P<own>{FIELDS}) (?:is |are )?{REQUIRED}"),
        in_case("required_if"),
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
)
