"""What is odd about one contract: contradictions, fields and rules that never matter, limits that refuse themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from codegen.lint import arithmetic, limits
from codegen.lint.finding import Finding
from specs import english, pointers
from specs.checks import Source
from specs.model import Contract, Field, Operation
from specs.resolve import resolved
from specs.rules.formula import ABSENT
from specs.worlds import Exclusion, analyse


def check(contract: Contract) -> Iterator[Finding]:
    """Yield what is odd about the contract."""
    for operation in contract.operations:
        found = _Checking(contract.provider, operation)
        if operation.rules:
            yield from found.worlds()
            yield from found.arithmetic()
        yield from found.sources()
        yield from found.limits()
        yield from found.values()
        yield from found.examples(_stated(contract, operation))
        yield from found.words(contract)
        yield from found.types()


def _stated(contract: Contract, operation: Operation) -> Mapping[str, Any]:
    """Return the operation as the document has it, references followed."""
    stated = contract.document["paths"][operation.path][operation.method.lower()]
    found: Mapping[str, Any] = resolved(stated, contract.document, operation.id)
    return found


class _Checking:
    """One operation on its way."""

    def __init__(self, provider: str, operation: Operation) -> None:
        self.provider, self.operation = provider, operation

    def finding(self, kind: str, place: str, message: str, *sources: Source) -> Finding:
        named = f"{self.operation.id} {pointers.name(place) if place.startswith('/') else place}"
        return Finding(kind, self.provider, named, message, tuple(dict.fromkeys(s for s in sources if s != Source())))

    def worlds(self) -> Iterator[Finding]:
        impossible = {field.pointer: field for field in self.operation.at("body") if limits.impossible(field.schema)}
        if demanded := [field for field in impossible.values() if field.required]:
            names = english.listing(english.code(field.pointer) for field in demanded)
            said = f"{names} must be given and can have no value, so the rules were not examined"
            yield self.finding("rules-unexamined", "rules", said, *(field.source for field in demanded))
            return
        analysis = analyse(self.operation)
        unusable = [field for field in analysis.unusable if field.pointer not in impossible]  # told as what they are
        yield from self._unusable(unusable)
        never = {field.pointer for field in (*unusable, *impossible.values())}
        spoken = [rule.id for rule in self.operation.rules if never.isdisjoint(rule.mentioned())]
        for rule in analysis.silent:
            if rule.id in spoken:
                yield self.finding("rule-silent", rule.id, "its condition never holds", rule.source)
        for rule in analysis.redundant:
            if rule.id in spoken:
                yield self.finding("rule-redundant", rule.id, "it follows from the other rules", rule.source)
        for exclusion in analysis.exclusive:
            if exclusion.rule.id in spoken:
                yield self._exclusion(exclusion)
        for idle in analysis.idle:
            said = f"is required where it is said to have no effect, as beside {english.value(idle.beside)}"
            demand = idle.demand.source if idle.demand else self.operation.field(idle.advice.fields[0]).source
            yield self.finding("contradiction", idle.advice.fields[0], said, idle.advice.source, demand)

    def _unusable(self, unusable: Iterable[Field]) -> Iterator[Finding]:
        told: set[str] = set()
        for field in sorted(unusable, key=lambda field: field.required):
            if field.pointer in told:
                continue
            holders = [rule for rule in self.operation.rules if field.pointer in rule.mentioned()]
            excluding = [self.operation.field(p) for rule in holders for p in rule.fields if p != field.pointer]
            required = [other for other in excluding if other.required]
            told |= {other.pointer for other in required}
            said = "no request that keeps all rules can have it"
            if required:
                names = english.listing(dict.fromkeys(english.code(other.pointer) for other in required))
                said = f"{names} is required and excludes {english.code(field.pointer)}, which can never be used"
            sources = (*(rule.source for rule in holders), *(other.source for other in required))
            yield self.finding("contradiction" if required else "field-unusable", field.pointer, said, *sources)

    def _exclusion(self, exclusion: Exclusion) -> Finding:
        rule, others = exclusion.rule, exclusion.others
        where = f"where {english.condition(rule.when)}, " if rule.when is not None else ""
        names = [other.id for other in others] or ["the limits of " + english.listing(map(english.code, rule.fields))]
        said = f"{where}no request can keep it together with {english.listing(names)}"
        fields = () if others else (self.operation.field(pointer).source for pointer in rule.fields)
        return self.finding("contradiction", rule.id, said, rule.source, *(o.source for o in others), *fields)

    def arithmetic(self) -> Iterator[Finding]:
        for clash in arithmetic.clashes(self.operation):
            sources = [clash.rule.source]
            if clash.other is not None:
                sources.append(clash.other.source)
            else:
                sources += [self.operation.field(pointer).source for pointer in clash.rule.mentioned()]
            yield self.finding("contradiction", clash.rule.id, clash.message, *sources)
        for weak, strong in arithmetic.weaker(self.operation):
            yield self.finding("rule-redundant", weak.id, f"it follows from {strong.id}", weak.source, strong.source)

    def limits(self) -> Iterator[Finding]:
        for field in self.operation.fields:
            for said in limits.check(field):
                yield self.finding("contradiction", field.pointer, said, field.source)
        answers = [answer.schema for status, answer in self.operation.responses.items() if status < 300]
        for schema in (self.operation.request or {}, *answers):
            for pointer, name in limits.unknown(schema):
                place = pointer or "the body"
                said = f"`{name}` is required, and no member of it: it takes documented members only"
                yield self.finding("contradiction", place, said)

    def sources(self) -> Iterator[Finding]:
        for rule in self.operation.rules:
            if rule.source == Source():
                yield self.finding("rule-unsourced", rule.id, "no page, line or reason is given for it")
        for field in self.operation.fields:
            if field.location != "response" and field.source == Source():
                yield self.finding("field-unsourced", field.pointer, "no page, line or reason is given for it")

    def values(self) -> Iterator[Finding]:
        for field in self.operation.fields:
            schema = {name: value for name, value in field.schema.items() if not name.startswith("x-")}
            validator = jsonschema_rs.Draft202012Validator(schema)
            if field.default is not ABSENT and field.default is not None and not validator.is_valid(field.default):
                said = f"the default {limits.shown(field.default)} is not among what it takes: {limits.taken(field)}"
                yield self.finding("default-refused", field.pointer, said, field.source)
            for example in _examples(field.schema):
                if not validator.is_valid(example):
                    said = f"the example {limits.shown(example)} is not among what it takes: {limits.taken(field)}"
                    yield self.finding("example-refused", field.pointer, said, field.source)

    def examples(self, stated: Mapping[str, Any]) -> Iterator[Finding]:
        """Of whole bodies, as the schema or the media type gives them."""
        for example in (*_examples(self.operation.request or {}), *_examples(_json(stated.get("requestBody", {})))):
            for violation in self.operation.validate(example):
                if violation.severity == "error":
                    yield self.finding("example-refused", "the example", violation.message, violation.source)
        for status, answer in self.operation.responses.items():
            validator = jsonschema_rs.Draft202012Validator(dict(answer.schema))
            content = _json(stated.get("responses", {}).get(str(status), {}))
            for example in (*_examples(answer.schema), *_examples(content)):
                for error in validator.iter_errors(example):
                    at = pointers.join(*map(str, error.instance_path))
                    said = f"{english.code(at) if at else 'it'}: {error.message}"
                    yield self.finding("example-refused", f"the example of {status}", said)

    def words(self, contract: Contract) -> Iterator[Finding]:
        """Every documented value of a task's status is a word of the task."""
        task = self.operation.task
        if task is None:
            return
        told = {field.pointer: field for field in contract.operation(task.poll).at("response")}
        field = told.get(task.polled["status"])
        listed = None if field is None else field.schema.get("enum")
        known = {*task.statuses, *(word for variant in task.variants.values() for word in variant.statuses)}
        if field is not None and (strange := [word for word in listed or () if word is not None and word not in known]):
            said = f"the task says of no state: {english.listing(map(english.value, strange))}"
            yield self.finding("status-unknown", field.pointer, said, field.source)

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


def _examples(holder: Mapping[str, Any]) -> list[Any]:
    """Return the examples of a schema, where they are a list, or of a media type, where each has a name."""
    found = holder.get("examples", ())
    named = [one["value"] for one in found.values() if "value" in one] if isinstance(found, Mapping) else found
    return [*named, *([holder["example"]] if "example" in holder else [])]


def _json(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is said of the JSON of a body or answer."""
    found: Mapping[str, Any] = holder.get("content", {}).get("application/json", {})
    return found
