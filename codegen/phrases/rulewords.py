"""Pieces that the phrases of rules share: lists of marked fields, groups of them, conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.facts import Json
from codegen.phrases.conditions import Condition, negated, read_condition
from codegen.phrases.mentions import FIELD, VALUE
from codegen.phrases.phrase import Context, Rule
from codegen.phrases.scope import own_name, parent, types_of
from codegen.phrases.statement import KnownField

SEPARATOR = (
    r"(?:\s?,\s?(?:and |or |nor )?|\s(?:and|or|nor|&|plus|with)\s|\s?[/、+]\s?|\s?(?:和|与|或者?|及|以及|跟|同)\s?)"
)
FIELDS = rf"{FIELD}(?:{SEPARATOR}{FIELD})*"
SEVERAL = rf"{FIELD}(?:{SEPARATOR}{FIELD})+"
_SLASHED = re.compile(rf"{FIELD}(?:\s?/\s?{FIELD})+")
_REST = re.compile(
    r"\s*(?:$|[,.;()。)]|-\s|:\s|otherwise|to avoid|because|so that|since|in order|instead|，|时(?:必填"
    r"|必传|需要|可用|有效|生效|使用)?\s*$|时?[,)]|的?(?:情况|时候|场景)下?\s*(?:$|,)|才|后)",
    re.IGNORECASE,
)


def fields_in(text: str, ctx: Context) -> list[KnownField]:
    """Return the request fields that marked text mentions, in order, once each."""
    return [_outside(f, ctx) for f in ctx.marked.fields(text) if f.location != "response"]


def _outside(field: KnownField, ctx: Context) -> KnownField:
    """Return the field of the same name outside of the subject, where the name means a member of it and another."""
    if ctx.subject is None or not field.pointer.startswith(ctx.subject.pointer + "/"):
        return field
    others = [
        f
        for f in ctx.index.names.get(own_name(field.pointer).lower(), ())
        if not f.pointer.startswith(ctx.subject.pointer + "/")
    ]
    return others[0] if len(others) == 1 else field


def pointers(fields: Sequence[KnownField]) -> tuple[str, ...]:
    """Return the fields' pointers."""
    return tuple(dict.fromkeys(f.pointer for f in fields))


def exclusive_sets(text: str, ctx: Context) -> list[tuple[str, ...]]:
    """Return the sets of which no two may stand together; `a/b, c` are a or b against c, not a against b."""
    groups = [list(pointers(fields_in(m[0], ctx))) for m in _SLASHED.finditer(text)]
    single = [[p] for p in pointers(fields_in(_SLASHED.sub(" ", text), ctx))]
    every = [g for g in (*groups, *single) if g]
    if len(every) == 1:
        return [tuple(every[0])] if len(every[0]) > 1 else []
    order = {p: n for n, p in enumerate(pointers(fields_in(text, ctx)))}
    sets: list[tuple[str, ...]] = [()]
    for group in every:
        sets = [(*s, p) for s in sets for p in group][:16]
    return [tuple(sorted(s, key=order.__getitem__)) for s in sets]


def condition_at(text: str, ctx: Context, *, whole: bool = True) -> tuple[Condition, int] | None:
    """Read the condition that marked text begins with; None where it is not understood to its end.

    A condition may be bare values: of the field that the statement's last condition was about, or of the one other
    field that lists them.
    """
    found = read_condition(text, ctx.marked, ctx.subject)
    if found is None and whole:
        found = _bare_values(text, ctx)
    if found is None or (whole and not _REST.match(text, found[1])):
        return None
    if "field" in found[0]:
        ctx.asked.append(found[0]["field"])
    ctx.conditions.append(found[0])
    return found


_VALUES = re.compile(
    rf"(?:the )?(?P<values>(?:{VALUE}|[A-Za-z0-9_.:-]{{2,30}})(?:(?:, (?:or |and )?| or | and |/|、"
    rf"|或)(?:{VALUE}|[A-Za-z0-9_.:-]{{2,30}})){{0,8}})"
    r"(?: (?:modes?|resolutions?|quality|formats?|types?|output|images?|files?|models?|only"
    rf"|values?)){{0,3}}(?: (?P<of>{FIELD}))?"
)
_VALUE = re.compile(rf"{VALUE}|[A-Za-z0-9_.:-]{{2,30}}")


def _bare_values(text: str, ctx: Context) -> tuple[Condition, int] | None:
    match = _VALUES.match(text)
    if match is None or not _REST.match(text, match.end()):
        return None
    words = [w for w in _VALUE.findall(match["values"]) if w not in ("or", "and")]
    mentions = ctx.marked.mentions
    quoted = all(w in mentions for w in words)
    values: list[Json] = [mentions[w].value if w in mentions else w for w in words]
    named = fields_in(match["of"] or "", ctx)
    asked = named or [f for f in ctx.index.fields.values() if f.pointer in ctx.asked[-1:]]
    if asked and (quoted if not asked[0].enum else all(v in asked[0].enum for v in values)):
        return {"field": asked[0].pointer, "is": values[0] if len(values) == 1 else values}, match.end()
    when = listed_condition(values, ctx)
    return (when, match.end()) if when is not None else None


def listed_condition(values: Sequence[Json], ctx: Context) -> Condition | None:
    """Return the condition that the one other field that lists these values has one of them; siblings come first."""
    if ctx.subject is None or not values:
        return None
    holders = [
        f
        for f in ctx.index.fields.values()
        if f.location == ctx.subject.location and f != ctx.subject and f.enum and all(v in f.enum for v in values)
    ]
    near = [f for f in holders if parent(f.pointer) == parent(ctx.subject.pointer)] or holders
    if len(near) != 1:
        return None
    return {"field": near[0].pointer, "is": values[0] if len(values) == 1 else list(values)}


def case_condition(ctx: Context) -> Condition | None:
    """Return the condition that the list item of a value stands for: the subject has that value."""
    if ctx.subject is None or isinstance(ctx.case, type(None)) or repr(ctx.case) == "MISSING":
        return None
    return {"field": ctx.subject.pointer, "is": ctx.case}


def both(one: Condition | None, other: Condition | None) -> Condition | None:
    """Return the condition that two hold, or None where that needs more depth than a condition has."""
    if one is None or other is None:
        return one or other
    parts: list[Condition] = []
    for each in (one, other):
        if "any" in each:
            return None
        parts.extend(each.get("all", [each]))
    return {"all": parts}


def conditional(kind: str, fields: Sequence[KnownField], when: Condition | None) -> list[Rule] | None:
    """Return one rule per field; a condition that speaks of the field itself makes none."""
    if when is None or not fields:
        return None
    about = condition_fields(when)
    rules = [Rule(kind, (p,), when) for p in pointers(fields) if p not in about]
    return rules if len(rules) == len(pointers(fields)) else None


def unless(when: Condition | None) -> Condition | None:
    """Return the opposite of a condition."""
    return negated(when) if when is not None else None


def condition_fields(when: Condition) -> set[str]:
    """Return the pointers a condition speaks of."""
    for name in ("all", "any"):
        if name in when:
            return set().union(*(condition_fields(p) for p in when[name]))
    return {when["field"]}


def in_use(field: KnownField) -> Condition:
    """Return the condition that a field is used: a flag is true, anything else is present."""
    return {"field": field.pointer, "is": True if types_of(field) == {"boolean"} else "present"}
