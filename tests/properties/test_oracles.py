"""Two judges of our rules that know nothing of our Python: a JSON Schema validator and a CEL engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import celpy
import jsonschema_rs
from celpy import celtypes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import Goal, Seeded, draw_body, limits, plan
from contract.goals import goal_of
from specs.model import Operation
from specs.resolve import resolved
from specs.rules import cel

SOME = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def random_body(operation: Operation, seed: int) -> dict[str, Any]:
    """A body that keeps or breaks anything: a made one, with members of other made ones put in and taken out."""
    chance = random.Random(seed)
    goals = [Goal(), *(goal_of(operation, found) for found in (*operation.rules, *limits(operation)[1:]))]
    bodies = [draw_body(plan(operation, chance.choice(goals)), Seeded(chance.randrange(1 << 30))) for _ in range(3)]
    mixed = {name: value for body in bodies for name, value in body.items() if chance.random() < 0.7}
    for name in list(mixed):
        if chance.random() < 0.05:
            mixed[name] = None
    return mixed


@lru_cache(maxsize=32)
def document_schema(document: Callable[[], Any], operation_id: str) -> tuple[Any, dict[str, Any]]:
    """The request schema as the document states it, and the keywords that render each rule."""
    whole = document()
    for path in whole["paths"].values():
        for stated in path.values():
            if stated["operationId"] == operation_id:
                schema = stated["requestBody"]["content"]["application/json"]["schema"]
                full = resolved(schema, whole, "test")
                return full, {part["x-rule"]: part for part in full.get("allOf", []) if "x-rule" in part}
    raise AssertionError(operation_id)


def test_the_schema_of_the_document_agrees_with_python(submit: tuple[str, Operation], benches: dict[str, Any]) -> None:
    provider, operation = submit
    whole = benches[provider].contract.document
    full, rendered = document_schema(lambda: whole, operation.id)
    refusing = {rule.id for rule in operation.rules if rule.severity == "error"}
    single = {rule: jsonschema_rs.Draft202012Validator(part) for rule, part in rendered.items()}
    everything = jsonschema_rs.Draft202012Validator(full)
    inexpressible = refusing - set(rendered)
    kinds = {rule.id: rule.kind for rule in operation.rules}
    assert {kinds[rule] for rule in inexpressible} <= {"sum", "compare", "refers_to"}

    @SOME
    @given(st.integers(0, 1 << 30))
    def check(seed: int) -> None:
        body = random_body(operation, seed)
        found = {violation.rule for violation in operation.validate(body)}
        if any(violation.rule.endswith(".type") for violation in operation.validate(body)):
            assert not everything.is_valid(body)  # where null is refused anyway, a rendered rule need not look for it
            return
        for rule, validator in single.items():
            assert validator.is_valid(body) == (rule not in found), (rule, body)
        assert everything.is_valid(body) == (not (found & refusing - inexpressible) and not (found - set(kinds)))

    check()


def total(values: celtypes.ListType) -> celtypes.Value:
    return celtypes.IntType(sum(int(value) for value in values))


def test_a_cel_engine_agrees_with_python(submit: tuple[str, Operation]) -> None:
    _, operation = submit
    environment = celpy.Environment()
    programs = {
        rule.id: environment.program(environment.compile(text), functions={"sum": total})
        for rule, formula in zip(operation.rules, operation.formulas, strict=True)
        if (text := cel.text(formula)) is not None
    }
    assert programs
    spoken = 0
    for seed in range(40):
        body = random_body(operation, seed)
        found = [violation.rule for violation in operation.validate(body)]
        if any(rule.endswith((".type", ".duration.required")) for rule in found):
            continue  # CEL is typed, and this engine raises where an error should be short-circuited
        broken = {violation.rule for violation in operation.validate(body)}
        for rule, program in programs.items():
            holds = program.evaluate({"this": celpy.json_to_cel(body)})
            assert bool(holds) == (rule not in broken), (rule, body)
            spoken += 1
    assert spoken > 20
