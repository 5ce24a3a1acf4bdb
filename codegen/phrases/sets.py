"""What a match on several fields yields: rules over the set of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Rule, Yield, Yields
from codegen.phrases.rulewords import (
    case_condition,
    conditional,
    exclusive_sets,
    fields_in,
    in_use,
    pointers,
)
from codegen.phrases.scope import types_of

_SUPPOSED = re.compile(r"\s?(?:(?:if|when|whenever|in case|for|in|under|with)\b|若|如果|当|对于|在)", re.IGNORECASE)


def supposed(match: re.Match[str], ctx: Context) -> bool:
    """Whether a condition stands ahead of the match: what follows holds only then, or says what happens then."""
    return _SUPPOSED.match(ctx.marked.text[: match.start()]) is not None


def exclude(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`a` and `b` exclude each other, or the subject excludes each of them."""
    if "own" in match.groupdict() and match["own"]:
        own = fields_in(match["own"], ctx)
    else:
        own = [ctx.subject] if ctx.subject is not None else []
    others = [f for f in fields_in(match["fields"], ctx) if f not in own]
    if not own or not others or case_condition(ctx) is not None or supposed(match, ctx):
        return None
    flags = [f for f in (*own, *others) if types_of(f) == {"boolean"}]
    if flags:
        if len(own) != 1 or len(others) != 1 or len(flags) != 1:
            return None
        other = next(f for f in (*own, *others) if f not in flags)
        return conditional("forbidden_if", [other], in_use(flags[0]))
    return [Rule("at_most_one", (a, b)) for a in pointers(own) for b in pointers(others)]


def exclusive(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """Yield that no two of the fields stand together."""
    if supposed(match, ctx):
        return None
    fields = fields_in(match["fields"], ctx)
    if any(types_of(f) == {"boolean"} for f in fields):
        return None
    return [Rule("at_most_one", s) for s in exclusive_sets(match["fields"], ctx) if len(s) > 1] or None


def one_set(kind: str) -> Yields:
    """Return what yields a rule of that kind over the fields, and the subject where the match has `own`."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        fields = pointers(fields_in(match["fields"], ctx))
        if "own" in match.groupdict() and ctx.subject is not None and match["own"] is not None:
            fields = tuple(dict.fromkeys((ctx.subject.pointer, *fields)))
        if len(fields) < 2 or case_condition(ctx) is not None or supposed(match, ctx):
            return None
        return [Rule(kind, fields)]

    return yields


at_most_one, exactly_one, at_least_one, all_or_none = map(
    one_set, ("at_most_one", "exactly_one", "at_least_one", "all_or_none")
)
