"""Without any one of its rules, the mock and the generated client fail the suite, and the rule is named."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import specs
from codegen.emit.project import render_project
from contract.clients import check_client
from contract.faults import Fault, bodies, faulty, mutants
from contract.judge import Finding
from contract.plans import Goal, breaking, plan
from specs.model import Contract

CONTRACTS = {provider: specs.load(provider) for provider in specs.providers()}
RULES = [
    (provider, operation.id, rule.id)
    for provider, contract in CONTRACTS.items()
    for operation in contract.submits
    for rule in operation.rules
]
NEVER_ALONE = {
    # A shot that is longer than the video makes the sum of the shots more than the video's duration, too.
    ("mulerouter", "kling_v3_i2v", "multi_prompt[].duration-duration.compare"): {
        "multi_prompt[].duration-duration.compare", "multi_prompt[].duration-duration.sum",
    },
}  # fmt: skip
"""The rules that cannot be broken alone, and what is broken with them; the suite expects all of these ids, no fewer."""

each_rule = pytest.mark.parametrize(("provider", "operation", "rule"), RULES, ids=map("-".join, RULES))


@each_rule
def test_every_rule_can_be_broken_and_nearly_every_one_alone(provider: str, operation: str, rule: str) -> None:
    found = CONTRACTS[provider].operation(operation)
    goal = breaking(found, rule)
    assert goal is not None
    assert goal.violations == NEVER_ALONE.get((provider, operation, rule), {rule})
    alone = plan(found, Goal(frozenset((rule,)), warn=False)).feasible
    assert alone is ((provider, operation, rule) not in NEVER_ALONE)


def named_in_each(rule: str, findings: Sequence[Finding]) -> None:
    """Assert that there are findings, that each of them names the rule, and that none is about anything else."""
    assert findings
    assert [finding.message for finding in findings if rule not in finding.message] == []
    assert {finding.deviation.kind for finding in findings} <= {"accepted", "rules", "warnings"}


@each_rule
def test_the_mock_without_the_rule(helpers: Any, provider: str, operation: str, rule: str) -> None:
    contract = helpers.contract_of(provider)
    removed: Fault = next(f for f in mutants(contract) if f.name == f"{operation}/{rule}/removed")
    _, results = helpers.ran(contract, of_operation(helpers, provider, operation), faulty(contract, removed)[1])
    named_in_each(rule, [finding for result in results for finding in result.findings])


@each_rule
def test_the_generated_client_without_the_rule(
    helpers: Any, provider: str, operation: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = generated_without(CONTRACTS[provider], operation, rule, tmp_path, monkeypatch)
    client = module.Client(api_key="a-key")
    named_in_each(rule, list(check_client(client, module.InvalidRequest, of_operation(helpers, provider, operation))))


def of_operation(helpers: Any, provider: str, operation: str) -> tuple[Any, ...]:
    return tuple(case for case in helpers.light(provider) if case.operation.id == operation)


def generated_without(
    contract: Contract, operation: str, rule: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Generate the client of the contract without one rule, and import it under a name of its own."""
    document = copy.deepcopy(dict(contract.document))
    rules = dict(bodies(document))[operation]["x-rules"]
    position = next(number for number, entry in enumerate(rules) if entry["id"] == rule)
    del rules[position]
    name = f"{contract.provider}_{operation}_without_{position}"
    document["info"]["x-package"] = name
    for path, text in render_project(document, "a test", contract.provider).files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return importlib.import_module(name)
