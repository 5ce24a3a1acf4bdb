"""Who tests the tests: each fault and each mutant is found by the suite, and the rule is named."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import specs
from contract.clients import check_client
from contract.faults import Fault, faulty, mutants
from contract.seeds import seeded
from specs.rules.python import compile_rules

GENERATED = Path(__file__).parents[2] / "generated"


def found(helpers: Any, provider: str, fault: Fault) -> tuple[Any, int]:
    contract = helpers.contract_of(provider)
    _, send = faulty(contract, fault)
    return helpers.first_finding(contract, helpers.light(provider), send)


def protocol_faults(helpers: Any, provider: str) -> list[Fault]:
    return [fault for fault in seeded(helpers.contract_of(provider)) if fault.mutate is None or "/" not in fault.name]


def test_there_are_at_least_forty_faults_each_named_once(helpers: Any, provider: str) -> None:
    faults = seeded(helpers.contract_of(provider))
    assert len(faults) >= 40
    assert len({fault.name for fault in faults}) == len(faults)
    assert len(protocol_faults(helpers, provider)) >= 40


def test_removing_a_rule_from_the_mock_is_found_and_the_rule_is_named(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    for operation in contract.submits:
        for rule in operation.rules:
            if rule.severity == "warning":
                continue
            fault = next(f for f in mutants(contract) if f.name == f"{operation.id}/{rule.id}/removed")
            _, send = faulty(contract, fault)
            mine = tuple(case for case in helpers.light(provider) if case.operation is operation)
            _, results = helpers.ran(contract, mine, send)
            broken = [finding for result in results for finding in result.findings]
            assert rule.id in {finding.case.checks for finding in broken}
            assert all(rule.id in finding.case.expects.rules for finding in broken)


def package(provider: str) -> ModuleType:
    home = GENERATED / provider
    name = next(path.parent.name for path in home.glob("*/_runtime"))
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
    return importlib.import_module(name)


def with_client() -> list[str]:
    return [provider for provider in specs.providers() if any((GENERATED / provider).glob("*/_runtime"))]


@pytest.mark.parametrize("provider", with_client())
def test_the_generated_client_keeps_the_suite(helpers: Any, provider: str) -> None:
    module = package(provider)
    client = module.Client(api_key="a-key")
    assert [
        f"{f.case.id}: {f.message}" for f in check_client(client, module.InvalidRequest, helpers.light(provider))
    ] == []


@pytest.mark.parametrize("provider", with_client())
def test_removing_a_rule_from_the_client_is_found_and_the_rule_is_named(
    helpers: Any, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = package(provider)
    client, contract = module.Client(api_key="a-key"), helpers.contract_of(provider)
    for operation in contract.submits:
        api = getattr(client, operation.id)
        refusing = [n for n, rule in enumerate(operation.rules) if rule.severity == "error"]
        mine = [case for case in helpers.light(provider) if case.operation is operation and not case.expects.accepted]
        for removed in refusing:
            kept = [n for n in range(len(operation.rules)) if n != removed]
            broken = compile_rules([operation.formulas[n] for n in kept])
            forgetful = replace(api.operation, broken=lambda body, b=broken, k=kept: [k[n] for n in b(body)])
            with monkeypatch.context() as patch:
                patch.setattr(type(api), "operation", forgetful)
                findings = list(check_client(client, module.InvalidRequest, mine))
            rule = operation.rules[removed].id
            named = {finding.case.checks for finding in findings}
            alone = any(case.expects.rules == {rule} for case in mine)
            assert not alone or rule in named, rule
            assert all(rule in finding.case.expects.rules for finding in findings)
