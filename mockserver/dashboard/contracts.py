"""Contracts as the dashboard's forms need them: fields as a tree, limits and rules in English, examples."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from mockserver.dashboard.examples import breaking, examples
from specs import english, pointers
from specs.checks import Source
from specs.model import Contract, Field, Operation
from specs.rules.formula import ABSENT
from specs.rules.model import Rule

_LONG: Final = 100
"""Texts that may have more characters get a field of several lines."""


@functools.cache
def described(contract: Contract, prefix: str) -> dict[str, Any]:
    """Return a contract as JSON; `prefix` stands before its paths."""
    signed = contract.authentication
    return {
        "provider": contract.provider, "title": contract.title, "version": contract.version, "prefix": prefix,
        "key": {"header": signed.header, "prefix": signed.prefix},
        "pages": {page.key: page.address for page in contract.pages},
        "operations": [_operation(operation) for operation in contract.operations],
    }  # fmt: skip


def _operation(operation: Operation) -> dict[str, Any]:
    broken = breaking(operation)
    return {
        "id": operation.id, "method": operation.method, "path": operation.path, "summary": operation.summary,
        "source": str(operation.source), "submits": operation.task is not None,
        "parameters": [_node(operation, found) for at in ("path", "query") for found in operation.at(at)],
        "body": [_node(operation, found) for found in _children(operation, "")],
        "rules": [_rule(operation, rule, broken.get(rule.id)) for rule in operation.rules],
        "examples": [{"name": name, "body": body} for name, body in examples(operation)],
    }  # fmt: skip


def _rule(operation: Operation, rule: Rule, body: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": rule.id, "message": english.message(rule, operation.lookup), "source": str(rule.source),
        "status": rule.status, "decision": rule.decision, "severity": rule.severity, "broken": body,
    }  # fmt: skip


def _children(operation: Operation, pointer: str) -> list[Field]:
    return [found for found in operation.at("body") if pointers.parent(found.pointer) == pointer and found.name != "*"]


def _node(operation: Operation, found: Field) -> dict[str, Any]:
    return {
        "name": found.name, "pointer": found.pointer, "in": found.location, "required": found.required,
        "source": _source(found.source),
        **_value(operation, found.pointer, found.schema),
    }  # fmt: skip


def _value(operation: Operation, pointer: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a value may be: its kind and limits, with members or items below."""
    stated = {keyword: limit for keyword, limit in schema.items() if keyword != "default"}
    words = str(schema.get("title") or ("" if schema.get("x-media") else schema.get("description", "")))
    found: dict[str, Any] = {"words": words.rstrip("."), "limits": english.limits(stated), "kind": _kind(schema)}
    if (default := schema.get("default", ABSENT)) is not ABSENT:
        found["default"] = default
    if "enum" in schema:
        found["choices"] = list(schema["enum"])
    if "maxLength" in schema:
        found["length"] = schema["maxLength"]
    if found["kind"] == "string":
        found["long"] = schema.get("maxLength", 0) > _LONG or "prompt" in pointers.split(pointer)[-1:]
    if (media := schema.get("x-media")) is not None:
        found["encodings"] = list(media.get("encodings", ()))
    if found["kind"] == "array":
        found["item"] = _item(operation, pointer, schema)
    elif found["kind"] == "object":
        found["members"] = [_node(operation, child) for child in _children(operation, pointer)]
    return found


def _item(operation: Operation, pointer: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    members = _children(operation, pointer + "/*")
    if members:
        nodes = [_node(operation, child) for child in members]
        return {"kind": "object", "words": "", "limits": [], "members": nodes}
    return _value(operation, pointer + "/*", schema.get("items", {}))


def _kind(schema: Mapping[str, Any]) -> str:
    stated = schema.get("type", ())
    types = [stated] if isinstance(stated, str) else [one for one in stated if one != "null"]
    if "enum" in schema:
        return "choice"
    return str(types[0]) if types else "string"


def _source(source: Source) -> str:
    return "" if source == Source() else str(source)
