"""`x-rules` entries into rules and back, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from specs.checks import Source
from specs.errors import SpecError
from specs.rules.model import (
    CONDITIONAL,
    KINDS,
    OPERATORS,
    STATUSES,
    Condition,
    Every,
    Is,
    Kind,
    Operator,
    Rule,
    Some,
    Status,
)

_MEMBERS = {"id", "kind", "fields", "when", "op", "total", "schema", "source", "status", "decision"}
VALUE_KEYWORDS = (
    "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems", "maxItems",
)  # fmt: skip
"""What the schema of a values_if rule may say."""


def parse_rule(entry: Any, place: str) -> Rule:
    """Return the rule that an `x-rules` entry states. Raises SpecError naming `place` and the remedy."""
    if not isinstance(entry, Mapping):
        raise SpecError(place, "a rule must be an object", "give it id, kind and fields")
    rule_id = entry.get("id")
    if not isinstance(rule_id, str) or not rule_id:
        raise SpecError(place, "the rule has no id", "give it a unique string")
    place = f"{place} (rule {rule_id})"
    if unknown := sorted(set(entry) - _MEMBERS):
        raise SpecError(place, f"unknown member {unknown[0]!r}", f"known: {', '.join(sorted(_MEMBERS))}")
    kind = _one_of(entry.get("kind"), KINDS, place, "kind")
    rule = Rule(
        id=rule_id,
        kind=cast("Kind", kind),
        fields=_pointers(entry.get("fields"), place),
        when=None if entry.get("when") is None else parse_condition(entry["when"], place),
        op=cast("Operator", _one_of(entry["op"], OPERATORS, place, "op")) if "op" in entry else None,
        total=entry.get("total"),
        schema=entry.get("schema"),
        source=parse_source(entry.get("source"), place),
        status=cast("Status", _one_of(entry.get("status", "stated"), STATUSES, place, "status")),
        decision=entry.get("decision"),
    )
    _check_shape(rule, place)
    return rule


def _one_of(value: Any, known: tuple[str, ...], place: str, member: str) -> str:
    if value not in known:
        raise SpecError(place, f"unknown {member} {value!r}", f"one of: {', '.join(known)}")
    return cast("str", value)


def _pointers(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise SpecError(place, "`fields` must be a list of JSON pointers", "name the fields the rule ties together")
    for pointer in value:
        _pointer(pointer, place)
    return tuple(value)


def _pointer(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise SpecError(place, f"{value!r} is no JSON pointer", "write it as /name or /list/*/name")
    return value


def _check_shape(rule: Rule, place: str) -> None:
    """Refuse a rule whose members do not fit its kind."""
    wanted = 2 if rule.kind in ("compare", "refers_to") else 1
    if rule.kind in (*CONDITIONAL, "compare", "sum", "refers_to") and len(rule.fields) != wanted:
        raise SpecError(place, f"{rule.kind} takes {wanted} field(s), not {len(rule.fields)}", "split the rule")
    if rule.kind in ("at_most_one", "exactly_one", "all_or_none") and len(set(rule.fields)) < 2:
        raise SpecError(place, f"{rule.kind} needs two different fields or more", "name the other field")
    if rule.kind in CONDITIONAL and rule.when is None:
        raise SpecError(place, f"{rule.kind} needs `when`", "state the condition")
    if rule.kind in ("compare", "sum") and rule.op is None:
        raise SpecError(place, f"{rule.kind} needs `op`", f"one of: {', '.join(OPERATORS)}")
    if rule.kind == "sum":
        _pointer(rule.total, place)
        if "/*" not in rule.fields[0]:
            raise SpecError(place, f"sum needs a field of an array's items, not {rule.fields[0]}", "write /list/*/name")
    if rule.kind == "values_if" and not isinstance(rule.schema, Mapping):
        raise SpecError(place, "values_if needs `schema`", "state what the value must satisfy")
    if rule.kind == "values_if" and rule.schema and (unknown := sorted(set(rule.schema) - set(VALUE_KEYWORDS))):
        raise SpecError(place, f"values_if cannot check {unknown[0]!r}", f"known: {', '.join(VALUE_KEYWORDS)}")
    if rule.kind == "refers_to" and not isinstance((rule.schema or {}).get("pattern"), str):
        raise SpecError(place, "refers_to needs `schema.pattern`", "a regular expression that captures the number")


def parse_condition(value: Any, place: str) -> Condition:
    """Return the condition that `{field, is, not?}`, `{all: […]}` or `{any: […]}` states."""
    if isinstance(value, Mapping) and len(value) == 1 and (name := next(iter(value))) in ("all", "any"):
        found = value[name]
        if not isinstance(found, list) or not found:
            raise SpecError(place, f"`{name}` must be a list of conditions", "give it one or more")
        inner = tuple(_parse_is(part, place) for part in found)
        return Every(inner) if name == "all" else Some(inner)
    return _parse_is(value, place)


def _parse_is(value: Any, place: str) -> Is:
    if not isinstance(value, Mapping) or not {"field", "is"} <= set(value) <= {"field", "is", "not"}:
        raise SpecError(place, f"{value!r} is no condition", "write {field, is}, {all: […]} or {any: […]}, no deeper")
    pointer, state, negated = _pointer(value["field"], place), value["is"], bool(value.get("not", False))
    if state in ("present", "absent"):
        return Is(pointer, state, (), negated)
    values = tuple(state) if isinstance(state, list) else (state,)
    if not values or any(isinstance(v, (list, dict)) or v is None for v in values):
        raise SpecError(
            place, f"{state!r} is no value to compare with", "a string, number or boolean, or a list of them"
        )
    return Is(pointer, "value", values, negated)


def parse_source(value: Any, place: str) -> Source:
    """Return the source that `{page, line}` or `{inferred: reason}` states."""
    if value is None:
        return Source()
    if not isinstance(value, Mapping) or not set(value) <= {"page", "line", "inferred"}:
        raise SpecError(place, f"{value!r} is no source", "write {page, line} or {inferred: reason}")
    return Source(value.get("page"), value.get("line"), value.get("inferred"))


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Return the `x-rules` entry of the rule; `parse_rule` reads it back."""
    entry: dict[str, Any] = {"id": rule.id, "kind": rule.kind, "fields": list(rule.fields)}
    if rule.when is not None:
        entry["when"] = condition_as_json(rule.when)
    for member in ("op", "total"):
        if (value := getattr(rule, member)) is not None:
            entry[member] = value
    if rule.schema is not None:
        entry["schema"] = dict(rule.schema)
    entry["source"] = source_as_json(rule.source)
    entry["status"] = rule.status
    if rule.decision is not None:
        entry["decision"] = rule.decision
    return entry


def condition_as_json(condition: Condition) -> dict[str, Any]:
    """Return the condition as the spec writes it."""
    if isinstance(condition, Every):
        return {"all": [condition_as_json(part) for part in condition.parts]}
    if isinstance(condition, Some):
        return {"any": [condition_as_json(part) for part in condition.parts]}
    state: Any = condition.state
    if condition.state == "value":
        state = condition.values[0] if len(condition.values) == 1 else list(condition.values)
    written: dict[str, Any] = {"field": condition.field, "is": state}
    return {**written, "not": True} if condition.negated else written


def source_as_json(source: Source) -> dict[str, Any]:
    """Return the source as the spec writes it."""
    written = {"page": source.page, "line": source.line, "inferred": source.inferred}
    return {name: value for name, value in written.items() if value is not None}
