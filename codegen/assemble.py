"""Facts of a provider's pages into one OpenAPI 3.1 document; decisions are the overlay's, not made here."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from codegen.facts import MISSING, FieldFact, OperationFacts, RuleFact
from codegen.pagelist import PageEntry, PageList
from specs import pointers
from specs.errors import SpecError

Document = dict[str, Any]
SIGNED_BY = ("authorization", "content-type")
"""Headers that OpenAPI describes as security scheme and media type, not as parameters."""


def assemble(pages: PageList, facts: Mapping[str, OperationFacts]) -> Document:
    """Return the document before any overlay; `facts` are the operation of each page by the page's key."""
    document: Document = {
        "openapi": "3.1.0",
        "info": {"title": pages.title, "version": pages.version, "x-provider": pages.provider},
        "servers": [{"url": url} for url in pages.servers],
        "security": [{"bearer": []}],
        "paths": {},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}, "schemas": {}},
        "x-pages": {page.key: {"address": page.address} for page in pages.pages},
    }
    if pages.package is not None:
        document["info"]["x-package"] = pages.package
    for page in pages.pages:
        _add(document, page, facts[page.key])
    return document


def chosen(page: PageEntry, operations: Iterable[OperationFacts]) -> OperationFacts:
    """Return the operation of the page that pages.toml names; a page that names no route has only one.

    Raises SpecError where the page does not document it.
    """
    found = list(operations)
    for operation in found:
        if operation.method == page.method and operation.path == page.path:
            return operation
    unnamed = [operation for operation in found if operation.path is None]
    if len(unnamed) == 1:
        return replace(unnamed[0], method=page.method, path=page.path)
    documented = ", ".join(f"{o.method} {o.path}" if o.path else "one without a path" for o in found) or "none"
    raise SpecError(page.file, f"does not document {page.method} {page.path}", f"it documents: {documented}")


def _add(document: Document, page: PageEntry, facts: OperationFacts) -> None:
    operation: Document = {"operationId": page.operation_id, "summary": summary(page.operation_id)}
    operation["x-source"] = _source(page, 1)
    if facts.deprecated:
        operation["deprecated"] = True
    parameters = [_parameter(page, field) for field in facts.fields if field.location in ("query", "path", "header")]
    if kept := [parameter for parameter in parameters if parameter["name"].lower() not in SIGNED_BY]:
        operation["parameters"] = kept
    body = tuple(field for field in facts.fields if field.location == "body")
    if body:
        schema = _object(page, body, closed=True)
        schema["x-rules"] = list(_rules(page, facts.rules))
        name = component(page.operation_id, "Request")
        document["components"]["schemas"][name] = schema
        operation["requestBody"] = {"required": True, "content": _json({"$ref": f"#/components/schemas/{name}"})}
    answer = tuple(field for field in facts.fields if field.location == "response")
    name = component(page.operation_id, "Response")
    document["components"]["schemas"][name] = _object(page, answer, closed=False)
    operation["responses"] = {
        str(page.status): {"description": "Accepted.", "content": _json({"$ref": f"#/components/schemas/{name}"})}
    }
    document["paths"].setdefault(page.path, {})[page.method.lower()] = operation


def component(operation_id: str, suffix: str) -> str:
    """Return a schema's name: `kling_v3_0_pro_i2v` and Request give KlingV30ProI2vRequest."""
    return "".join(part.capitalize() for part in operation_id.split("_")) + suffix


def summary(operation_id: str) -> str:
    """Return a plain title for an operation; an overlay may say it better."""
    return operation_id.replace("_", " ").capitalize()


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _source(page: PageEntry, line: int) -> Document:
    place: Document = {"page": page.key, "line": line}
    return place if page.stands_in is None else {**place, "inferred": page.stands_in}


