"""A contract as the tables of `description.py`: calls of the runtime's own classes, and by name what several share."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from codegen.emit import shapes
from codegen.emit.text import DocText, Ident, Table, tree
from specs import english, pointers
from specs.checks import Check, Source, compile_pattern
from specs.errors import SpecError
from specs.media import Media
from specs.model import Contract, Operation, Task

if TYPE_CHECKING:
    from codegen.emit.plan import Method, Plan

FOLLOWED = ("id", "type", "status", "progress", "eta", "reason", "reason_code", "reason_title", "video", "video_ttl")
"""The quantities that a client reads."""


@dataclass(frozen=True)
class Tables:
    """What the template of `description.py` prints; `shared` stands above `operations`, which name it."""

    refusals: Table
    shared: tuple[tuple[Ident, Table], ...]
    operations: tuple[tuple[Table, Table], ...]
    provider: Table


def tables(planned: Plan, place: str) -> Tables:
    """Return the tables of a plan. Raises SpecError for what no client could check or send."""
    named, operations = _shared([_operation(method, place) for method in planned.methods])
    keys = [Table(tree(method.operation.id)) for method in planned.methods]
    return Tables(
        refusals=Table(tree(_refusals(planned.contract))),
        shared=tuple((name, Table(value)) for name, value in named.items()),
        operations=tuple(zip(keys, (Table(value, 4) for value in operations), strict=True)),
        provider=Table(_provider(planned, place)),
    )


def _operation(method: Method, place: str) -> ast.expr:
    """Return `Operation(…)`, what the runtime needs to know."""
    operation = method.operation
    members = _members(operation)
    for pointer, limits, *_ in members:
        _readable(f"{place} ({operation.id}{pointer})", limits.get("pattern"))
    given: dict[str, ast.expr] = {
        "id": tree(operation.id), "method": tree(operation.method), "path": tree(operation.path),
        "summary": tree(DocText(operation.summary).cleaned()), "package": _name("PACKAGE"),
    }  # fmt: skip
    if method.answer:
        given["answer_model"] = tree(str(method.answer))
    if members:
        described: list[ast.expr] = [
            _call("Described", tree(pointer), tree(limits), _source(source), *([tree(True)] if required else []))
            for pointer, limits, source, required in members
        ]
        given |= {"described": ast.Tuple(described, ast.Load()), "refusals": _name("REFUSALS")}
    if operation.rules:
        given["checks"] = ast.Tuple([_check(check) for check in operation.checks], ast.Load())
        given["broken"] = _rule(f"broken_{method.ident}")
    if operation.request is not None:
        given["holds"] = _rule(f"holds_{method.ident}")
    elsewhere = {f.name: f.location for f in operation.fields if f.location in ("path", "query")}
    for name, value in (("elsewhere", elsewhere), ("renamed", method.renamed), ("media", _media(operation, place))):
        if value:
            given[name] = tree(value)
    if summed := _summed(operation):
        given["summed"] = summed
    if operation.task is not None:
        given["task"] = _task(operation.task)
    return _call("Operation", **given)


def _provider(planned: Plan, place: str) -> ast.expr:
    contract = planned.contract
    if not contract.servers:
        raise SpecError(place, "the document names no server", "add one under `servers`")
    meanings = {str(code.code): code.meaning for code in contract.errors.codes}
    parts = {name: pointers.split(pointer) for name, pointer in contract.errors.pointers.items()}
    header = contract.authentication.header
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", header):
        raise SpecError(place, f"{header!r} is no header's name", "mend the security scheme")
    return _call(
        "Provider", name=tree(contract.provider), title=tree(DocText(contract.title).cleaned()),
        package=_name("PACKAGE"), version=tree(contract.version), base_url=tree(contract.servers[0]),
        environment=tree(str(planned.environment)), header=tree(header), prefix=tree(contract.authentication.prefix),
        error_parts=tree(parts), meanings=tree(meanings), operations=_name("OPERATIONS"),
    )  # fmt: skip


def _refusals(contract: Contract) -> dict[tuple[str, str], str]:
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


def _readable(place: str, pattern: Any) -> None:
    """Refuse a pattern that clients could not check."""
    if pattern is not None:
        try:
            compile_pattern(str(pattern))
        except re.error as problem:
            raise SpecError(place, f"the pattern cannot be read: {problem}", "mend it") from None


def _media(operation: Operation, place: str) -> dict[str, dict[str, Any]]:
    """Return the arguments of the `Media` that the client makes of each field's stated limits."""
    found: dict[str, dict[str, Any]] = {}
    for field in operation.at("body"):
        if field.media is not None:
            try:
                limits = Media.from_json(field.media)
            except ValueError as problem:
                raise SpecError(place, str(problem), "mend the x-media") from None
            given = {part.name: getattr(limits, part.name) for part in fields(Media)}
            stated = {name: value for name, value in given.items() if value not in (None, ())}
            found[field.pointer + "/*" * ("array" in field.types)] = stated
    return found


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


