"""The tables of a client say what its spec says, and what stands in several places stands once, under a name."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import specs
from codegen.emit import shapes
from specs.checks import Source

GENERATED = Path(__file__).parents[3] / "generated"


@pytest.mark.parametrize("provider", specs.providers())
def test_tables_say_what_the_spec_says(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    contract, package = specs.load(provider), f"{provider}_kling"
    monkeypatch.syspath_prepend(str(GENERATED / provider))
    operations = importlib.import_module(f"{package}.description").OPERATIONS
    assert sorted(operations) == sorted(operation.id for operation in contract.operations)
    for operation in contract.operations:
        found = operations[operation.id]
        fields = {field.pointer: field for field in operation.at("body")}
        assert {one.pointer: one.limits for one in found.described} == dict(shapes.described(operation))
        for one in found.described:
            field = fields.get(one.pointer)
            assert str(one.source) == str(Source() if field is None else field.source)
            assert one.required == (field is not None and field.required)
        assert [(one.id, one.fields, one.allowed, str(one.source)) for one in found.checks] == [
            (one.id, one.fields, one.allowed, str(one.source)) for one in operation.checks
        ]
        assert (found.task is None) == (operation.task is None)
        if operation.task is not None:
            assert (found.task.poll, found.task.expected_base) == (operation.task.poll, operation.task.expected_base)


@pytest.mark.parametrize("provider", specs.providers())
def test_a_reason_and_a_life_cycle_stand_once(provider: str) -> None:
    text = (GENERATED / provider / f"{provider}_kling" / "description.py").read_text(encoding="utf-8")
    constants = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    reasons = {
        field.source.inferred for operation in specs.load(provider).operations for field in operation.at("body")
        if field.source.inferred
    }  # fmt: skip
    assert all(constants.count(reason) == 1 for reason in reasons)
    calls = [ast.unparse(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    shown = [call for call in calls if call.startswith("TaskShape(")]
    assert len(shown) == len(set(shown)) >= 1