def _parameter(page: PageEntry, field: FieldFact) -> Document:
    schema = _schema(field)
    name = pointers.split(field.pointer)[0]
    required = field.location == "path" or bool(field.required)
    return {
        "name": name,
        "in": field.location,
        "required": required,
        "schema": schema,
        "x-source": _source(page, field.line),
    }


def _schema(field: FieldFact) -> Document:
    schema: Document = {}
    if field.type is not None:
        schema["type"] = list(field.type) if isinstance(field.type, tuple) else field.type
    schema.update(copy.deepcopy(field.schema))  # what several fields share is filled in for each by itself
    if field.default is not MISSING:
        schema["default"] = field.default
    if isinstance(schema.get("type"), list) and "null" in schema["type"] and "enum" in schema:
        schema["enum"] = [*schema["enum"], *([] if None in schema["enum"] else [None])]
    return schema


def _object(page: PageEntry, fields: tuple[FieldFact, ...], *, closed: bool) -> Document:
    """Nest flat fields by their pointers. A request's objects are closed: what is not documented is not sent."""
    root: Document = {"type": "object", "properties": {}}
    for field in fields:
        holder = _holder(root, field, page)
        schema = {**_schema(field), "x-source": _source(page, field.line)}
        name = pointers.split(field.pointer)[-1]
        if name == "*":
            holder["items"] = {**holder.get("items", {}), **schema}
            continue
        properties = holder.setdefault("properties", {})
        properties[name] = {**schema, **_structure(properties.get(name, {}))}
        if field.required:
            holder.setdefault("required", []).append(name)
    documented = {field.pointer for field in fields}
    for field in fields:
        if field.required:
            _require_implied(root, field.pointer, documented)
    if closed:
        for schema in objects(root):
            schema["additionalProperties"] = False
    return root


def _require_implied(root: Document, pointer: str, documented: Set[str]) -> None:
    """Require the objects that only the dotted name of a required field tells of: it cannot be there without them."""
    names = list(pointers.split(pointer)[:-1])
    while names and names[-1] != "*" and pointers.join(*names) not in documented:
        holder = root
        for name in names[:-1]:
            holder = holder["items"] if name == "*" else holder["properties"][name]
        required = holder.setdefault("required", [])
        if names[-1] not in required:
            required.append(names[-1])
        names.pop()


def _structure(schema: Document) -> Document:
    return {name: schema[name] for name in ("properties", "items", "required") if name in schema}


def _holder(root: Document, field: FieldFact, page: PageEntry) -> Document:
    """Return the schema that the field's name stands in, making what the page left out on the way."""
    holder = root
    for name in pointers.split(field.pointer)[:-1]:
        if name == "*":
            holder = holder.setdefault("items", {})
        else:
            holder = holder.setdefault("properties", {}).setdefault(name, {"x-source": _source(page, field.line)})
    names = pointers.split(field.pointer)
    if names[-1] != "*":
        holder.setdefault("type", "object")
    return holder


def objects(schema: Document) -> Iterator[Document]:
    """Yield every object schema with documented members, outside in."""
    if "properties" in schema:
        yield schema
    for member in schema.get("properties", {}).values():
        yield from objects(member)
    if isinstance(schema.get("items"), dict):
        yield from objects(schema["items"])


def _rules(page: PageEntry, rules: Iterable[RuleFact]) -> Iterator[Document]:
    taken: set[str] = set()
    for rule in rules:
        stated = rule.as_json()
        del stated["line"]
        yield {"id": rule_id(rule, taken), **stated, "source": _source(page, rule.line), "status": _status(page)}


def _status(page: PageEntry) -> str:
    return "stated" if page.stands_in is None else "inferred"


def rule_id(rule: RuleFact, taken: set[str]) -> str:
    """Return a readable id that is unique in `taken` and add it there: `end_image-multi_prompt.at_most_one`."""
    named = [*rule.fields, *([rule.total] if rule.total is not None else [])]
    stem = "-".join(map(pointers.name, named)) + f".{rule.kind}"
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}.{number}", number + 1
    taken.add(found)
    return found
