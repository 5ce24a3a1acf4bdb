"""What is rendered into a spec after all decisions: rules as JSON Schema, descriptions, error answers, key order.

Nothing in here is kept by hand beside its origin: it is made anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from codegen.assemble import Document
from specs import english, pointers
from specs.loader import walk
from specs.rules import json_schema
from specs.rules.formula import Known, formula
from specs.rules.parse import parse_rule

_ORDER = (
    "openapi", "info", "servers", "security", "paths", "components", "x-errors", "x-pages",
    "title", "version", "summary", "operationId", "name", "in", "type", "description", "required", "properties",
    "additionalProperties", "parameters", "requestBody", "responses", "content", "links", "schema", "items", "default",
)  # fmt: skip
"""Keys that stand first, in this order; the others follow as they come, extensions last."""


def finish(document: Document, glossary: Mapping[str, str]) -> Document:
    """Return the document with everything rendered; `glossary` gives our words for a field's name."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if "x-rules" in schema:
            schema["allOf"] = rendered_rules(schema)
            if not schema["allOf"]:
                del schema["allOf"]
        describe(schema, glossary)
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                words = parameter.pop("description", None) or glossary.get(parameter["name"])
                parameter["description"] = english.sentence(words or plain(parameter["name"]), parameter["schema"])
            add_errors(operation, document.get("x-errors", {}).get("codes", []))
    ordered: Document = in_order(document)
    return ordered


def rendered_rules(schema: Document) -> list[Document]:
    """Return the JSON Schema of every rule that it can express, each marked with the rule's id."""
    known = {field.pointer: Known(field.default, field.nullable) for field in walk(schema, "body", "")}
    found = []
    for entry in schema["x-rules"]:
        rule = parse_rule(entry, "x-rules")
        if rule.severity == "error":
            stated = json_schema.schema(formula(rule, lambda pointer: known.get(pointer, Known())))
            if stated is not None:
                found.append({"x-rule": rule.id, **stated})
    return found


def describe(schema: Document, glossary: Mapping[str, str]) -> None:
    """Give every member our words as its title, and a description that adds its limits and default.

    Readers of the contract render the description anew from title and limits (`Field.description`), so that the two
    cannot disagree when somebody changes a limit.
    """
    for field in walk(schema, "response", ""):
        member: Any = field.schema  # `walk` hands out the document's own objects
        if field.name == "*":
            continue
        words = (
            member.pop("description", None) or glossary.get(pointers.name(field.pointer)) or glossary.get(field.name)
        )
        member["title"] = (words or plain(field.name)).strip().rstrip(".")
        member["description"] = english.sentence(member["title"], member)


def plain(name: str) -> str:
    """Return a name as words: `cfg_scale` is `Cfg scale`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def add_errors(operation: Document, codes: Iterable[Mapping[str, Any]]) -> None:
    """Document an answer for every status that an error code has."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(int(code["status"]), []).append(str(code["code"]))
    for status, names in sorted(by_status.items()):
        operation["responses"].setdefault(str(status), {
            "description": f"Refused: {english.listing(names, 'or')}.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        })  # fmt: skip


def in_order(value: Any, *, names: bool = False) -> Any:
    """Return the value with keywords in a fixed order; the members of `names` are names, kept in their order."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if not names:
        known = [key for key in _ORDER if key in value]
        rest = [key for key in keys if key not in known]
        keys = [*known, *(k for k in rest if not k.startswith("x-")), *(k for k in rest if k.startswith("x-"))]
    holders = ("properties", "paths", "schemas", "responses", "statuses", "submitted", "polled", "securitySchemes")
    return {key: in_order(value[key], names=key in (*holders, "x-pages")) for key in keys}
