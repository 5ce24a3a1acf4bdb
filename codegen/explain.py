"""A contract as a person wants to read it: parameters, limits, rules, sources and decisions, in four notations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from specs import english, pointers
from specs.checks import Source
from specs.errors import SpecError
from specs.model import Contract, Field, Operation, Task
from specs.rules import cel, idl
from specs.rules.formula import ABSENT
from specs.rules.model import Rule
from specs.rules.parse import rule_as_json

PLACES = {"path": "in the path", "query": "in the query", "header": "in a header", "body": "in the body"}


def chosen(contract: Contract, operation_id: str | None) -> tuple[Operation, ...]:
    """Return the operation that is named, or all. Raises SpecError where it does not exist."""
    if operation_id is None:
        return contract.operations
    try:
        return (contract.operation(operation_id),)
    except KeyError as problem:
        raise SpecError(contract.provider, str(problem.args[0]), "name one of its operations") from None


def fields(operation: Operation, name: str | None) -> Sequence[Field]:
    """Return the fields that a person names by name, dotted name or pointer, or all."""
    return operation.fields if name is None else _named(operation, name)


def rules(operation: Operation, name: str | None) -> Sequence[Rule]:
    """Return the rules that speak of the field, or all."""
    if name is None:
        return operation.rules
    wanted = {field.pointer for field in fields(operation, name)}
    return [rule for rule in operation.rules if wanted & set(rule.mentioned())]


def having(operations: Sequence[Operation], name: str | None) -> tuple[Operation, ...]:
    """Return the operations that have a field of the name. Raises SpecError where none has."""
    found = tuple(operation for operation in operations if name is None or _named(operation, name))
    if not found:
        known = sorted({pointers.name(field.pointer) for operation in operations for field in operation.fields})
        place = ", ".join(operation.id for operation in operations)
        raise SpecError(place, f"there is no field {name!r}", f"one of: {', '.join(known)}")
    return found


def _named(operation: Operation, name: str) -> list[Field]:
    return [field for field in operation.fields if name in (field.name, field.pointer, pointers.name(field.pointer))]


def markdown(contract: Contract, operations: Sequence[Operation], name: str | None = None) -> str:
    """Return the contract, or what is said of one field, as Markdown."""
    lines = [f"# {contract.title}", ""]
    if name is None:
        signed = f"{contract.authentication.header}: {contract.authentication.prefix}KEY"
        lines += [f"Version {contract.version}. Base address {english.listing(contract.servers, 'or')}; "
                  f"requests are signed by `{signed}`.", ""]  # fmt: skip
    for operation in operations:
        lines += _operation(operation, name)
    if name is None:
        lines += _errors(contract)
        lines += ["## Pages", "", *(f"- {page.key}: {page.address}" for page in contract.pages), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _operation(operation: Operation, name: str | None) -> Iterator[str]:
    yield from (f"## {operation.summary or operation.id}", "")
    yield from (f"`{operation.method} {operation.path}` · {operation.id} · {operation.source}", "")
    wanted = fields(operation, name)
    asked = [field for field in wanted if field.location != "response"]
    if asked:
        yield from ("### Parameters", "", *_table(asked, where=True), "")
    if stated := rules(operation, name):
        yield from ("### Rules", "")
        for rule in stated:
            yield from _rule(operation, rule)
        yield ""
    if name is None and operation.task is not None:
        yield from _task(operation.task)
    if made := decisions(operation, name):
        yield from ("### Decisions", "", "What no page says so; the overlay decides, for these reasons.", "")
        yield from (f"- {what}: {_cell(reason)}" for what, reason in made)
        yield ""
    if told := [field for field in wanted if field.location == "response"]:
        statuses = sorted(status for status in operation.responses if status < 300)
        yield from (f"### Answer {' or '.join(map(str, statuses))}", "", *_table(told, where=False), "")


def decisions(operation: Operation, name: str | None = None) -> list[tuple[str, str]]:
    """Return what was decided against or beside the pages, or of the field that is named: what it is about, and why."""
    found = [(f"{english.code(field.pointer)} {keyword}", reason)
             for field in fields(operation, name) for keyword, reason in field.decided.items()]  # fmt: skip
    return [*found, *((f"rule `{rule.id}`", rule.decision) for rule in rules(operation, name) if rule.decision)]


def _table(wanted: Iterable[Field], *, where: bool) -> Iterator[str]:
    yield "| name | type | | what it is | source |"
    yield "|---|---|---|---|---|"
    for field in wanted:
        notes = ["required" if field.required else "optional"]
        if where and field.location != "body":
            notes.append(PLACES[field.location])
        kinds = english.listing(field.types, "or") if field.types else "any"
        cells = (f"`{pointers.name(field.pointer)}`", kinds, ", ".join(notes), field.description, _origin(field))
        yield f"| {' | '.join(map(_cell, cells))} |"


def _origin(field: Field) -> str:
    """Return where the field stands, and what of it does not stand there."""
    decided = f"{english.listing(field.decided)} decided" if field.decided else ""
    return "; ".join(part for part in (_source(field.source), decided) if part)


def _rule(operation: Operation, rule: Rule) -> Iterator[str]:
    kind = "" if rule.severity == "error" else " (a warning)"
    yield f"- {english.message(rule, operation.lookup)}{kind} · `{rule.id}` · {rule.status} · {_source(rule.source)}"
    if rule.decision:
        yield f"  - decided: {rule.decision}"


def _task(task: Task) -> Iterator[str]:
    yield from ("### The task", "", f"Polled by `{task.poll}` with the id in `{task.parameter}`.", "")
    words = {"usual": task.statuses, **{name: variant.statuses for name, variant in task.variants.items()}}
    for name, statuses in words.items():
        yield f"- {name} status words: {', '.join(f'`{word}` is {state}' for word, state in statuses.items())}"
    places = ", ".join(f"{name} at `{pointer}`" for name, pointer in task.polled.items())
    yield from (f"- told: {places}", f"- a guess of ours: a video of 5 s takes {task.expected(5):g} s")
    if task.result_ttl:
        yield f"- the result can be fetched for {task.result_ttl:g} s"
    yield ""


def _errors(contract: Contract) -> Iterator[str]:
    if contract.errors.codes:
        yield from ("## Errors", "", "| code | HTTP | meaning |", "|---|---|---|")
        for code in contract.errors.codes:
            yield f"| `{code.code}` | {code.status} | {code.meaning.replace('_', ' ')} |"
        yield ""


def _source(source: Source) -> str:
    return "" if source == Source() else str(source)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def cel_text(operations: Iterable[Operation], name: str | None = None) -> str:
    """Return the rules as CEL, each below its English; a rule that CEL cannot say, or not by itself, says so."""

    def text(operation: Operation, rule: Rule) -> str | None:
        stated = cel.text(_formula(operation, rule))
        return f"// {cel.LIBRARY}\n{stated}" if stated is not None and rule.kind == "sum" else stated

    return _notation(operations, name, "//", text)


def idl_text(operations: Iterable[Operation], name: str | None = None) -> str:
    """Return the rules as IDL, each below its English; a rule that IDL cannot say says so."""
    return _notation(operations, name, "//", lambda _, rule: idl.text(rule))


def _notation(operations: Iterable[Operation], name: str | None, comment: str, text: Any) -> str:
    lines = []
    for operation in operations:
        for rule in rules(operation, name):
            warns = "" if rule.severity == "error" else " (a warning: such a request is accepted)"
            lines.append(f"{comment} {operation.id} {rule.id}: {english.message(rule, operation.lookup)}{warns}")
            lines.append(text(operation, rule) or f"{comment} cannot be said in this notation")
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n" if lines else ""


def _formula(operation: Operation, rule: Rule) -> Any:
    return operation.formulas[operation.rules.index(rule)]


def as_json(contract: Contract, operations: Iterable[Operation], name: str | None = None) -> str:
    """Return the contract, or what is said of one field, as JSON."""
    rows = [_operation_json(operation, name) for operation in operations]
    whole = {"provider": contract.provider, **(_provider_json(contract) if name is None else {}), "operations": rows}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _provider_json(contract: Contract) -> dict[str, Any]:
    codes = [{"code": code.code, "status": code.status, "meaning": code.meaning} for code in contract.errors.codes]
    return {
        "title": contract.title, "version": contract.version, "servers": list(contract.servers),
        "authentication": {"header": contract.authentication.header, "prefix": contract.authentication.prefix},
        "errors": {"pointers": dict(contract.errors.pointers), "codes": codes},
        "pages": [{"key": page.key, "address": page.address} for page in contract.pages],
    }  # fmt: skip


def _operation_json(operation: Operation, name: str | None) -> dict[str, Any]:
    row = {
        "id": operation.id, "method": operation.method, "path": operation.path, "summary": operation.summary,
        "source": _source(operation.source),
        "fields": [_field_json(field) for field in fields(operation, name)],
        "rules": [{**rule_as_json(rule), "severity": rule.severity, "english": english.message(rule, operation.lookup)}
                  for rule in rules(operation, name)],
        "decisions": [{"about": what, "reason": reason} for what, reason in decisions(operation, name)],
    }  # fmt: skip
    return row if name is not None or operation.task is None else {**row, "task": _task_json(operation.task)}


def _task_json(task: Task) -> dict[str, Any]:
    variants = {name: {"statuses": dict(variant.statuses), "polled": dict(variant.polled)}
                for name, variant in task.variants.items()}  # fmt: skip
    return {
        "poll": task.poll, "parameter": task.parameter, "submitted": dict(task.submitted), "polled": dict(task.polled),
        "statuses": dict(task.statuses), "variants": variants, "video": dict(task.video),
        "heights": dict(task.heights), "result_ttl": task.result_ttl,
        "guessed_seconds": {"base": task.expected_base, "per_second_of_video": task.expected_per_second},
    }  # fmt: skip


def _field_json(field: Field) -> dict[str, Any]:
    row = {
        "in": field.location, "pointer": field.pointer, "type": list(field.types), "required": field.required,
        "limits": english.limits(field.schema), "description": field.description, "source": _source(field.source),
    }  # fmt: skip
    if field.decided:
        row["decided"] = dict(field.decided)
    return row if field.default is ABSENT else {**row, "default": field.default}
