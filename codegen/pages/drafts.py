"""Fields of an outlined page under way, and the operations they make in the end."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codegen.facts import MISSING, FieldFact, Json, Location, _Missing
from codegen.pages.reading import OperationReading, once
from codegen.pages.routes import Route
from codegen.pages.types import TypeReading
from codegen.phrases.statement import Statement
from specs import pointers

_OPERATION: Final[tuple[Location, None]] = ("body", None)
"""The subject of prose that is about no single field."""


@dataclass(slots=True)
class Draft:
    """A field being read, and its section's kind."""

    section: str
    pointer: str
    name: str
    line: int
    kind: TypeReading
    required: bool | None = None
    default: Json | _Missing = MISSING
    schema: dict[str, Json] = field(default_factory=dict)
    chapter: int = 0
    """The line of the page's last heading of level 1 or 2 above the field."""
    stated: bool = True
    """Whether a heading says what kind of parameters stand here."""


Said = tuple[Draft | None, str, int, bool]
"""A piece of prose: the field it describes, the text, its line, and whether it stands on one line of the page."""


def operations(
    drafts: Sequence[Draft], said: Sequence[Said], markers: Sequence[tuple[Route, bool]]
) -> tuple[OperationReading, ...]:
    """Return the operations: each field goes to the route named last before it."""
    strong = [route for route, is_strong in markers if is_strong] or [route for route, _ in markers]
    strong.sort(key=lambda route: route.line)
    distinct = list({_key(r): r for r in reversed(strong)}.values())[::-1]
    groups: dict[tuple[str, str] | None, list[Draft]] = {}
    for draft in drafts:
        made = _nearest(strong, draft.line) if len(distinct) > 1 else (distinct[0] if distinct else None)
        if made and len(distinct) > 1 and not draft.stated and made.line < draft.chapter:
            continue
        groups.setdefault(_key(made) if made else None, []).append(draft)
    if not groups:
        groups = {_key(distinct[0]) if len(distinct) == 1 else None: []}
    found = []
    first = {_key(r): r for r in reversed(strong)}
    for key, members in groups.items():
        own = first.get(key) if key else None
        reading = _operation(own, members, said, alone=len(groups) == 1)
        addressed = _in_address(route for route, _ in markers if _key(route) == key)
        found.append(replace(reading, fields=once((*reading.fields, *addressed))))
    return tuple(found)


def _key(route: Route) -> tuple[str, str]:
    return route.method, route.path


def _in_address(routes: Iterable[Route]) -> Iterator[FieldFact]:
    """Yield the query's parameters that an address has placeholders for."""
    for route in routes:
        for name in route.query:
            yield FieldFact("query", pointers.join(name), "string", True, route.line)


def _operation(made: Route | None, drafts: list[Draft], said: Sequence[Said], *, alone: bool) -> OperationReading:
    fields: dict[tuple[str, str], FieldFact] = {}
    places: dict[int, tuple[Location, str]] = {}
    for draft in drafts:
        location = _location(draft, made)
        pointer = draft.pointer if location in ("body", "response") else pointers.join(draft.pointer.lstrip("/"))
        required = draft.required
        fact = FieldFact(location, pointer, draft.kind.type, required, draft.line, draft.schema, draft.default)
        held = fields.setdefault((location, pointer), fact)
        if held.required is not True and required:
            fields[(location, pointer)] = replace(held, required=True)
        places[id(draft)] = (location, pointer)
    statements: list[Statement] = []
    folded: set[int] = set()
    for subject, text, line, is_folded in said:
        if (subject is None and not alone) or (subject is not None and id(subject) not in places):
            continue
        if is_folded:
            folded.add(len(statements))
        where, place = places[id(subject)] if subject is not None else _OPERATION
        statements.append(Statement(text, line, place, where))
    method, path, server = (made.method, made.path, made.server) if made else (None, None, None)
    return OperationReading(method, path, server, tuple(fields.values()), tuple(statements), (), frozenset(folded))


def _location(draft: Draft, made: Route | None) -> Location:
    """Return where a field goes; of a GET, parameters that no heading places are the query's or the path's."""
    if draft.section == "response":
        return "response"
    if made and "/" not in draft.pointer[1:] and re.search(rf"[{{:<]{re.escape(draft.name)}\b", made.path):
        return "path"
    if draft.section in ("header", "query", "path"):
        return draft.section  # type: ignore[return-value]
    if draft.section == "request" and made and made.method in ("GET", "DELETE", "HEAD"):
        return "query"
    return "body"


def _nearest(markers: list[Route], line: int) -> Route | None:
    """Return the last route named up to a line, or the first after it."""
    return markers[max(0, bisect_right(markers, line, key=lambda route: route.line) - 1)] if markers else None
