"""A page's bytes into facts: what its format says, joined with what its prose says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from codegen import pages, phrases
from codegen.facts import MISSING, Disputed, Facts, FieldFact, Json, OperationFacts, Said, Unread, _Missing
from codegen.pages import OperationReading, PageNames
from codegen.phrases.statement import Constraint, KnownField, Reading, Scope, Statement


def extract(data: bytes, names: Iterable[PageNames] = (), place: str = "<page>") -> Facts:
    """Return the facts of one page; `place` names it in errors.

    `names` holds what pages leave out (`codegen.pages.naming.load`); the entry with this page's hash is used.
    Raises PageError where the bytes are no page, its format is unknown, or it documents nothing.
    """
    page = pages.decode(data, place)
    own = next((entry for entry in names if entry.sha256 == page.sha256), None)
    reading = pages.read(page, own)
    operations: list[OperationFacts] = []
    unread: list[Unread] = list(reading.notes)
    disputed: list[Disputed] = []
    for operation in reading.operations:
        facts, missed, differing = _understand(_named(operation, own))
        operations.append(facts)
        unread.extend(missed)
        disputed.extend(row for row in differing if row not in disputed)
    rows = sorted(set(unread), key=lambda row: (row.line, row.text))
    return Facts(reading.title, reading.format, page.sha256, tuple(operations), tuple(rows), tuple(disputed))


def _named(operation: OperationReading, own: PageNames | None) -> OperationReading:
    """Fill in the route where the page gives none and its pages.toml entry does."""
    if own is None or operation.path is not None:
        return operation
    return replace(operation, method=own.method, path=own.path, server=operation.server or own.server)


def _understand(operation: OperationReading) -> tuple[OperationFacts, tuple[Unread, ...], list[Disputed]]:
    scope = Scope(tuple(_known(field) for field in operation.fields))
    reading = _read_prose(operation, scope)
    fields, disputed = _merge(operation.fields, reading.constraints)
    rules = list(operation.rules)
    seen = {(rule.kind, rule.fields, repr(rule.when), rule.op, rule.total) for rule in rules}
    for rule in reading.rules:
        key = (rule.kind, rule.fields, repr(rule.when), rule.op, rule.total)
        if key not in seen:
            seen.add(key)
            rules.append(rule)
    facts = OperationFacts(
        operation.method, operation.path, operation.server, fields, tuple(rules), operation.deprecated
    )  # fmt: skip
    return facts, reading.unread, disputed


def _read_prose(operation: OperationReading, scope: Scope) -> Reading:
    """Read the statements; those that stand on one line of the page are numbered apart and back again."""
    firsts, numbered, line = [], [], 1
    for statement in operation.statements:
        firsts.append(line)
        numbered.append(Statement(statement.text, line, statement.subject, statement.location))
        line += statement.text.count("\n") + 1
    reading = phrases.read(numbered, scope)

    def back(line: int) -> int:
        at = bisect_right(firsts, line) - 1
        return operation.statements[at].line + (0 if at in operation.folded else line - firsts[at])

    def stated(constraint: Constraint) -> Constraint:
        said = {path: tuple(Said(back(s.line), s.value) for s in every) for path, every in constraint.said.items()}
        return replace(constraint, line=back(constraint.line), said=said)

    return Reading(
        tuple(map(stated, reading.constraints)),
        tuple(replace(rule, line=back(rule.line)) for rule in reading.rules),
        tuple(replace(row, line=back(row.line)) for row in reading.unread),
    )


def _known(field: FieldFact) -> KnownField:
    enum = field.schema.get("enum", ())
    return KnownField(
        field.location, field.pointer, field.type, tuple(enum) if isinstance(enum, list) else (), field.default
    )


def _merge(
    fields: tuple[FieldFact, ...], constraints: Iterable[Constraint]
) -> tuple[tuple[FieldFact, ...], list[Disputed]]:
    """Add what prose says to the fields; what the format says stands above it. Tell where statements differ."""
    by_field = {(constraint.location, constraint.pointer): constraint for constraint in constraints}
    merged: list[FieldFact] = []
    disputed: list[Disputed] = []
    for field in fields:
        constraint = by_field.get((field.location, field.pointer))
        if constraint is None:
            merged.append(field)
            continue
        schema = dict(field.schema)
        _add(schema, constraint.schema)
        default = constraint.default if isinstance(field.default, _Missing) else field.default
        merged.append(replace(field, schema=schema, default=default))
        disputed += _disputed(field, constraint)
    return tuple(merged), disputed


def _disputed(field: FieldFact, constraint: Constraint) -> Iterator[Disputed]:
    """Yield the keywords of which the format and the prose, or two sentences, say different things."""
    for keyword, said in constraint.said.items():
        formal = field.default if keyword == "default" else _at(field.schema, keyword)
        every = said if isinstance(formal, _Missing) else (Said(field.line, formal), *said)
        different = [one for n, one in enumerate(every) if not any(_alike(one.value, o.value) for o in every[:n])]
        if len(different) > 1:
            yield Disputed(field.location, field.pointer, keyword, tuple(different))


def _at(schema: Mapping[str, Json], keyword: str) -> Json | _Missing:
    """Return a keyword's value, `x-media/maxBytes` inside another."""
    held: Json = schema
    for name in keyword.split("/"):
        held = held.get(name, MISSING) if isinstance(held, dict) else MISSING
    return held


def _alike(one: Json, other: Json) -> bool:
    """Whether two values say the same; formats write numbers as texts, and order lists in their own way."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_plain, one)) == sorted(map(_plain, other))
    return _plain(one) == _plain(other)


def _plain(value: Json) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _add(schema: dict[str, Json], more: Mapping[str, Json]) -> None:
    """Add keywords that are not there yet, member by member within objects such as x-media and items."""
    for keyword, value in more.items():
        held = schema.get(keyword)
        if isinstance(held, dict) and isinstance(value, dict):
            inner = dict(held)
            _add(inner, value)
            schema[keyword] = inner
        else:
            schema.setdefault(keyword, value)
