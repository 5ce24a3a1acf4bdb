"""A page's bytes into facts: what its format says, joined with what its prose says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codegen import pages, phrases
from codegen.facts import Facts, FieldFact, Json, OperationFacts, Unread, _Missing
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
    for operation in reading.operations:
        facts, missed = _understand(_named(operation, own))
        operations.append(facts)
        unread.extend(missed)
    rows = sorted(set(unread), key=lambda row: (row.line, row.text))
    return Facts(reading.title, reading.format, page.sha256, tuple(operations), tuple(rows))


def _named(operation: OperationReading, own: PageNames | None) -> OperationReading:
    """Fill in the route where the page gives none and its pages.toml entry does."""
    if own is None or operation.path is not None:
        return operation
    return replace(operation, method=own.method, path=own.path, server=operation.server or own.server)


def _understand(operation: OperationReading) -> tuple[OperationFacts, tuple[Unread, ...]]:
    scope = Scope(tuple(_known(field) for field in operation.fields))
    reading = _read_prose(operation, scope)
    fields = _merge(operation.fields, reading.constraints)
    rules = list(operation.rules)
    seen = {(rule.kind, rule.fields, repr(rule.when), rule.op, rule.total) for rule in rules}
    for rule in reading.rules:
        key = (rule.kind, rule.fields, repr(rule.when), rule.op, rule.total)
        if key not in seen:
            seen.add(key)
            rules.append(rule)
    facts = OperationFacts(operation.method, operation.path, operation.server, fields, tuple(rules))
    return facts, reading.unread


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

    return Reading(
        tuple(replace(constraint, line=back(constraint.line)) for constraint in reading.constraints),
        tuple(replace(rule, line=back(rule.line)) for rule in reading.rules),
        tuple(replace(row, line=back(row.line)) for row in reading.unread),
    )


def _known(field: FieldFact) -> KnownField:
    enum = field.schema.get("enum", ())
    return KnownField(
        field.location, field.pointer, field.type, tuple(enum) if isinstance(enum, list) else (), field.default
    )


def _merge(fields: tuple[FieldFact, ...], constraints: Iterable[Constraint]) -> tuple[FieldFact, ...]:
    """Add what prose says to the fields; what the format says stands above it."""
    by_field: dict[tuple[str, str], list[Constraint]] = {}
    for constraint in constraints:
        by_field.setdefault((constraint.location, constraint.pointer), []).append(constraint)
    return tuple(_enriched(field, by_field.get((field.location, field.pointer), ())) for field in fields)


def _enriched(field: FieldFact, constraints: Sequence[Constraint]) -> FieldFact:
    if not constraints:
        return field
    schema, default = dict(field.schema), field.default
    for constraint in constraints:
        _add(schema, constraint.schema)
        if isinstance(default, _Missing):
            default = constraint.default
    return replace(field, schema=schema, default=default)


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
