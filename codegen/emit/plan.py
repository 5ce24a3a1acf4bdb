"""A contract into what the templates print: names, values, prose and types, all of them escaped by their type."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegen.emit import names, shapes
from codegen.emit.shapes import Member, Shape, Shapes
from codegen.emit.text import DocText, Ident, Literal, Slug, Tree, tree
from specs import english
from specs.checks import Source
from specs.errors import SpecError
from specs.model import Contract, Field, Location, Operation
from specs.rules.limits import holds
from specs.rules.model import Rule
from specs.rules.python import function

OPTIONS = ("self", "validate", "timeout", "on_progress")
"""Names that the methods' own options have."""
CLIENT = ("provider", "settings", "shell", "task", "submit", "run_many", "close", "with_options", "operations")
"""Names that the client itself has."""


@dataclass(frozen=True)
class Parameter:
    """A keyword of a method."""

    ident: Ident
    wire: Literal
    type: Tree
    doc: DocText
    name: DocText
    required: bool


@dataclass(frozen=True)
class Params:
    """A TypedDict: the keywords of an operation, or an object inside."""

    name: Ident
    doc: DocText
    members: tuple[Parameter, ...]


@dataclass(frozen=True)
class Method:
    """One operation of the client."""

    operation: Operation
    ident: Ident
    class_name: Ident
    async_name: Ident
    params: Params
    doc: DocText
    summary: DocText
    renamed: Mapping[str, str]
    checks: tuple[Tree, ...]
    submits: bool
    answer: Ident | None


@dataclass(frozen=True)
class Plan:
    """Everything a client's templates print."""

    contract: Contract
    project: Slug
    package: Ident
    environment: Ident  # the prefix of the environment variables: `NOVITA`
    shapes: Mapping[str, Shape]
    objects: tuple[Params, ...]
    methods: tuple[Method, ...]
    docs: Mapping[tuple[str, str], str]


def plan(contract: Contract, place: str) -> Plan:
    """Return the plan of a contract's client. Raises SpecError for names that cannot be used."""
    return _Planning(contract, place).plan()


