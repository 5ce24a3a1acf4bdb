"""Seeded faults and mechanical mutants: contracts and servers with one thing wrong, to test the suite itself.

Most faults are a change of the contract that a mock is given: the mock then behaves by the changed contract, and the
suite made from the true one has to notice. What no contract can say is done to requests and answers on the way.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import specs
from contract.cases import Call
from contract.exchange import Answer
from contract.images import embedded
from contract.runner import Send
from contract.senders import in_process
from specs import pointers
from specs.media import Media
from specs.model import Contract, Operation

if TYPE_CHECKING:
    from mockserver.mock import Mock

Document = dict[str, Any]
Headers = dict[str, str]
Hook = Callable[[Send, Call, Headers], Answer]
"""Handles a call in place of the mock, which it may ask."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of wrong behaviour. `mutate` changes a copy of the document, `hook` stands between caller and mock."""

    name: str
    says: str
    mutate: Callable[[Document], None] | None = None
    hook: Hook | None = None
    mock_fault: str | None = None


def faulty(contract: Contract, fault: Fault) -> tuple[Mock, Send]:
    """Return a mock with the fault and the way to send to it. Raises SpecError where the contract has no such part."""
    from mockserver.mock import Mock

    wrong = contract if fault.mutate is None else mutated(contract, fault.mutate)
    mock = Mock(wrong)
    if fault.mock_fault is not None:
        mock.faults.add(fault.mock_fault)  # type: ignore[arg-type] # the seeds name kinds
    send, hook = in_process(mock), fault.hook
    if hook is None:
        return mock, send
    return mock, lambda call, headers: hook(send, call, headers)


def mutated(contract: Contract, mutate: Callable[[Document], None]) -> Contract:
    """Return the contract of the changed document."""
    document = copy.deepcopy(dict(contract.document))
    mutate(document)
    return specs.contract(document, f"{contract.provider} (mutated)", contract.provider)


# --- places in a document -----------------------------------------------------------------------------


