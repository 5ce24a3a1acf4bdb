"""Fields that exclude each other or belong together, in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import (
    FIELDS,
    SEVERAL,
    case_condition,
    conditional,
    fields_in,
    in_use,
    pointers,
)
from codegen.phrases.sets import all_or_none, at_least_one, at_most_one, exactly_one, exclude, exclusive, held

_USED = (
    r"(?:used|combined|set|provided|specified|passed|enabled|sent|present|mixed|included|supplied|given"
    r"|defined|configured|paired|applied|selected)"
)

_CANNOT = r"(?:cannot|can't|can not|must not|mustn't|should not|shouldn't|may not|could not|are not to|is not to)"

_TOGETHER = (
    r"(?:together|simultaneously|at the same time|in combination|at once|in the same request"
    r"|concurrently|in conjunction|alongside|along)"
)


def _either(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    fields = pointers(fields_in(match["fields"], ctx))
    kind = _either_kind(match[0] + ctx.marked.text[match.end() :][:60])
    if len(fields) < 2 or kind is None or case_condition(ctx) is not None:
        return None
    return held([Rule(kind, fields)], match, ctx)


def _either_kind(said: str) -> str | None:
    if re.search(r"^\W*(?:choose|select|pick)", said, re.IGNORECASE):
        return "exactly_one"
    if re.search(r"mutually exclusive|not both|but not (?:both|together)|never both", said, re.IGNORECASE):
        needed = re.search(r"must|required|need|^\W*(?:provide|specify|use|pass|set|supply)", said, re.IGNORECASE)
        return "exactly_one" if needed else "at_most_one"
    return "at_least_one" if re.search(r"must|required|need|provide", said, re.IGNORECASE) else None


def _not_empty(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    fields = pointers(fields_in(match["fields"], ctx))
    both = re.search(
        r"(?:cannot|nor|or|not) (?:be )?both (?:be )?(?:have values|set|populated|provided|filled|present)",
        match["tail"],
        re.IGNORECASE,
    )
    rules = [Rule("exactly_one" if both else "at_least_one", fields)]
    return held(rules, match, ctx) if len(fields) > 1 else None


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
        exclude,
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
        exclusive,
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
        exclude,
        (
            Example(
                "Cannot be used together with multi_prompt.",
                "/end_image",
                rules=(Rule("at_most_one", ("/end_image", "/multi_prompt")),),
            ),
            Example("Must not be combined with `video`.", "/image", rules=(Rule("at_most_one", ("/image", "/video")),)),
        ),
        needs=("not", "n't"),
    ),
    Phrase(
        "exclusive.do-not",
        "en",
        ("do not", "don't", "never"),
        compiled(
            r"(?:do not|don't|never) (?:use|combine|set|provide|specify|pass|mix|send)(?: (?:this|it|both))?(?: "
            rf"{_TOGETHER})?(?: with| together with| and) (?P<fields>{FIELDS})(?! (?:is|are|set|=)\b)"
        ),
        exclude,
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
        exactly_one,
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
        at_most_one,
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
        exactly_one,
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
        at_least_one,
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
        _not_empty,
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
        all_or_none,
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
        all_or_none,
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
            held(conditional("required_if", fields_in(match["fields"], ctx), in_use(ctx.subject)) or (), match, ctx)
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
)
