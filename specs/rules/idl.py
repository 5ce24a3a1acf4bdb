"""Rules as IDL, the inter-parameter dependency language of Martin-Lopez et al., for export.

Items of arrays, sums over them, warnings and mentions have no form in IDL: `text` returns None for such rules.
"""

from __future__ import annotations

import json
import re
from typing import Any

from specs import pointers
from specs.rules.model import Condition, Every, Is, Rule

_GROUPS = {
    "at_most_one": "ZeroOrOne",
    "exactly_one": "OnlyOne",
    "at_least_one": "Or",
    "all_or_none": "AllOrNone",
}
_BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


def text(rule: Rule) -> str | None:
    """Return the rule as one IDL statement, or None where IDL has no form for it."""
    if any("/*" in pointer for pointer in rule.mentioned()) or rule.kind in (
        "ignored_if",
        "sum",
        "refers_to",
    ):
        return None
    stated = _stated(rule)
    if stated is None:
        return None
    return f"IF {_condition(rule.when)} THEN {stated};" if rule.when is not None else f"{stated};"


def _stated(rule: Rule) -> str | None:
    first = _name(rule.fields[0])
    if rule.kind in _GROUPS:
        return f"{_GROUPS[rule.kind]}({', '.join(map(_name, rule.fields))})"
    if rule.kind == "required_if":
        return first
    if rule.kind == "forbidden_if":
        return f"NOT {first}"
    if rule.kind == "compare":
        return f"{first}{rule.op}{_name(rule.fields[1])}"
    return _limits(first, rule.schema or {})


def _limits(name: str, schema: Any) -> str | None:
    found = []
    for keyword, limit in schema.items():
        if keyword in _BOUNDS:
            found.append(f"{name}{_BOUNDS[keyword]}{_literal(limit)}")
        elif keyword in ("enum", "const"):
            values = limit if keyword == "enum" else [limit]
            found.append(f"{name}=={'|'.join(map(_literal, values))}")
        else:
            return None
    return " AND ".join(found)


def _condition(condition: Condition) -> str:
    if isinstance(condition, Is):
        return _leaf(condition)
    return (" AND " if isinstance(condition, Every) else " OR ").join(map(_leaf, condition.parts))


def _leaf(part: Is) -> str:
    name = _name(part.field)
    if part.state == "value":
        stated = f"{name}=={'|'.join(map(_literal, part.values))}"
        return f"NOT ({stated})" if part.negated else stated
    return f"NOT {name}" if (part.state == "absent") != part.negated else name


def _name(pointer: str) -> str:
    name = pointers.name(pointer)
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f"[{name}]"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "\\'") + "'"
    return json.dumps(value)