def bodies(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (operationId, request schema) of each operation with a body; references are followed."""
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                yield operation["operationId"], deref(document, schema)


def deref(document: Document, schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a local reference."""
    while "$ref" in schema:
        found: Any = document
        for name in pointers.split(schema["$ref"].removeprefix("#")):
            found = found[name]
        schema = found
    return schema


def members(
    document: Document, schema: dict[str, Any], at: str = ""
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield (pointer, holder, member schema) of all members of an object schema, items and nested ones too."""
    schema = deref(document, schema)
    for name, member in schema.get("properties", {}).items():
        inner = deref(document, member)
        pointer = at + pointers.join(name)
        yield pointer, schema, inner
        yield from members(document, inner, pointer)
    if isinstance(schema.get("items"), dict):
        items = deref(document, schema["items"])
        if "properties" not in items:
            yield f"{at}/*", schema, items
        yield from members(document, items, f"{at}/*")


# --- mechanical mutants -------------------------------------------------------------------------------


def mutants(contract: Contract) -> Iterator[Fault]:
    """Yield every mechanical change of the contract's rules and limits, one at a time."""
    document: Document = dict(contract.document)
    for operation_id, schema in bodies(document):
        for number, rule in enumerate(schema.get("x-rules", [])):
            for name, change in _rule_changes(rule):
                yield Fault(
                    f"{operation_id}/{rule['id']}/{name}",
                    f"{rule['id']}: {name}",
                    _at_rule(operation_id, number, change),
                )
        for pointer, holder, member in members(document, schema):
            required = pointers.split(pointer)[-1] in holder.get("required", ())
            for name, change_member in _member_changes(member, required=required, star=pointer.endswith("/*")):
                yield Fault(
                    f"{operation_id}{pointer}/{name}", f"{pointers.name(pointer)}: {name}",
                    _at_member(operation_id, pointer, change_member),
                )  # fmt: skip
        if schema.get("additionalProperties") is False:
            yield Fault(
                f"{operation_id}/unknown members allowed", "unknown members allowed", _at_root(operation_id, _open)
            )


def equivalent(operation: Operation, name: str) -> str | None:
    """Return why nobody can see a mutant (by its name) from outside; None where it can be seen."""
    place, _, what = name.removeprefix(operation.id).removeprefix("/").rpartition("/")
    rule = next((known for known in operation.rules if known.id == place), None)
    if rule is not None:
        return "the rule only warns" if rule.severity == "warning" else None
    schema = next((known.schema for known in operation.at("body") if known.pointer == f"/{place}"), {})
    keyword = what.partition(" ")[0]
    if "enum" in schema and (keyword in ("minimum", "maximum", "type")) and "stricter" not in what:
        return "the list of values says the same"
    media = Media.from_json(schema.get("x-media", {}))
    if keyword in schema.get("x-media", {}) and keyword != "encodings" and not embedded(media):
        return "the field takes URLs, and what is behind them is not in the request"
    return None


RuleChange = Callable[[list[dict[str, Any]], int], None]
MemberChange = Callable[[dict[str, Any], dict[str, Any], str], None]
_OTHER_OPERATORS = {
    "==": ("<=", ">=", "!="), "!=": ("==",), "<": ("<=", ">"), "<=": ("<", "=="), ">": (">=", "<"), ">=": (">", "=="),
}  # fmt: skip


def _at_rule(operation_id: str, number: int, change: RuleChange) -> Callable[[Document], None]:
    def mutate(document: Document) -> None:
        change(dict(bodies(document))[operation_id]["x-rules"], number)

    return mutate


def _at_root(operation_id: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Document], None]:
    return lambda document: change(dict(bodies(document))[operation_id])


def _at_member(operation_id: str, pointer: str, change: MemberChange) -> Callable[[Document], None]:
    def mutate(document: Document) -> None:
        schema = dict(bodies(document))[operation_id]
        for here, holder, member in members(document, schema):
            if here == pointer:
                change(holder, member, pointers.split(pointer)[-1])
                return

    return mutate


def _open(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties")


def _rule_changes(rule: Mapping[str, Any]) -> Iterator[tuple[str, RuleChange]]:
    yield "removed", _remove_rule
    for other in _OTHER_OPERATORS.get(rule.get("op", ""), ()):
        yield f"{rule['op']} becomes {other}", _setting("op", other)
    kinds = {
        "exactly_one": ("at_most_one", "at_least_one"),
        "at_most_one": ("exactly_one",),
        "at_least_one": ("exactly_one",),
        "all_or_none": ("at_most_one",), "required_if": ("forbidden_if",), "forbidden_if": ("required_if",),
    }  # fmt: skip
    for kind in kinds.get(rule["kind"], ()):
        yield f"{rule['kind']} becomes {kind}", _setting("kind", kind)
    when = rule.get("when")
    if when is not None and "field" in when:
        yield "condition negated", _setting("when", {**when, "not": not when.get("not", False)})
    for word, opposite in (("all", "any"), ("any", "all")):
        if when is not None and word in when:
            yield f"{word} becomes {opposite}", _setting("when", {opposite: when[word]})
            for number in range(len(when[word])):
                rest = [part for position, part in enumerate(when[word]) if position != number]
                yield f"condition {number} dropped", _setting("when", {word: rest})


def _setting(name: str, value: Any) -> RuleChange:
    def change(rules: list[dict[str, Any]], number: int) -> None:
        rules[number][name] = value

    return change


def _remove_rule(rules: list[dict[str, Any]], number: int) -> None:
    del rules[number]


_STEPS = {"minimum": 1, "maximum": -1, "minLength": 1, "maxLength": -1, "minItems": 1, "maxItems": -1}


def _member_changes(member: Mapping[str, Any], *, required: bool, star: bool) -> Iterator[tuple[str, MemberChange]]:
    for keyword, inward in _STEPS.items():
        if keyword in member:
            step = (
                inward
                if isinstance(member[keyword], int) and "number" not in str(member.get("type"))
                else inward * 0.01
            )
            yield f"{keyword} removed", _dropping(keyword)
            yield f"{keyword} one looser", _placing(keyword, member[keyword] - step)
            yield f"{keyword} one stricter", _placing(keyword, member[keyword] + step)
    if "enum" in member:
        yield "enum removed", _dropping("enum")
        for value in (member["enum"][0], member["enum"][-1]):
            if value is not None:
                yield f"enum without {value}", _placing("enum", [v for v in member["enum"] if v != value])
    if "type" in member:
        yield "type unchecked", _dropping("type")
    if not star and required:
        yield "not required", lambda holder, _, name: holder["required"].remove(name)
    elif not star:
        yield "required", lambda holder, _, name: holder.setdefault("required", []).append(name)
    if "default" in member and "integer" in str(member.get("type")):
        yield "another default", _placing("default", member["default"] + 1)
    for keyword, value in member.get("x-media", {}).items():
        yield f"{keyword} unchecked", _media_dropping(keyword)
        if isinstance(value, int) and keyword.startswith("min"):
            yield f"{keyword} one looser", _media_placing(keyword, value - 1)
            yield f"{keyword} one stricter", _media_placing(keyword, value + 1)
        elif isinstance(value, list) and len(value) > 1:
            yield f"{keyword} without {value[-1]}", _media_placing(keyword, value[:-1])


def _dropping(keyword: str) -> MemberChange:
    return lambda _, member, __: member.pop(keyword) and None


def _placing(keyword: str, value: Any) -> MemberChange:
    def change(_: dict[str, Any], member: dict[str, Any], __: str) -> None:
        member[keyword] = value

    return change


def _media_dropping(keyword: str) -> MemberChange:
    return lambda _, member, __: member["x-media"].pop(keyword) and None


def _media_placing(keyword: str, value: Any) -> MemberChange:
    def change(_: dict[str, Any], member: dict[str, Any], __: str) -> None:
        member["x-media"][keyword] = value

    return change
