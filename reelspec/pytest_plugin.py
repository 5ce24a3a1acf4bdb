"""The pytest plugin: a provider's contract, a mock of it, and its suite case by case, as fixtures.

@pytest.mark.provider("novita")                 # or on the command line: pytest --reelspec-provider novita
def test_my_app(mock_provider, provider_contract): …

@pytest.mark.rules("*.sum", "duration.*")       # patterns of rules, limits or areas such as auth
def test_my_server(contract_case):
    contract_case.check("http://127.0.0.1:8000")

pytest loads this module wherever reelspec is installed: nothing else of ours is imported before a test asks for it, for
other projects have packages named `contract` or `specs` of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from contract.cases import Case
    from contract.plugin import ContractCase
    from mockserver import MockProvider
    from specs.model import Contract


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --reelspec-provider."""
    group = parser.getgroup("reelspec")
    group.addoption(
        "--reelspec-provider", action="append", metavar="NAME", help="contracts to test with (default: all)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers. Raises UsageError where the option names no contract."""
    config.addinivalue_line("markers", "provider(*names): the providers whose contracts the test is run with")
    config.addinivalue_line("markers", "rules(*patterns): run contract_case for these rules, limits or areas only")
    config.addinivalue_line("markers", "operations(*patterns): run contract_case for these operationIds only")
    chosen: list[str] | None = config.getoption("reelspec_provider")
    if chosen and (problem := _ours().unknown(chosen)) is not None:
        raise pytest.UsageError(f"--reelspec-provider: {problem}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests once for each provider, and those with contract_case once for each case."""
    if {"_reelspec_case", "_reelspec_contract"}.intersection(metafunc.fixturenames):
        _ours().parametrize(metafunc)


def _ours() -> ModuleType:
    """Return what does the work. Raises UsageError where packages of the project stand before ours."""
    try:
        from contract import plugin
    except ImportError as problem:
        said = f"reelspec cannot be used here, for its packages `contract` and `specs` are hidden by others ({problem})"
        raise pytest.UsageError(said) from None
    return plugin


@pytest.fixture
def _reelspec_contract(request: pytest.FixtureRequest) -> Contract:
    found: Contract = _ours().contract_of(request)
    return found


@pytest.fixture
def provider_contract(_reelspec_contract: Contract) -> Contract:
    """The contract of a provider: of each that the marker `provider` or --reelspec-provider names, else of all."""
    return _reelspec_contract


@pytest.fixture
def mock_provider(provider_contract: Contract) -> Iterator[MockProvider]:
    """A mock of the provider, answering httpx in this process; its journal has what was sent."""
    from mockserver import MockProvider

    with MockProvider(provider_contract) as mock:
        yield mock


@pytest.fixture
def _reelspec_case(request: pytest.FixtureRequest) -> Case:
    found: Case = _ours().case_of(request)
    return found


@pytest.fixture
def contract_case(_reelspec_case: Case) -> ContractCase:
    """One case of the provider's suite; `contract_case.check(base_url)` holds a server against it."""
    found: ContractCase = _ours().ContractCase(_reelspec_case)
    return found
