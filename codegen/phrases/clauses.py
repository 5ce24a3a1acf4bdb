"""Pieces of English sentences that say what holds under a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from codegen.phrases.around import condition_around
from codegen.phrases.phrase import Context, Yield
from codegen.phrases.rulewords import FIELDS, both, case_condition, condition_at, conditional, fields_in, unless
from codegen.phrases.statement import KnownField

USED = r"(?:used|set|provided|specified|passed|enabled|present|given|supplied)"

WHEN = r"(?:when(?:ever)?|if|for|in|under|in case|where|while|with|provided(?: that)?|once|as long as)"

OWN = rf"(?:(?P<own>{FIELDS})(?:,? (?:is|are|will be|be|must be|becomes|has to be))? )?"

REQUIRED = (
    r"(?:(?:only |also |always )?(?:required|mandatory|needed|compulsory)|must (?:also |always )?be "
    r"(?:provided|set|specified|present|given|passed|supplied|included|filled|sent)(?! to\b)|has to be "
    r"(?:set|provided)(?! to\b)|(?:must not|cannot|can not|can't|should not) be (?:empty|null|blank"
    r"|omitted|left empty))"
)

FORBIDDEN = (
    r"(?:not (?:be )?(?:supported|allowed|available|permitted|accepted|valid|applicable|usable)"
    r"|unsupported|unavailable|forbidden|prohibited|disallowed|cannot be (?:used|set|provided|specified"
    r"|enabled)"
    r"|can't be (?:used|set)|must (?:not be (?:used|set|provided|specified|present|sent|passed)|be "
    r"(?:omitted|absent|empty|null|unset|left empty))|should not be (?:used|set|provided|specified))"
)

IGNORED = (
    r"(?:(?:will be |is |are )?(?:ignored|disregarded|not used|overridden|not effective|ineffective"
    r"|inactive|invalid)|(?:has|have) no effect|(?:does|do|will) not (?:take effect|apply|have any "
    r"effect)|(?:is|are) not applied)"
)


def own_fields(match: re.Match[str], ctx: Context) -> list[KnownField]:
    """Return the fields that the match names as `own`, else the subject."""
    text = match.groupdict().get("own")
    if text:
        return fields_in(text, ctx)
    return [ctx.subject] if ctx.subject is not None and ctx.subject.location != "response" else []


def holds_if(kind: str, *, opposite: bool = False) -> Callable[[re.Match[str], Context], Sequence[Yield] | None]:
    """The condition stands right after the match; with `opposite` the rule holds where the condition does not."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        found = condition_at(ctx.marked.text[match.end() :], ctx)
        if found is None:
            return None
        flipped = opposite != bool(match.groupdict().get("unless"))
        when = both(case_condition(ctx), unless(found[0]) if flipped else found[0])
        around = condition_around(match, ctx, match.end() + found[1])
        if around is None:
            return ()
        return conditional(kind, own_fields(match, ctx), both(around, when) if around else when)

    return yields


def in_case(kind: str) -> Callable[[re.Match[str], Context], Sequence[Yield] | None]:
    """The sentence belongs to a value of the subject: `a is ignored` under `true:`."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        if re.match(r"\s?(?:when|if|unless|for|in)\b", ctx.marked.text[match.end() :], re.IGNORECASE):
            return None
        return conditional(kind, fields_in(match["own"], ctx), case_condition(ctx))

    return yields
