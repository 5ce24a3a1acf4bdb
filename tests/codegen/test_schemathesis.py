"""The hooks for Schemathesis stand alone, know every rule, and mend what breaks one."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from codegen.schemathesis import hooks
from contract import Goal, Seeded, breaking, draw_body, plan
from reelspec.__main__ import main
from specs.model import Contract

GOLDEN = Path(__file__).parents[1] / "golden" / "schemathesis"
PROVIDERS = specs.providers()
ALONE = {"__future__", "collections.abc", "dataclasses", "re", "schemathesis", "typing", "zlib"}


@cache
def contract(provider: str) -> Contract:
    return specs.load(provider)


@cache
def loaded(provider: str) -> Any:
    """The module as Schemathesis loads it; what it registers stays out of the true registry."""
    stand_in: Any = ModuleType("schemathesis")
    stand_in.hook = stand_in.check = lambda function: function
    stand_in.GenerationMode = SimpleNamespace(NEGATIVE=SimpleNamespace(is_positive=False))
    module = ModuleType(f"{provider}_hooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "schemathesis", stand_in)
        patch.setitem(sys.modules, module.__name__, module)
        exec(compile(hooks(contract(provider)), module.__name__, "exec"), vars(module))  # noqa: S102 (our own text)
    return module


@pytest.mark.parametrize("provider", ["novita", "mulerouter"])
def test_golden(provider: str, tmp_path: Path) -> None:
    """Where this is meant to change: `reelspec export PROVIDER --schemathesis -o tests/golden/schemathesis/…`."""
    written = tmp_path / "hooks.py"
    assert main(["export", provider, "--schemathesis", "-o", str(written)]) == 0
    assert written.read_text("utf-8") == (GOLDEN / f"{provider}_hooks.txt").read_text("utf-8")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_module_needs_schemathesis_and_nothing_else(provider: str) -> None:
    text = hooks(contract(provider))
    assert text == hooks(contract(provider))
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert imported <= ALONE
    compiled = [node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert len(set(compiled)) == len(compiled)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_rule_that_refuses_is_there_with_its_source(provider: str) -> None:
    module = loaded(provider)
    for operation in contract(provider).submits:
        known = module.OPERATIONS[operation.method, operation.path]
        assert [rule for rule, _, _ in known.rules] == [r.id for r in operation.rules if r.severity == "error"]
        sources = [str(rule.source) for rule in operation.rules if rule.severity == "error"]
        assert all(source in said for source, (_, said, _) in zip(sources, known.rules, strict=True))
        assert len(known.examples) == 2
        assert all(not any(v.severity == "error" for v in operation.validate(body)) for body in known.examples)


@pytest.mark.parametrize("provider", PROVIDERS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_what_breaks_a_rule_is_known_and_mended(provider: str, seed: int) -> None:
    module = loaded(provider)
    for operation in contract(provider).submits:
        known = module.OPERATIONS[operation.method, operation.path]
        for rule in (None, *(rule.id for rule in operation.rules if rule.severity == "error")):
            goal = Goal() if rule is None else breaking(operation, rule)
            assert goal is not None
            body = draw_body(plan(operation, goal), Seeded(seed))
            assert {known.rules[position][0] for position in known.broken(body)} == goal.rules
            mended = module.mended(known, body)
            assert [found for found in operation.validate(mended) if found.severity == "error"] == []
            assert rule is not None or mended == body


def test_cases_are_mended_or_expected_to_be_refused() -> None:
    module, operation = loaded("novita"), contract("novita").operation("kling_v3_0_pro_i2v")
    goal = breaking(operation, "multi_prompt[].duration-duration.sum")
    assert goal is not None
    ends = set()
    for seed in range(40):
        case = a_case(operation.path, {**draw_body(plan(operation, goal), Seeded(seed)), "image": f"no file {seed}"})
        module.map_case(None, case)
        assert case.body["image"] == "https://example.com/first.png"
        wrong = [found.rule for found in operation.validate(case.body) if found.severity == "error"]
        assert wrong == ([] if case.meta.generation.mode.is_positive else [*goal.rules])
        ends.add(bool(wrong))
        answered = SimpleNamespace(status_code=200)
        if wrong:
            with pytest.raises(AssertionError, match="must equal `duration`"):
                module.rules_are_enforced(None, answered, case)
        else:
            module.rules_are_enforced(None, answered, case)
    assert ends == {True, False}


def a_case(path: str, body: Any) -> Any:
    positive = SimpleNamespace(is_positive=True)
    mode = SimpleNamespace(generation=SimpleNamespace(mode=positive))
    return SimpleNamespace(method="POST", operation=SimpleNamespace(path=path), meta=mode, body=body)


def test_cases_that_break_nothing_or_are_wrong_by_the_schema_stay_as_they_are() -> None:
    module = loaded("novita")
    path = contract("novita").operation("kling_v3_0_std_i2v").path
    for body in ({"image": "https://example.com/a.png", "prompt": "a"}, [], "text", None):
        case = a_case(path, body)
        module.map_case(None, case)
        assert case.body is body
    negative = a_case(path, {"multi_prompt": [], "end_image": "x"})
    negative.meta.generation.mode.is_positive = False
    assert module.map_case(None, negative).body == {"multi_prompt": [], "end_image": "x"}


def test_a_contract_that_starts_no_task_has_no_hooks() -> None:
    document = contract("mulerouter").document
    reads = {**document, "paths": {path: item for path, item in document["paths"].items() if "get" in item}}
    with pytest.raises(specs.SpecError, match="no operation starts a task"):
        hooks(specs.contract(reads))
