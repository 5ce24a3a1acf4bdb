"""A contract into what the templates print: names, values, prose and types, all of them escaped by their type."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from codegen.emit import names, shapes
from codegen.emit.shapes import Member, Shape, Shapes
from codegen.emit.text import DocText, Ident, Literal, Slug, Table, Tree, tree
from specs import english, pointers
from specs.checks import Check, Source, compile_pattern
from specs.errors import SpecError
from specs.media import Media
from specs.model import Contract, Field, Location, Operation, Task
from specs.rules.limits import holds
from specs.rules.model import Rule
from specs.rules.python import function

OPTIONS = ("self", "validate", "timeout", "on_progress")
"""Names that the methods' own options have."""
FOLLOWED = ("id", "type", "status", "progress", "eta", "reason", "reason_code", "reason_title", "video", "video_ttl")
"""The quantities that a client reads."""
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
    value: Table
    checks: tuple[Tree, ...]
    submits: bool
    answer: Ident | None


@dataclass(frozen=True)
class Plan:
    """Everything a client's templates print."""

    contract: Contract
    project: Slug
    package: Ident
    environment: Ident
    shapes: Mapping[str, Shape]
    objects: tuple[Params, ...]
    methods: tuple[Method, ...]
    provider: Table
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
        return Plan(
            contract=self.contract, project=Slug(package.replace("_", "-")), package=Ident(package),
            environment=self.environment(),
            shapes=self.shapes.found, objects=objects, methods=methods, provider=self.provider(),
            docs=self.docs,
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
            value=Table(self.value(operation, answer, renamed), 4), checks=tuple(map(Tree, checks)),
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

    # --- data -----------------------------------------------------------------------------------------

    def value(self, operation: Operation, answer: Ident | None, renamed: Mapping[str, str]) -> ast.expr:
        """Return `Operation(…)`, what the runtime needs to know."""
        members = _members(operation)
        for pointer, limits, *_ in members:
            self.readable(f"{operation.id}{pointer}", limits.get("pattern"))
        given: dict[str, ast.expr] = {
            "id": tree(operation.id), "method": tree(operation.method), "path": tree(operation.path),
            "summary": tree(DocText(operation.summary).cleaned()), "package": ast.Name("PACKAGE", ast.Load()),
        }  # fmt: skip
        if answer:
            given["answer_model"] = tree(str(answer))
        if members:
            given["described"] = ast.Tuple(
                [
                    _call(
                        "Described", tree(pointer), tree(limits), _source(source), *([tree(True)] if required else [])
                    )
                    for pointer, limits, source, required in members
                ],
                ast.Load(),
            )
            given["refusals"] = ast.Name("REFUSALS", ast.Load())
        if operation.rules:
            given["checks"] = ast.Tuple([_check(check) for check in operation.checks], ast.Load())
            given["broken"] = _attribute("rules", f"broken_{self.idents[operation.id]}")
        if operation.request is not None:
            given["holds"] = _attribute("rules", f"holds_{self.idents[operation.id]}")
        elsewhere = {f.name: f.location for f in operation.fields if f.location in ("path", "query")}
        media = {
            f.pointer + "/*" * ("array" in f.types): self.media(f.media)
            for f in operation.at("body")
            if f.media is not None
        }
        for name, value in (("elsewhere", elsewhere), ("renamed", renamed), ("media", media)):
            if value:
                given[name] = tree(value)
        if summed := _summed(operation):
            given["summed"] = summed
        if operation.task is not None:
            given["task"] = _task(operation.task)
        return _call("Operation", **given)

    def media(self, stated: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the `Media` that the client makes of the stated limits."""
        try:
            limits = Media.from_json(stated)
        except ValueError as problem:
            raise SpecError(self.place, str(problem), "mend the x-media") from None
        given = {part.name: getattr(limits, part.name) for part in fields(Media)}
        return {name: value for name, value in given.items() if value not in (None, ())}

    def readable(self, place: str, pattern: Any) -> None:
        """Refuse a pattern that clients could not check."""
        if pattern is not None:
            try:
                compile_pattern(str(pattern))
            except re.error as problem:
                raise SpecError(
                    f"{self.place} ({place})", f"the pattern cannot be read: {problem}", "mend it"
                ) from None

    def environment(self) -> Ident:
        """Return the prefix of the environment variables: `NOVITA`."""
        return names.ident(re.sub(r"[^A-Z0-9]+", "_", self.contract.provider.upper()), fallback="API")

    def provider(self) -> Table:
        contract = self.contract
        if not contract.servers:
            raise SpecError(self.place, "the document names no server", "add one under `servers`")
        meanings = {str(code.code): code.meaning for code in contract.errors.codes}
        parts = {name: pointers.split(pointer) for name, pointer in contract.errors.pointers.items()}
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", contract.authentication.header):
            raise SpecError(
                self.place, f"{contract.authentication.header!r} is no header's name", "mend the security scheme"
            )
        return Table(_call(
            "Provider", name=tree(contract.provider), title=tree(DocText(contract.title).cleaned()),
            package=ast.Name("PACKAGE", ast.Load()), version=tree(contract.version), base_url=tree(contract.servers[0]),
            environment=tree(str(self.environment())),
            header=tree(contract.authentication.header), prefix=tree(contract.authentication.prefix),
            error_parts=tree(parts), meanings=tree(meanings), operations=ast.Name("OPERATIONS", ast.Load()),
        ))  # fmt: skip


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


def refusals(contract: Contract) -> dict[tuple[str, str], str]:
    """Return the words for every limit that a field of the contract has, by keyword and value."""
    found = {(keyword, repr(None)): english.refusal(keyword, None) for keyword in ("required", "additionalProperties")}
    for operation in contract.operations:
        for _, limits, *_ in _members(operation):
            for keyword, limit in limits.items():
                if keyword != "default":
                    found[keyword, repr(limit)] = english.refusal(keyword, limit)
    return found


def _members(operation: Operation) -> list[tuple[str, dict[str, Any], Source, bool]]:
    fields = {found.pointer: found for found in operation.at("body")}
    listed = [(pointer, limits, fields.get(pointer)) for pointer, limits in shapes.described(operation)]
    return [
        (at, limits, found.source if found else Source(), bool(found and found.required))
        for at, limits, found in listed
    ]


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


def _call(function: str, *arguments: ast.expr, **named: ast.expr) -> ast.Call:
    keywords = [ast.keyword(name, value) for name, value in named.items()]
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), keywords)


def _source(source: Source) -> ast.expr:
    if source.inferred is None:
        return _call("Source", *(tree(value) for value in (source.page, source.line) if value is not None))
    given = {name: getattr(source, name) for name in ("page", "line", "inferred")}
    return _call("Source", **{name: tree(value) for name, value in given.items() if value is not None})


def _check(check: Check) -> ast.expr:
    message, allowed = DocText(check.message).cleaned(), DocText(check.allowed).cleaned()
    given = {"severity": tree(check.severity)} if check.severity != "error" else {}
    return _call(
        "Check", tree(check.id), tree(check.fields), tree(message), tree(allowed), _source(check.source), **given
    )


def _summed(operation: Operation) -> ast.expr | None:
    """Return what is filled in: the total of the first sum rule over a top-level array of objects."""
    for rule in operation.rules:
        steps, total = pointers.split(rule.fields[0]), pointers.split(rule.total or "")
        if rule.kind == "sum" and rule.op == "==" and len(steps) == 3 and steps[1] == "*" and len(total) == 1:
            default = operation.lookup(rule.fields[0]).default
            number = default if isinstance(default, (int, float)) and not isinstance(default, bool) else None
            prompt = pointers.split(operation.task.video.get("shot_prompt", "")) if operation.task else ()
            text = prompt[2] if prompt[:2] == steps[:2] and len(prompt) == 3 else None
            return _call("Summed", tree(steps[0]), tree(steps[2]), tree(number), tree(total[0]), tree(text))
    return None


def _task(task: Task) -> ast.expr:
    variants = [task.variants[name] for name in sorted(task.variants)]
    polled: dict[str, tuple[tuple[str, ...], ...]] = {}
    for places in (task.polled, *(variant.polled for variant in variants)):
        for name, pointer in ((name, places[name]) for name in FOLLOWED if name in places):
            known = polled.get(name, ())
            polled[name] = known if pointers.split(pointer) in known else (*known, pointers.split(pointer))
    statuses: dict[str, str] = {}
    for words in (*(variant.statuses for variant in reversed(variants)), task.statuses):
        statuses |= words
    return _call(
        "TaskShape", poll=tree(task.poll), parameter=tree(task.parameter),
        submitted=tree({"id": (pointers.split(task.submitted["id"]),)}),
        polled=tree(polled), statuses=tree(statuses), expected_base=tree(task.expected_base),
        expected_per_second=tree(task.expected_per_second),
        duration=tree(pointers.split(task.video.get("duration", ""))),
    )  # fmt: skip
