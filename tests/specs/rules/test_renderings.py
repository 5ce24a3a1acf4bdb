"""Every rendering of a rule means the same: Python and JSON Schema against a reading of the rule kinds by hand."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import specs
from specs.rules import cel, idl, json_schema
from specs.rules.formula import formula, negate
from specs.rules.limits import compile_holds
from specs.rules.model import Every, Is, Rule, parts
from specs.rules.parse import parse_rule, rule_as_json
from specs.rules.python import compile_rules

SHOT = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "seconds": {"type": "integer", "default": 5},
        "kind": {"type": "string", "enum": ["cut", "fade"], "default": "cut"},
        "weight": {"type": "number"},
    },
}
BODY = {
    "type": "object",
    "properties": {
        "image": {"type": "string"},
        "tail": {"type": ["string", "null"]},
        "text": {"type": "string"},
        "mode": {"type": "string", "enum": ["std", "pro"], "default": "std"},
        "multi": {"type": "boolean", "default": False},
        "style": {"type": ["string", "null"], "enum": ["auto", "hand", None]},
        "seconds": {"type": "integer", "default": 5},
        "weight": {"type": "number"},
        "shots": {"type": "array", "items": SHOT},
        "subjects": {"type": "array", "items": {"type": "string"}},
        "camera": {"type": "object", "properties": {"zoom": {"type": "number"}, "pan": {"type": "number"}}},
    },
}


def is_(field: str, state: Any, **rest: Any) -> dict[str, Any]:
    return {"field": field, "is": state, **rest}


RULES: list[dict[str, Any]] = [
    {"kind": "at_most_one", "fields": ["/tail", "/shots"]},
    {"kind": "at_most_one", "fields": ["/image", "/tail", "/shots"]},
    {"kind": "at_most_one", "fields": ["/image", "/camera/zoom"], "when": is_("/mode", "std")},
    {"kind": "exactly_one", "fields": ["/text", "/shots"]},
    {"kind": "exactly_one", "fields": ["/image", "/tail", "/text"]},
    {"kind": "at_least_one", "fields": ["/image", "/tail"]},
    {"kind": "at_least_one", "fields": ["/image"], "when": is_("/multi", True)},
    {"kind": "all_or_none", "fields": ["/camera/zoom", "/camera/pan"]},
    {"kind": "all_or_none", "fields": ["/image", "/tail"]},
    {"kind": "required_if", "fields": ["/style"], "when": is_("/multi", True)},
    {"kind": "required_if", "fields": ["/text"], "when": {"any": [is_("/multi", False), is_("/style", "auto")]}},
    {"kind": "required_if", "fields": ["/shots"], "when": {"all": [is_("/multi", True), is_("/style", "hand")]}},
    {"kind": "required_if", "fields": ["/tail"], "when": is_("/image", "absent")},
    {"kind": "required_if", "fields": ["/text"], "when": is_("/shots", "present", **{"not": True})},
    {"kind": "required_if", "fields": ["/shots/*/text"], "when": is_("/shots/*/kind", "fade")},
    {"kind": "forbidden_if", "fields": ["/tail"], "when": is_("/mode", "pro")},
    {"kind": "forbidden_if", "fields": ["/style"], "when": is_("/multi", True, **{"not": True})},
    {"kind": "forbidden_if", "fields": ["/shots/*/weight"], "when": is_("/multi", False)},
    {"kind": "ignored_if", "fields": ["/text"], "when": is_("/multi", True)},
    {"kind": "values_if", "fields": ["/seconds"], "when": is_("/mode", "pro"), "schema": {"enum": [5, 10]}},
    {"kind": "values_if", "fields": ["/seconds"], "when": is_("/tail", "present"), "schema": {"minimum": 6}},
    {"kind": "values_if", "fields": ["/style"], "when": is_("/image", "present"), "schema": {"const": "auto"}},
    {"kind": "values_if", "fields": ["/text"], "when": is_("/mode", ["std", "pro"]), "schema": {"maxLength": 3}},
    {"kind": "compare", "fields": ["/shots/*/seconds", "/seconds"], "op": "<="},
    {"kind": "compare", "fields": ["/weight", "/seconds"], "op": "<"},
    {"kind": "compare", "fields": ["/weight", "/seconds"], "op": "!=", "when": is_("/multi", True)},
    {"kind": "sum", "fields": ["/shots/*/seconds"], "op": "==", "total": "/seconds"},
    {"kind": "sum", "fields": ["/shots/*/weight"], "op": "<=", "total": "/weight"},
    {"kind": "refers_to", "fields": ["/text", "/subjects"], "schema": {"pattern": "<<<(\\d+)>>>"}},
]  # fmt: skip


def document(*rules: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with one operation that has the rules."""
    named = [{"id": f"rule-{n}", **rule} for n, rule in enumerate(rules)]
    return {
        "openapi": "3.1.0",
        "info": {"title": "test", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "x-errors": {"pointers": {}, "codes": []},
        "paths": {
            "/make": {
                "post": {
                    "operationId": "make",
                    "requestBody": {"content": {"application/json": {"schema": {**BODY, "x-rules": named}}}},
                    "responses": {},
                }
            }
        },
    }


OPERATION = specs.contract(document(*RULES)).operation("make")
BROKEN = compile_rules(OPERATION.formulas)
HELD = compile_rules(tuple(map(negate, OPERATION.formulas)))
HOLDS = [compile_holds(OPERATION.request or {}, (each,)) for each in OPERATION.formulas]
HOLD = compile_holds(OPERATION.request or {}, OPERATION.formulas)

shot = st.fixed_dictionaries(
    {},
    optional={
        "text": st.just("t"),
        "seconds": st.integers(1, 9),
        "kind": st.sampled_from(["cut", "fade"]),
        "weight": st.sampled_from([0.5, 1, 2]),
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "image": st.just("i"),
        "tail": st.sampled_from(["t", None]),
        "text": st.sampled_from(["", "abcd", "<<<1>>>", "<<<2>>> and <<<1>>>", "<<<0>>>"]),
        "mode": st.sampled_from(["std", "pro"]),
        "multi": st.booleans(),
        "style": st.sampled_from(["auto", "hand", None]),
        "seconds": st.integers(3, 12),
        "weight": st.sampled_from([0.5, 1, 2, 5, 7.5]),
        "shots": st.lists(shot, max_size=4),
        "subjects": st.lists(st.just("s"), max_size=2),
        "camera": st.fixed_dictionaries({}, optional={"zoom": st.just(1), "pan": st.just(2)}),
    },
)

DEFAULTS = {"/mode": "std", "/multi": False, "/seconds": 5, "/shots/*/seconds": 5, "/shots/*/kind": "cut"}
COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def read(body: Mapping[str, Any], pointer: str, index: int | None = None) -> Any:
    """The value at a pointer, in the shot at `index`; written apart from the code under test."""
    value: Any = body
    for name in pointer.strip("/").split("/"):
        if value is None:
            return None
        value = value[index] if name == "*" else value.get(name)
    return value


def holds(rule: Rule, body: Mapping[str, Any]) -> bool:
    """What DESIGN says of each kind, read literally."""
    starred = [p for p in rule.mentioned() if "*" in p] and rule.kind not in ("sum", "refers_to")
    places = range(len(body.get("shots", []))) if starred else [None]
    return all(holds_at(rule, body, place) for place in places)


def holds_at(rule: Rule, body: Mapping[str, Any], index: int | None) -> bool:
    def value(pointer: str) -> Any:
        found = read(body, pointer, index)
        return DEFAULTS.get(pointer) if found is None else found

    def true(part: Is) -> bool:
        if part.state == "value":
            return (value(part.field) in part.values) != part.negated
        return ((read(body, part.field, index) is not None) == (part.state == "present")) != part.negated

    if rule.when is not None:
        truths = [true(part) for part in parts(rule.when)]
        if not (all(truths) if isinstance(rule.when, (Is, Every)) else any(truths)):
            return True
    given = 0 if rule.kind == "sum" else sum(read(body, p, index) is not None for p in rule.fields)
    first = rule.fields[0]
    match rule.kind:
        case "at_most_one":
            return given <= 1
        case "exactly_one":
            return given == 1
        case "at_least_one" | "required_if":
            return given >= 1
        case "all_or_none":
            return given in (0, len(rule.fields))
        case "forbidden_if" | "ignored_if":
            return given == 0
        case "values_if":
            return value(first) is None or jsonschema_rs.is_valid(dict(rule.schema or {}), value(first))
        case "compare":
            one, two = value(first), value(rule.fields[1])
            return one is None or two is None or COMPARE[rule.op or ""](one, two)
        case "sum":
            shots = body.get("shots")
            terms = [DEFAULTS.get(first) if (t := read(s, first.split("/*")[1])) is None else t for s in shots or []]
            total = value(rule.total or "")
            return shots is None or None in terms or total is None or COMPARE[rule.op or ""](sum(terms), total)
        case "refers_to":
            count = len(body.get("subjects", []))
            return all(1 <= int(n) <= count for n in re.findall((rule.schema or {})["pattern"], body.get("text", "")))


@given(bodies)
@example({"shots": []})
@example({"tail": None, "shots": [{}]})
def test_python_says_what_the_kinds_mean(body: dict[str, Any]) -> None:
    broken = BROKEN(body)
    assert broken == [n for n, rule in enumerate(OPERATION.rules) if not holds(rule, body)]


@given(bodies)
def test_over_checked_values_the_rules_mean_the_same(body: dict[str, Any]) -> None:
    given_ = {name: value for name, value in body.items() if value is not None}
    broken = BROKEN(given_)
    assert [n for n, holds_ in enumerate(HOLDS) if not holds_(given_)] == broken
    assert HOLD(given_) == (not broken)


@given(bodies)
def test_a_negated_formula_holds_exactly_when_the_formula_does_not(body: dict[str, Any]) -> None:
    broken = BROKEN(body)
    held = HELD(body)
    assert sorted([*broken, *held]) == list(range(len(RULES)))


SCHEMAS = [(n, found) for n, f in enumerate(OPERATION.formulas) if (found := json_schema.schema(f)) is not None]


@given(bodies)
def test_json_schema_agrees_with_python(body: dict[str, Any]) -> None:
    broken = set(BROKEN(body))
    for n, schema in SCHEMAS:
        assert jsonschema_rs.is_valid(schema, body) == (n not in broken), RULES[n]


def test_json_schema_says_all_but_arithmetic_and_what_ties_an_item_to_its_surroundings() -> None:
    beyond = set(range(len(RULES))) - {n for n, _ in SCHEMAS}
    assert {RULES[n]["kind"] for n in beyond} == {"compare", "sum", "refers_to", "forbidden_if"}
    assert [RULES[n]["fields"] for n in beyond if RULES[n]["kind"] == "forbidden_if"] == [["/shots/*/weight"]]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(BODY["properties"])), inner),
    max_leaves=12,
)


