"""What is odd about one contract: contradictions, fields and rules that never matter, limits that refuse themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from codegen.lint.finding import Finding
from specs import english, pointers
from specs.checks import Source
from specs.model import Contract, Field, Operation
from specs.rules.formula import ABSENT
from specs.worlds import analyse


def check(contract: Contract) -> Iterator[Finding]:
    """Yield what is odd about the contract."""
    for operation in contract.operations:
        found = _Checking(contract.provider, operation)
        if operation.rules:
            yield from found.worlds()
        yield from found.sources()
        yield from found.values()
        yield from found.types()


class _Checking:
    """One operation on its way."""

    def __init__(self, provider: str, operation: Operation) -> None:
        self.provider, self.operation = provider, operation

    def finding(self, kind: str, place: str, message: str, *sources: Source) -> Finding:
        named = f"{self.operation.id} {pointers.name(place) if place.startswith('/') else place}"
        return Finding(kind, self.provider, named, message, tuple(dict.fromkeys(s for s in sources if s != Source())))

    def worlds(self) -> Iterator[Finding]:
        analysis = analyse(self.operation)
        for field in analysis.unusable:
            holders = [rule for rule in self.operation.rules if field.pointer in rule.mentioned()]
            excluding = [self.operation.field(p) for rule in holders for p in rule.fields if p != field.pointer]
            required = [other for other in excluding if other.required]
            said = "no request that keeps all rules can have it"
            if required:
                names = english.listing(english.code(other.pointer) for other in required)
                said = f"{names} is required and excludes {english.code(field.pointer)}, which can never be used"
            sources = (*(rule.source for rule in holders), *(other.source for other in required))
            yield self.finding("contradiction" if required else "field-unusable", field.pointer, said, *sources)
        for rule in analysis.silent:
            yield self.finding("rule-silent", rule.id, "its condition never holds", rule.source)
        for rule in analysis.redundant:
            yield self.finding("rule-redundant", rule.id, "it follows from the other rules", rule.source)
        for idle in analysis.idle:
            said = f"is required where it is said to have no effect, as beside {english.value(idle.beside)}"
            sources = (idle.advice.source, idle.demand.source)
            yield self.finding("contradiction", idle.advice.fields[0], said, *sources)

    def sources(self) -> Iterator[Finding]:
        for rule in self.operation.rules:
            if rule.source == Source():
                yield self.finding("rule-unsourced", rule.id, "no page, line or reason is given for it")
        for field in self.operation.at("body"):
            if field.source == Source():
                yield self.finding("field-unsourced", field.pointer, "no page, line or reason is given for it")

    def values(self) -> Iterator[Finding]:
        for field in self.operation.fields:
            if field.location == "response":
                continue
            schema = {name: value for name, value in field.schema.items() if not name.startswith("x-")}
            validator = jsonschema_rs.Draft202012Validator(schema)
            if field.default is not ABSENT and field.default is not None and not validator.is_valid(field.default):
                said = f"the default {english.value(field.default)} is not among what it takes: {_limits(field)}"
                yield self.finding("default-refused", field.pointer, said, field.source)
            for example in _examples(field.schema):
                if not validator.is_valid(example):
                    said = f"the example {english.value(example)} is not among what it takes: {_limits(field)}"
                    yield self.finding("example-refused", field.pointer, said, field.source)
        for example in _examples(self.operation.request or {}):
            for violation in self.operation.validate(example):
                if violation.severity == "error":
                    yield self.finding("example-refused", "the example", violation.message, violation.source)

    def types(self) -> Iterator[Finding]:
        """Members such as `image_url_ttl` and `video_url_ttl` tell the same; their types should be the same too."""
        alike: dict[str, list[Field]] = {}
        for field in self.operation.at("response"):
            kind, _, rest = field.name.partition("_")
            if "_" in rest and kind in pointers.name(field.pointer).split(".")[0]:
                alike.setdefault(rest, []).append(field)
        for fields in alike.values():
            if len({field.types for field in fields}) > 1:
                told = [f"{english.code(field.pointer)} is {english.listing(field.types, 'or')}" for field in fields]
                sources = (field.source for field in fields)
                yield self.finding("types-differ", fields[0].pointer, english.listing(told), *sources)


def _limits(field: Field) -> str:
    return english.listing([*field.types, *english.limits(field.schema)])


def _examples(schema: Mapping[str, Any]) -> list[Any]:
    return [*schema.get("examples", ()), *([schema["example"]] if "example" in schema else [])]
