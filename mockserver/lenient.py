"""What lenient mode forgives in a body: the text forms that vendors' own clients send, and unknown members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

import orjson

from mockserver.settings import Leniency
from specs.model import Operation

_BOOLEANS = {"true": True, "false": False}


def compile_lenient(operation: Operation, lenient: Set[Leniency]) -> Callable[[Any], Any] | None:
    """Return what turns a body into the documented form; None where nothing is forgiven."""
    schema = operation.request
    if schema is None or not lenient & {"text_booleans", "text_numbers", "unknown_fields"}:
        return None
    return lambda body: _relaxed(body, schema, lenient)


def _relaxed(value: Any, schema: Mapping[str, Any], lenient: Set[Leniency]) -> Any:
    if isinstance(value, dict):
        members = schema.get("properties", {})
        drops = "unknown_fields" in lenient and members
        return {
            name: _relaxed(member, members.get(name, {}), lenient)
            for name, member in value.items()
            if name in members or not drops
        }
    if isinstance(value, list):
        return [_relaxed(item, schema.get("items", {}), lenient) for item in value]
    return _scalar(value, schema, lenient) if isinstance(value, str) else value


def _scalar(value: str, schema: Mapping[str, Any], lenient: Set[Leniency]) -> Any:
    stated = schema.get("type", ())
    types = (stated,) if isinstance(stated, str) else tuple(stated)
    if "string" in types:
        return value
    if "text_booleans" in lenient and "boolean" in types:
        return _BOOLEANS.get(value.lower(), value)
    if "text_numbers" in lenient and {"integer", "number"} & set(types):
        return _number(value)
    return value


def _number(text: str) -> Any:
    """Return the number that a text says as JSON does; the text itself where it says none."""
    try:
        number = orjson.loads(text)
    except ValueError:
        return text
    return number if type(number) in (int, float) else text