@given(anything)
def test_no_body_makes_a_rule_raise(body: Any) -> None:
    found = OPERATION.validate(body)
    assert isinstance(found, tuple)


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry["kind"])
def test_a_rule_survives_writing_and_reading(entry: dict[str, Any]) -> None:
    rule = parse_rule({"id": "r", **entry}, "here")
    assert parse_rule(rule_as_json(rule), "here") == rule


def test_every_kind_is_among_the_rules_of_this_test() -> None:
    assert {entry["kind"] for entry in RULES} == set(specs.rules.model.KINDS)


@pytest.mark.parametrize(("number", "expected"), list(enumerate(OPERATION.checks)), ids=lambda x: str(x)[:20])
def test_every_rule_has_a_sentence_and_says_what_is_allowed(number: int, expected: specs.Check) -> None:
    assert expected.message[0] in "`AE" or expected.message.startswith(("The sum", "Exactly"))
    assert expected.message.endswith(".")
    assert expected.allowed, RULES[number]


def test_pairs_of_fields_are_compared_once() -> None:
    rule = parse_rule({"id": "r", "kind": "at_most_one", "fields": ["/image", "/tail", "/shots"]}, "here")
    pairs = formula(rule, OPERATION.lookup)
    assert len(pairs.parts) == len(list(itertools.combinations(rule.fields, 2)))  # type: ignore[union-attr]


def test_cel_and_idl_texts() -> None:
    by_kind = {
        rule.kind: (cel.text(f), idl.text(rule)) for rule, f in zip(OPERATION.rules, OPERATION.formulas, strict=True)
    }
    assert by_kind["sum"] == (
        "!(has(this.shots)) || !(this.shots.all(item, has(item.weight))) || !(has(this.weight)) || "
        "this.shots.map(item, item.weight).sum() <= this.weight",
        None,
    )
    assert by_kind["all_or_none"][1] == "AllOrNone(image, tail);"
    assert by_kind["exactly_one"][1] == "OnlyOne(image, tail, text);"
    assert by_kind["refers_to"] == (None, None)
