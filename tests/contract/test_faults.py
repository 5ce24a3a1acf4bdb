"""Who tests the tests: each fault and each mutant is found by the suite, and the rule is named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import specs
from contract.clients import check_client
from contract.faults import Fault, faulty
from contract.seeds import seeded

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
