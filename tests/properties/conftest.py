"""Every operation that takes a body, and the generated client and mock of its provider."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import specs
from contract import Limit, limits
from mockserver import MockProvider
from specs.model import Contract, Operation
from specs.rules.model import Rule

GENERATED = Path(__file__).parents[2] / "generated"


@lru_cache
def contract_of(provider: str) -> Contract:
    return specs.load(provider)


@dataclass(frozen=True)
class Target:
    """A rule or limit of an operation that requests are to break."""

    provider: str
    operation: Operation
    broken: Rule | Limit

    def __str__(self) -> str:
        return f"{self.provider}-{self.operation.id}-{self.broken.id}"


def operations() -> list[tuple[str, Operation]]:
    return [(name, found) for name in specs.providers() for found in contract_of(name).submits]


def targets() -> list[Target]:
    return [
        Target(name, operation, broken)
        for name, operation in operations()
        for broken in (*operation.rules, *limits(operation))
    ]


def client_package(provider: str) -> ModuleType:
    """Import the generated package of a provider."""
    home = GENERATED / provider
    name = next(path.parent.name for path in home.glob("*/_runtime"))
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
    return importlib.import_module(name)


@dataclass
class Bench:
    """A mock of a provider with the generated client pointed at it."""

    contract: Contract
    mock: MockProvider
    http: httpx.Client
    client: Any
    refusal: type[Exception]


@pytest.fixture(scope="module")
def benches() -> Iterator[dict[str, Bench]]:
    with MockProvider(*map(contract_of, specs.providers())) as mock, httpx.Client() as http:
        found = {}
        for provider in specs.providers():
            package = client_package(provider)
            found[provider] = Bench(
                contract_of(provider), mock, http, package.Client(api_key="a-key-for-tests"), package.InvalidRequest
            )
        yield found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        metafunc.parametrize("target", targets(), ids=str)
    if "submit" in metafunc.fixturenames:
        found = operations()
        metafunc.parametrize("submit", found, ids=[f"{name}-{operation.id}" for name, operation in found])
