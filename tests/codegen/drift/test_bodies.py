"""Two states of rules differ in what is told exactly where some request is accepted by one state only."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import specs
from codegen.drift.bodies import Bodies
from codegen.drift.change import Change
from codegen.drift.compare import compare_operations
from codegen.drift.rules import REFUSED
from codegen.drift.values import combined
from specs import Operation
from specs.rules.formula import formula
from specs.rules.python import compile_rules

Schema = dict[str, Any]
SECONDS: Schema = {"type": "integer", "minimum": 1, "maximum": 6, "default": 3}
SHOT: Schema = {
    "type": "object", "properties": {"text": {"type": "string"}, "seconds": SECONDS}, "additionalProperties": False,
}  # fmt: skip
FIELDS: Schema = {
    "text": {"type": "string"},
    "flag": {"type": "boolean", "default": False},
    "mode": {"type": "string", "enum": ["fast", "good", "best"], "default": "good"},
    "seconds": {**SECONDS, "maximum": 12},
    "shots": {"type": "array", "items": SHOT, "maxItems": 5},
}


def operation(*rules: Schema, fields: Schema = FIELDS, required: tuple[str, ...] = (), **members: Any) -> Operation:
    request = {
        "type": "object", "properties": fields, "required": list(required), "additionalProperties": False,
        "x-rules": [{"id": f"rule-{n}", "status": "stated", **rule} for n, rule in enumerate(rules)], **members,
    }  # fmt: skip
    post = {
        "operationId": "do", "responses": {"200": {"description": "ok"}},
        "requestBody": {"content": {"application/json": {"schema": request}}},
    }  # fmt: skip
    return specs.contract({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/do": {"post": post}},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "x-errors": {"pointers": {}, "codes": []},
    }).operation("do")  # fmt: skip


def accepts(found: Operation, body: Schema) -> bool:
    return not [violation for violation in found.validate(body) if violation.severity == "error"]


def told(old: Operation, new: Operation) -> list[Change]:
    return [change for change in compare_operations(old, new) if change.kind.startswith("rule")]


EACH = {"kind": "compare", "fields": ["/shots/*/seconds", "/seconds"]}
SUM = {"kind": "sum", "fields": ["/shots/*/seconds"], "total": "/seconds"}
FAST = {"field": "/mode", "is": "fast"}
COUNT = {"kind": "values_if", "fields": ["/shots"], "when": FAST}
MENTION = {"kind": "refers_to", "fields": ["/text", "/shots"]}
SEVERAL: dict[str, tuple[Schema, Schema, str]] = {
    "each at most the whole, then their sum": ({**EACH, "op": "<="}, {**SUM, "op": "<="}, "rule-tightened"),
    "their sum, then each at most the whole": ({**SUM, "op": "<="}, {**EACH, "op": "<="}, "rule-loosened"),
    "each as long as the whole, then their sum": ({**EACH, "op": "=="}, {**SUM, "op": "=="}, "rule-changed"),
    "one shot when fast, then two": (
        {**COUNT, "schema": {"maxItems": 1}}, {**COUNT, "schema": {"maxItems": 2}}, "rule-loosened",
    ),
    "four shots when fast, then three": (
        {**COUNT, "schema": {"maxItems": 4}}, {**COUNT, "schema": {"maxItems": 3}}, "rule-tightened",
    ),
    "a shot or more when fast, then two or more": (
        {**COUNT, "schema": {"minItems": 1}}, {**COUNT, "schema": {"minItems": 2}}, "rule-tightened",
    ),
    "any place can be mentioned, then those from the second on only": (
        {**MENTION, "schema": {"pattern": r"<(\d+)>"}}, {**MENTION, "schema": {"pattern": r"<([2-9])>"}},
        "rule-loosened",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_rules_that_differ_from_the_second_item_on_are_told_apart(name: str) -> None:
    one, other, kind = SEVERAL[name]
    old, new = operation({**one, "id": "r"}), operation({**other, "id": "r"})
    (change,) = told(old, new)
    assert change.kind == kind
    assert change.example is not None
    assert [accepts(state, dict(change.example)) for state in (old, new)] == [
        change.verdict == REFUSED, change.verdict != REFUSED,
    ]  # fmt: skip
    assert told(old, operation({**one, "id": "another name"})) == []


def test_a_shot_without_seconds_counts_by_its_default_beside_one_that_has_them() -> None:
    """Only a list of two kinds of shots adds up to seven; the shortest of them leaves the default out."""
    fields = copy.deepcopy(FIELDS)
    fields["seconds"] = {"type": "integer", "minimum": 7, "maximum": 7, "default": 7}
    fields["shots"]["items"]["properties"]["seconds"]["maximum"] = 4
    (change,) = told(operation(fields=fields), operation({**SUM, "op": "!="}, fields=fields))
    assert (change.kind, change.verdict) == ("rule-added", REFUSED)
    assert change.example == {"shots": [{}, {"seconds": 4}]}


# --- against every request of a small world ---------------------------------------------------------------


def all_bodies() -> Iterator[Schema]:
    """Every body over a few values of each field, with up to two shots: made without the code under test."""
    shots = [
        {name: value for name, value in zip(("text", "seconds"), chosen, strict=True) if value is not None}
        for chosen in product((None, "x"), (None, 1, 2, 3, 4, 6))
    ]
    lists = [None, [], *([shot] for shot in shots), *map(list, combinations_with_replacement(shots, 2))]
    options = {"text": (None, "x"), "flag": (None, False, True), "mode": (None, "fast", "good", "best"),
               "seconds": (None, 1, 2, 3, 4, 5, 6, 7, 8), "shots": lists}  # fmt: skip
    for chosen in product(*options.values()):
        yield {name: value for name, value in zip(options, chosen, strict=True) if value is not None}


@cache
def some_bodies() -> tuple[Schema, ...]:
    return tuple(random.Random(7).sample(list(all_bodies()), 800))


CONDITIONS = st.one_of(
    st.builds(lambda field, state: {"field": field, "is": state},
              st.sampled_from(["/text", "/shots", "/seconds"]), st.sampled_from(["present", "absent"])),
    st.builds(lambda value, no: {"field": "/flag", "is": value, "not": no}, st.booleans(), st.booleans()),
    st.builds(lambda value: {"field": "/mode", "is": value}, st.sampled_from(["fast", "good", ["good", "best"]])),
)  # fmt: skip
WHEN = st.one_of(
    CONDITIONS,
    st.builds(lambda word, some: {word: some}, st.sampled_from(["all", "any"]), st.lists(CONDITIONS, min_size=2,
                                                                                        max_size=2)),
)  # fmt: skip
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TOP = st.lists(st.sampled_from(["/text", "/flag", "/mode", "/seconds", "/shots"]), min_size=2, max_size=3, unique=True)
RULES = st.one_of(
    st.builds(lambda kind, fields: {"kind": kind, "fields": fields},
              st.sampled_from(["at_most_one", "exactly_one", "at_least_one", "all_or_none"]), TOP),
    st.builds(lambda kind, field, when: {"kind": kind, "fields": [field], "when": when},
              st.sampled_from(["required_if", "forbidden_if"]),
              st.sampled_from(["/text", "/shots", "/shots/*/text", "/shots/*/seconds"]), WHEN),
    st.builds(lambda least, when: {"kind": "values_if", "fields": ["/seconds"], "schema": {"minimum": least},
                                   "when": when}, st.integers(2, 6), WHEN),
    st.builds(lambda most, when: {**COUNT, "schema": {"maxItems": most}, "when": when}, st.integers(0, 1), WHEN),
    st.builds(lambda op: {**EACH, "op": op}, OPERATORS),
    st.builds(lambda op: {**SUM, "op": op}, OPERATORS),
)  # fmt: skip
SOME = st.lists(RULES, min_size=0, max_size=3)


@given(SOME, SOME, SOME)
@example([{**SUM, "op": "=="}], [{**EACH, "op": "=="}], [{"kind": "at_most_one", "fields": ["/seconds", "/shots"]}])
def test_what_is_told_is_what_some_request_shows(kept: list[Schema], before: list[Schema], after: list[Schema]) -> None:
    old, new = operation(*kept, *before), operation(*kept, *after)
    changes = told(old, new)
    for change in changes:
        assert change.example is not None
        verdicts = [accepts(state, dict(change.example)) for state in (old, new)]
        assert verdicts == [change.verdict == REFUSED, change.verdict != REFUSED], change
    broken = [compile_rules(state.formulas) for state in (old, new)]
    differs = [body for body in some_bodies() if bool(broken[0](body)) != bool(broken[1](body))]
    refused = {bool(broken[1](body)) for body in differs}
    assert refused <= {change.verdict == REFUSED for change in changes} or any(
        change.kind == "rule-changed" for change in changes
    ), (differs[0], changes)


ONE = st.lists(RULES, min_size=0, max_size=1)


@given(ONE, ONE)
def test_nothing_can_be_left_out_of_an_example(before: list[Schema], after: list[Schema]) -> None:
    old, new = operation(*before), operation(*after)
    for change in told(old, new):
        one, other = (old, new) if change.verdict == REFUSED else (new, old)
        for smaller in shorter(dict(change.example or {})):
            assert not (accepts(one, smaller) and not accepts(other, smaller)), (change, smaller)


def shorter(value: Any) -> Iterator[Any]:
    """Yield the value with one member or item left out, at any place in it."""
    places = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if type(value) is list else []
    for place, inner in places:
        without = copy.copy(value)
        del without[place]
        yield without
        for less in shorter(inner):
            changed = copy.copy(value)
            changed[place] = less
            yield changed


@given(SOME.filter(bool))
def test_the_bits_of_a_rule_are_what_the_rule_says_of_each_body(rules: list[Schema]) -> None:
    found = operation(*rules)
    bodies = Bodies(found.rules, [found.request or {}], frozenset())
    for rule in found.rules:
        said = formula(rule, found.lookup)
        breaks, bits = compile_rules([said]), bodies.broken(rule, said)
        for world in random.Random(bits).sample(range(bodies.grid.size), min(200, bodies.grid.size)):
            body = {names[0]: one.value for names, one in bodies.grid.world(world).items() if one.size}
            assert bool(breaks(body)) == bool(bits >> world & 1)


# --- many fields, whole bodies ----------------------------------------------------------------------------


def test_of_too_many_combinations_those_with_few_and_those_with_nearly_all_come_first() -> None:
    found = list(combined([["-", "x"]] * 40, 1_000))
    assert len(found) == 1_000
    assert [row.count("x") for row in found[:2]] == [0, 40]
    assert {row.count("x") for row in found} <= {0, 1, 2, 38, 39, 40}
    assert len(list(combined([["-", "x"], ["-", "y", "z"]], 6))) == 6


@pytest.mark.parametrize("kind", ["exactly_one", "at_least_one", "at_most_one", "all_or_none"])
def test_rules_over_twenty_fields_are_told_apart(kind: str) -> None:
    names = [f"x{number}" for number in range(20)]
    fields = {name: {"type": "string"} for name in names}

    def state(count: int) -> Operation:
        rule = {"id": "r", "kind": kind, "fields": [f"/{name}" for name in names[:count]]}
        return operation(rule, fields=fields)

    (change,) = told(state(20), state(19))
    assert change.kind in ("rule-loosened", "rule-tightened", "rule-changed")
    assert told(state(20), state(20)) == []


def test_what_the_schema_says_of_the_whole_body_is_kept_by_examples() -> None:
    rule = {"kind": "at_most_one", "fields": ["/text", "/mode"]}
    old, new = (operation(*rules, allOf=[{"required": ["flag"]}]) for rules in ([], [rule]))
    assert told(old, new) == []  # every body with both lacks the flag, which no rule names
    named = {"kind": "at_most_one", "fields": ["/text", "/mode", "/flag"]}
    old, new = (operation(*rules, allOf=[{"required": ["flag"]}]) for rules in ([], [named]))
    (change,) = told(old, new)
    assert "flag" in (change.example or {})
