"""JSON Schemas of a contract into named shapes: one for each object, equal ones shared.

From here on nothing refers to anything outside, no rule keyword is left, response enums are open, and every name is one
of ours: what the model generator is fed holds no text of a provider but property names that are Python names anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.emit import names
from codegen.emit.text import Ident
from specs import pointers
from specs.model import Location, Operation
from specs.rules.limits import KEYWORDS

LAST = 1 << 30
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
          "minItems", "maxItems")  # fmt: skip
RESERVED = frozenset(
    (
        *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema"),
        *("schema_json", "update_forward_refs", "validate", "model_computed_fields", "model_config", "model_construct"),
        *("model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields", "model_fields_set"),
        *("model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild", "model_validate"),
        *("model_validate_json", "model_validate_strings", "self", "cls"),
        *("str", "int", "float", "bool", "list", "Any", "Literal", "Annotated", "Field"),
    )
)
"""What a member of a model must not be called: pydantic's own names, and those that types are made of."""


CLASSES = frozenset(
    (
        *("Annotated", "Any", "AnswerModel", "AsyncClient", "AsyncOperation", "AsyncTask", "AsyncVideoResult"),
        *("BaseAsyncClient", "BaseClient", "Client", "DEFAULT", "Field", "ImageInput", "Literal", "Mapping"),
        *("OnProgress", "Operation", "Request", "RequestModel", "Required", "Sequence", "SyncOperation", "Task"),
        *("Timeout", "TypedDict", "Unpack", "Validate", "VideoResult", "WebhookEvent"),
    )
)
"""What a class must not be called: the names that the templates import."""


@dataclass(frozen=True)
class Member:
    """One property: its name at the provider, its Python name, its schema with `$ref` for objects, where it stands."""

    wire: str
    ident: Ident
    schema: Mapping[str, Any]
    required: bool
    pointer: str


@dataclass(frozen=True)
class Shape:
    """One object. `request` shapes are closed and strict, the others open."""

    name: Ident
    members: tuple[Member, ...]
    request: bool
    pointer: str
    operation: str

    @property
    def modelled(self) -> bool:
        """Whether it becomes a model: a whole request is given by keywords."""
        return bool(self.pointer) or not self.request


@dataclass(frozen=True)
class _Side:
    """Where schemas are read: an operation's request or its answer. `named` gives class names at some pointers."""

    operation: Operation
    request: bool
    named: Mapping[str, str]

    @property
    def lines(self) -> Mapping[str, int]:
        """Where the fields stand in the documentation; what stands nowhere comes last."""
        location: Location = "body" if self.request else "response"
        return {found.pointer: found.source.line or LAST for found in self.operation.at(location)}


@dataclass
class Shapes:
    """All shapes of a client, by their name."""

    taken: set[str] = field(default_factory=lambda: set(CLASSES))
    found: dict[str, Shape] = field(default_factory=dict)

    def of_request(self, operation: Operation, named: Mapping[str, str]) -> Ident | None:
        """Add the shape of a request body; `named` gives class names to the objects at some pointers."""
        if operation.request is None:
            return None
        return self._object(_Side(operation, True, named), operation.request, "", f"{operation.id}_request")

    def of_answer(self, operation: Operation) -> Ident | None:
        """Add the shape of the 2xx answer."""
        schema = next((found.schema for code, found in sorted(operation.responses.items()) if 200 <= code < 300), None)
        if schema is None or not schema.get("properties"):
            return None
        return self._object(_Side(operation, False, {}), schema, "", f"{operation.id}_answer")

    def _object(self, side: _Side, schema: Mapping[str, Any], at: str, name: str) -> Ident:
        """Add an object; one that is equal to a known one (but for its place) shares its name."""
        required = set(schema.get("required", ())) if side.request else set()
        lines, properties = side.lines, schema.get("properties", {})
        order = sorted(properties, key=lambda key: (key not in required, lines.get(at + pointers.join(key), LAST), key))
        idents = names.allocate(properties, RESERVED | self.found.keys())
        self.taken |= set(idents.values())  # in a class its members' names hide all others: no type may have one
        members = tuple(
            Member(key, idents[key], self._member(side, properties[key], place, key), key in required, place)
            for key in order
            for place in (at + pointers.join(key),)
        )
        for known in self.found.values():
            if at and known.request == side.request and known.modelled and _same(known.members, members):
                return known.name
        wanted = names.class_name(name)
        if at and wanted in self.taken:
            wanted = names.class_name(f"{side.operation.id}_{name}")
        ident = names.class_name(wanted, self.taken)
        self.taken.add(ident)
        self.found[ident] = Shape(ident, members, side.request, at, side.operation.id)
        return ident

    def _member(self, side: _Side, schema: Any, at: str, key: str) -> dict[str, Any]:
        """Return a property's schema with nothing in it but types, bounds, values and references."""
        if not isinstance(schema, Mapping):
            return {}
        types = schema.get("type")
        kinds = [types] if isinstance(types, str) else list(types or ())
        if isinstance(schema.get("properties"), Mapping) and schema["properties"]:
            reference = {"$ref": f"#/components/schemas/{self._object(side, schema, at, side.named.get(at, key))}"}
            return {"anyOf": [reference, {"type": "null"}]} if "null" in kinds else reference
        kept: dict[str, Any] = {"type": types} if types else {}
        if side.request:
            kept |= {keyword: schema[keyword] for keyword in BOUNDS if keyword in schema}
            values = [schema["const"]] if "const" in schema else schema.get("enum")
            if values and all(isinstance(value, (str, int, bool, type(None))) for value in values):
                kept["enum"] = list(values)
        if "array" in kinds:
            inner = side.named.get(f"{at}/*") or names.singular(key)
            kept["items"] = self._member(side, schema.get("items", {}), f"{at}/*", inner)
        return kept


def _same(one: tuple[Member, ...], other: tuple[Member, ...]) -> bool:
    """Tell whether two objects are the same but for their place and order."""
    return sorted(map(_key, one)) == sorted(map(_key, other))


def _key(member: Member) -> str:
    return repr((member.wire, sorted(member.schema.items(), key=str), member.required))


def described(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pointer and the stated limits of each body field, in the order of the documentation; items included."""
    for found in sorted(operation.at("body"), key=lambda found: (found.source.line or LAST, found.pointer)):
        limits = _limits(found.schema)
        if isinstance(found.schema.get("default"), (str, int, float, bool)):
            limits["default"] = found.schema["default"]
        yield found.pointer, limits
        at, items = found.pointer, found.schema.get("items")
        while isinstance(items, Mapping):
            at += "/*"
            if limits := _limits(items):
                yield at, limits
            items = items.get("items")


def _limits(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {keyword: schema[keyword] for keyword in KEYWORDS if keyword in schema}
    if isinstance(found.get("type"), list):
        found["type"] = sorted(found["type"])  # as the contract's own validator lists them
    return found


def reserved(extra: Collection[str]) -> frozenset[str]:
    """Return the names that parameters must not have: pydantic's, and the options of the methods."""
    return RESERVED | frozenset(extra)