class _Planning:
    def __init__(self, contract: Contract, place: str) -> None:
        self.contract, self.place, self.shapes = contract, place, Shapes()
        self.operations = sorted(contract.operations, key=lambda found: found.id)
        self.idents = names.allocate((found.id for found in self.operations), CLIENT, "operation")
        self.docs: dict[tuple[str, str], str] = {}

    def plan(self) -> Plan:
        info = self.contract.document.get("info", {})
        package = str(info.get("x-package") or f"{self.contract.provider}_kling")
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,60}", package):
            raise SpecError(self.place, f"{package!r} is no package name", "give one as info.x-package: a-z, 0-9 and _")
        methods = tuple(self.method(operation) for operation in self.operations)
        objects = tuple(self.params(shape) for shape in self.shapes.found.values() if shape.request and shape.pointer)
        for shape in self.shapes.found.values():
            self.document(shape)
        environment = re.sub(r"[^A-Z0-9]+", "_", self.contract.provider.upper())
        return Plan(
            contract=self.contract, project=Slug(package.replace("_", "-")), package=Ident(package),
            environment=names.ident(environment, fallback="API"),
            shapes=self.shapes.found, objects=objects, methods=methods, docs=self.docs,
        )  # fmt: skip

    # --- parameters -----------------------------------------------------------------------------------

    def method(self, operation: Operation) -> Method:
        request = self.shapes.of_request(operation, self.named(operation))
        answer = None if operation.task is not None else self.shapes.of_answer(operation)
        base = names.class_name(operation.id, self.shapes.taken, "Operation")
        self.shapes.taken |= {base, f"Async{base}", f"{base}Params"}
        elsewhere = [found for found in operation.fields if found.location in ("path", "query")]
        members = self.shapes.found[request].members if request else ()
        idents = names.allocate(
            [*(member.wire for member in members), *(found.name for found in elsewhere)], shapes.reserved(OPTIONS)
        )
        listed = [self.parameter(operation, found.name, idents, found) for found in elsewhere]
        listed += [self.parameter(operation, m.wire, idents, operation.field(m.pointer), m) for m in members]
        listed.sort(key=lambda parameter: not parameter.required)
        params = Params(Ident(f"{base}Params"), DocText(self.title(operation)), tuple(listed))
        renamed = {str(ident): wire for wire, ident in idents.items() if ident != wire}
        ident = self.idents[operation.id]
        checks = [] if operation.request is None else [holds(f"holds_{ident}", operation.request, operation.formulas)]
        checks += [function(f"broken_{ident}", operation.formulas)] if operation.rules else []
        return Method(
            operation=operation, ident=self.idents[operation.id], class_name=base,
             async_name=Ident(f"Async{base}"), params=params,
            doc=DocText(self.long_doc(operation)), summary=DocText(self.title(operation)),
            renamed=renamed, checks=tuple(map(Tree, checks)),
            submits=operation.task is not None, answer=answer,
        )  # fmt: skip

    def named(self, operation: Operation) -> dict[str, str]:
        """Give the shots of a video their name."""
        shots = operation.task.video.get("shots") if operation.task is not None else None
        return {f"{shots}/*": "Shot"} if shots else {}

    def parameter(
        self, operation: Operation, wire: str, idents: Mapping[str, Ident], found: Field, member: Member | None = None
    ) -> Parameter:
        schema = found.schema if member is None else member.schema
        media = member is not None and found.media is not None
        return Parameter(
            ident=idents[wire], wire=Literal(wire), doc=DocText(field_doc(found)), name=DocText(wire),
            type=Tree(self.type(schema, media, member.pointer if member else "", operation)), required=found.required,
        )  # fmt: skip

    def params(self, shape: Shape) -> Params:
        """Return the TypedDict of an object inside a request."""
        operation = self.contract.operation(shape.operation)
        members = []
        for member in shape.members:
            found = operation.field(member.pointer)
            members.append(self.parameter(operation, member.wire, {member.wire: member.ident}, found, member))
        return Params(Ident(f"{shape.name}Params"), DocText(f"{shape.name} as a plain dictionary."), tuple(members))

    def type(self, schema: Mapping[str, Any], media: bool, at: str, operation: Operation) -> ast.expr:
        """Return the type of a parameter: what a caller may give."""
        if media and "items" not in schema:
            return ast.Name("ImageInput", ast.Load())
        if "anyOf" in schema:
            schema = schema["anyOf"][0]
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return _union([_attribute("models", name), ast.Name(f"{name}Params", ast.Load())])
        if values := [value for value in schema.get("enum", ()) if value is not None]:
            return ast.Subscript(ast.Name("Literal", ast.Load()), tree(tuple(values)), ast.Load())
        types = schema.get("type")
        kinds = [types] if isinstance(types, str) else list(types or ())
        return _union([self.plain(kind, schema, at, operation) for kind in kinds if kind != "null"] or [_any()])

    def plain(self, kind: str, schema: Mapping[str, Any], at: str, operation: Operation) -> ast.expr:
        if kind == "array":
            media = any(found.pointer == at and found.media for found in operation.at("body"))
            inner = self.type(schema.get("items", {}), media, f"{at}/*", operation)
            return ast.Subscript(ast.Name("Sequence", ast.Load()), inner, ast.Load())
        if kind == "object":
            both = ast.Tuple([ast.Name("str", ast.Load()), _any()], ast.Load())
            return ast.Subscript(ast.Name("Mapping", ast.Load()), both, ast.Load())
        return ast.Name({"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[kind], ast.Load())

    # --- prose ----------------------------------------------------------------------------------------

    def title(self, operation: Operation) -> str:
        return (operation.summary or operation.id).rstrip(".") + "."

    def long_doc(self, operation: Operation) -> str:
        """Say what the operation does, which rules it has and where they stand."""
        lines = [self.title(operation), "", f"{operation.method} {operation.path}"]
        if operation.rules:
            lines += ["", "Rules, all checked before anything is sent:"]
            for rule, check in zip(operation.rules, operation.checks, strict=True):
                lines.append(f"- {check.message} [{rule.id}; {_origin(rule)}]")
        return "\n".join(lines)

    def document(self, shape: Shape) -> None:
        operation = self.contract.operation(shape.operation)
        location: Location = "body" if shape.request else "response"
        known = {found.pointer: found for found in operation.at(location)}
        about = known.get(shape.pointer.removesuffix("/*"))
        whole = f"The {'body' if shape.request else 'answer'} of {operation.id}"
        said = about.description if about and about.description else str(shape.name) if shape.pointer else whole
        if shape.pointer.endswith("/*"):
            said = f"An item of {english.code(shape.pointer.removesuffix('/*'))}"
        self.docs[shape.name, ""] = said.rstrip(".") + "."
        if shape.request:
            return  # its members are described in `params`
        for member in shape.members:
            if member.pointer in known:
                self.docs[shape.name, member.ident] = field_doc(known[member.pointer])


def model_type(name: Ident | None) -> Tree:
    """Return the type of an answer."""
    return Tree(_attribute("models", name) if name else _any())


def field_doc(found: Field) -> str:
    """Say what a field is, its limits, default and source; what the description says already is not repeated."""
    said = found.description.rstrip(".")
    stated = {key: value for key, value in found.schema.items() if value is not None and key != "format"}
    limits = "; ".join(english.limits(stated))
    default = found.schema.get("default")
    filled = f"default {english.value(default)}" if isinstance(default, (str, int, float, bool)) else ""
    more = "; ".join(part for part in (limits, filled) if part and part not in said)
    parts = [part for part in (said, _capital(more)) if part]
    if found.source != Source():
        parts.append(f"Source: {found.source}{_decided(found)}")
    return ". ".join(parts) + "." if parts else found.name


def _decided(found: Field) -> str:
    """Say what of the field is our decision, and does not stand at its source."""
    names = ["the files it takes" if keyword == "x-media" else keyword for keyword in found.decided]
    return f"; decided by us: {english.listing(names)}" if names else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _origin(rule: Rule) -> str:
    source = str(rule.source)
    return source if rule.status == "stated" or source.startswith(rule.status) else f"{rule.status}, {source}"


def _union(parts: list[ast.expr]) -> ast.expr:
    found = parts[0]
    for part in parts[1:]:
        found = ast.BinOp(found, ast.BitOr(), part)
    return found


def _any() -> ast.expr:
    return ast.Name("Any", ast.Load())


def _attribute(holder: str, name: str) -> ast.expr:
    return ast.Attribute(ast.Name(holder, ast.Load()), str(Ident(name)), ast.Load())
