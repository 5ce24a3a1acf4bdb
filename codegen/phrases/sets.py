"""What a match on several fields yields: rules over the set of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from codegen.phrases.around import condition_around
from codegen.phrases.conditions import Condition
from codegen.phrases.phrase import Context, Rule, Yield, Yields
from codegen.phrases.rulewords import (
    both,
    case_condition,
    condition_fields,
    conditional,
    exclusive_sets,
    fields_in,
    in_use,
    pointers,
)
from codegen.phrases.scope import types_of


def held(rules: Sequence[Rule], match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """Return rules as they hold under the condition around the match, none where no rule says that."""
    if not rules:
        return None
    when = condition_around(match, ctx)
    if not when:
        return rules if when is not None else ()
    under = [each for rule in rules for each in _under(rule, when)]
    known = [rule for rule in under if rule is not None]
    return known if len(known) == len(under) else ()


def _under(rule: Rule, when: Condition) -> Iterator[Rule | None]:
    """Yield what a rule says where a condition holds: a set excludes, or needs one, by rules of its members."""
    if rule.when is not None:
        yield _conditional(rule.kind, rule.fields[0], both(rule.when, when))
        return
    if rule.kind not in ("at_most_one", "at_least_one", "exactly_one"):
        yield None
    if rule.kind in ("at_most_one", "exactly_one"):
        for one, other in combinations(rule.fields, 2):
            yield _conditional("forbidden_if", one, both({"field": other, "is": "present"}, when))
    if rule.kind in ("at_least_one", "exactly_one"):
        first, *others = rule.fields
        yield _conditional("required_if", first, both({"all": [{"field": f, "is": "absent"} for f in others]}, when))


def _conditional(kind: str, field: str, when: Condition | None) -> Rule | None:
    return Rule(kind, (field,), when) if when is not None and field not in condition_fields(when) else None


def exclude(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`a` and `b` exclude each other, or the subject excludes each of them."""
    if "own" in match.groupdict() and match["own"]:
        own = fields_in(match["own"], ctx)
    else:
        own = [ctx.subject] if ctx.subject is not None else []
    others = [f for f in fields_in(match["fields"], ctx) if f not in own]
    if not own or not others or case_condition(ctx) is not None:
        return None
    flags = [f for f in (*own, *others) if types_of(f) == {"boolean"}]
    if flags:
        if len(own) != 1 or len(others) != 1 or len(flags) != 1:
            return None
        other = next(f for f in (*own, *others) if f not in flags)
        return held(conditional("forbidden_if", [other], in_use(flags[0])) or (), match, ctx)
    return held([Rule("at_most_one", (a, b)) for a in pointers(own) for b in pointers(others)], match, ctx)


def exclusive(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """Yield that no two of the fields stand together."""
    fields = fields_in(match["fields"], ctx)
    if any(types_of(f) == {"boolean"} for f in fields):
        return None
    return held([Rule("at_most_one", s) for s in exclusive_sets(match["fields"], ctx) if len(s) > 1], match, ctx)


def one_set(kind: str) -> Yields:
    """Return what yields a rule of that kind over the fields, and the subject where the match has `own`."""

    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        fields = pointers(fields_in(match["fields"], ctx))
        if "own" in match.groupdict() and ctx.subject is not None and match["own"] is not None:
            fields = tuple(dict.fromkeys((ctx.subject.pointer, *fields)))
        if len(fields) < 2 or case_condition(ctx) is not None:
            return None
        return held([Rule(kind, fields)], match, ctx)

    return yields


at_most_one, exactly_one, at_least_one, all_or_none = map(
    one_set, ("at_most_one", "exactly_one", "at_least_one", "all_or_none")
)
