"""Values that a schema allows, for examples: small, plain and always the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs import pointers

Schema = Mapping[str, Any]


def sample(schema: Schema, name: str = "") -> Any:
    """Return a value that keeps the schema's own limits; `name` is what the value is called where it is a text."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value is not None), None)
    if schema.get("default") is not None:
        return schema["default"]
    for keyword in ("anyOf", "oneOf"):
        if branches := schema.get(keyword):
            return sample(branches[0], name)
    stated = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((one for one in ([stated] if isinstance(stated, str) else stated) if one != "null"), "null")
    if kind == "object":
        return filled({}, schema)
    if kind == "array":
        return [sample(schema.get("items", {}), name) for _ in range(schema.get("minItems", 0) or 1)]
    if kind in ("integer", "number"):
        return number(schema)
    return {"boolean": False, "null": None}.get(kind, text(schema, name))


def text(schema: Schema, name: str) -> str:
    """Return a text of an allowed length, or an address where a file is asked for."""
    said = f"https://example.com/{name or 'file'}.png" if "x-media" in schema else name or "text"
    if schema.get("format") == "uri":
        said = f"https://example.com/{name or 'file'}"
    said = said.ljust(schema.get("minLength", 0), "~")
    return said[: schema["maxLength"]] if "maxLength" in schema else said


def number(schema: Schema) -> float:
    """Return the least number that the schema allows, or 0."""
    found: float = schema.get("minimum", min(0, schema.get("maximum", 0)))
    if "exclusiveMinimum" in schema:
        found = max(found, schema["exclusiveMinimum"] + 1)
    if step := schema.get("multipleOf"):
        found = -(-found // step) * step
    return found


def filled(value: Mapping[str, Any], schema: Schema, but: Schema | None = None) -> dict[str, Any]:
    """Return the object with the required members that it lacks, in the objects within it too.

    Members that `but` describes (a schema of the members that somebody else decides on) are left as they are.
    """
    found, decided = dict(value), (but or {}).get("properties", {})
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in found and name not in decided:
            found[name] = sample(properties.get(name, {}), name)
    for name, member in found.items():
        inner, part = properties.get(name, {}), decided.get(name, {})
        if isinstance(member, dict):
            found[name] = filled(member, inner, part)
        elif isinstance(member, list):
            items = inner.get("items", {})
            found[name] = [filled(one, items, part.get("items")) if isinstance(one, dict) else one for one in member]
    return found


def at(schema: Schema, pointer: str) -> Schema | None:
    """Return the schema of the member at the pointer, or None where there is none."""
    found = schema
    for name in pointers.split(pointer):
        below: Any = found.get("items") if name == "*" else found.get("properties", {}).get(name)
        if not isinstance(below, Mapping):
            return None
        found = below
    return found
