"""Facts for people: operations, fields, rules with their lines, what was not understood, and what differs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from codegen.facts import Facts, FieldFact, Json, OperationFacts, RuleFact, _Missing
from specs import pointers

WIDTH = 120
"""Columns where the output is no terminal."""


def facts(found: Facts, source: str, console: Console | None = None) -> None:
    """Print one page's facts as tables."""
    console = console or Console()
    if not console.is_terminal and console.width < WIDTH:
        console.width = WIDTH
    console.print(f"[bold]{escape(found.title or source)}[/]  [dim]{escape(source)} · {found.format}[/]")
    for operation in found.operations:
        _operation(operation, console)
    if found.unread:
        table = Table("line", "not understood", box=box.SIMPLE_HEAD, style="yellow", header_style="bold yellow")
        for row in found.unread:
            table.add_row(str(row.line), Text(" ".join(row.text.split())))
        console.print(table)
    if found.disputed:
        table = Table("line", "said in different ways", box=box.SIMPLE_HEAD, style="yellow", header_style="bold yellow")
        for differing in found.disputed:
            table.add_row(str(differing.line), Text(differing.brief))
        console.print(table)


def _operation(operation: OperationFacts, console: Console) -> None:
    name = f"{operation.method} {operation.path}" if operation.path else "an operation the page does not name"
    console.print(f"\n[bold cyan]{escape(name)}[/]  [dim]{escape(operation.server or '')}[/]")
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("line", "in", "field", "type", "required", "default", "constraints"):
        table.add_column(heading, overflow="fold")
    for field in operation.fields:
        required = {True: "yes", False: "no", None: ""}[field.required]
        default = "" if isinstance(field.default, _Missing) else _value(field.default)
        table.add_row(
            str(field.line), field.location, Text(pointers.name(field.pointer), style="bold"), _type(field), required,
            Text(default), Text(_schema(field.schema)),
        )  # fmt: skip
    console.print(table)
    if operation.rules:
        rules = Table("line", "rule", "fields", "when", box=box.SIMPLE_HEAD)
        for rule in operation.rules:
            rules.add_row(
                str(rule.line), Text(rule.kind, style="magenta"), Text(_fields(rule)), Text(_condition(rule.when))
            )
        console.print(rules)


def _type(field: FieldFact) -> str:
    if field.type is None:
        return "?"
    return field.type if isinstance(field.type, str) else " | ".join(field.type)


def _schema(schema: Mapping[str, Json]) -> str:
    parts = []
    for keyword, value in schema.items():
        if isinstance(value, dict):
            parts.append(_schema(value))
        elif isinstance(value, list):
            parts.append(f"{keyword} {', '.join(map(_value, value))}")
        else:
            parts.append(keyword if value is True else f"{keyword} {_value(value)}")
    return "; ".join(part for part in parts if part)


def _fields(rule: RuleFact) -> str:
    names = [pointers.name(pointer) for pointer in rule.fields]
    if rule.op:
        return f" {rule.op} ".join([*names, *([pointers.name(rule.total)] if rule.total else [])])
    return ", ".join(names)


def _condition(when: Mapping[str, Json] | None) -> str:
    if not when:
        return ""
    for word, joint in (("all", " and "), ("any", " or ")):
        if word in when:
            return joint.join(_condition(part) for part in when[word])
    value = when.get("is")
    alternatives = value if isinstance(value, list) else [value]
    said = value if value in ("present", "absent") else "= " + " | ".join(map(_value, alternatives))
    return f"{'not ' if when.get('not') else ''}{pointers.name(str(when.get('field')))} {said}"


def _value(value: Json) -> str:
    """Return a value as JSON writes it, texts without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