def _check(check: Check) -> ast.expr:
    message, allowed = DocText(check.message).cleaned(), DocText(check.allowed).cleaned()
    given = {"severity": tree(check.severity)} if check.severity != "error" else {}
    return _call(
        "Check", tree(check.id), tree(check.fields), tree(message), tree(allowed), _source(check.source), **given
    )


def _source(source: Source) -> ast.expr:
    given = {name: tree(getattr(source, name)) for name in ("page", "line", "inferred")}
    if source.inferred is None or None not in (source.page, source.line):
        return _call("Source", *(given[name] for name in given if getattr(source, name) is not None))
    return _call("Source", **{name: value for name, value in given.items() if getattr(source, name) is not None})


# --- what several operations or fields share ----------------------------------------------------------


def _shared(operations: list[ast.expr]) -> tuple[dict[Ident, ast.expr], list[ast.expr]]:
    """Name each reason of an inference, and each shape of a task, that stands more than once; return both."""
    found = [part for operation in operations for part in _shareable(operation)]
    counts = Counter(ast.dump(value) for _, value in found)
    often = {ast.dump(value): (kind, value) for kind, value in found if counts[ast.dump(value)] > 1}
    totals, numbers = Counter(kind for kind, _ in often.values()), Counter[str]()
    names: dict[str, Ident] = {}
    for text, (kind, _) in often.items():
        numbers[kind] += 1
        names[text] = Ident(kind if totals[kind] == 1 else f"{kind}_{numbers[kind]}")
    naming = _Naming(names)
    return {names[text]: value for text, (_, value) in often.items()}, [naming.visit(tree) for tree in operations]


def _shareable(operation: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield what may be shared, each with the stem of its name."""
    for call in ast.walk(operation):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            if call.func.id == "TaskShape":
                yield "TASK", call
            if call.func.id == "Source":
                yield from (("INFERRED", given.value) for given in call.keywords if given.arg == "inferred")
                yield from (("INFERRED", given) for given in call.args[2:])


class _Naming(ast.NodeTransformer):
    """Put its name in the place of what is shared."""

    def __init__(self, names: Mapping[str, Ident]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if found := self.names.get(ast.dump(node)):
            return _name(found)
        if isinstance(node.func, ast.Name) and node.func.id == "Source":
            return ast.Call(node.func, [self.named(part) for part in node.args], [
                ast.keyword(part.arg, self.named(part.value)) for part in node.keywords
            ])  # fmt: skip
        return self.generic_visit(node)

    def named(self, value: ast.expr) -> ast.expr:
        found = self.names.get(ast.dump(value))
        return _name(found) if found else value


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _rule(name: str) -> ast.expr:
    return ast.Attribute(_name("rules"), str(Ident(name)), ast.Load())


def _call(function: str, *arguments: ast.expr, **named: ast.expr) -> ast.Call:
    keywords = [ast.keyword(name, value) for name, value in named.items()]
    return ast.Call(_name(function), list(arguments), keywords)
