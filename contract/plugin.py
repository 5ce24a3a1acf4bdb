"""The pytest plugin: a provider's contract, a mock of it, and its suite case by case, as fixtures.

@pytest.mark.provider("novita")                 # or on the command line: pytest --provider novita
def test_my_app(mock_provider, provider_contract): …

@pytest.mark.rules("*.sum", "duration.*")       # patterns of rules, limits or areas such as auth
def test_my_server(contract_case):
    contract_case.check("http://127.0.0.1:8000")
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contract.cases import Case
    from mockserver import MockProvider
    from specs.model import Contract


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --provider."""
    group = parser.getgroup("reelspec")
    group.addoption("--provider", action="append", metavar="NAME", help="contracts to test with (default: all)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "provider(*names): the providers whose contracts the test is run with")
    config.addinivalue_line("markers", "rules(*patterns): run contract_case for these rules, limits or areas only")
    config.addinivalue_line("markers", "operations(*patterns): run contract_case for these operationIds only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests once for each provider, and those with contract_case once for each case."""
    names = set(metafunc.fixturenames)
    if "contract_case" in names:
        cases = [case for provider in _providers(metafunc) for case in _cases(metafunc, provider)]
        named = [f"{case.contract.provider}-{case.id}" for case in cases]
        if "provider_contract" in names:
            rows = [(case, case.contract) for case in cases]
            metafunc.parametrize(("contract_case", "provider_contract"), rows, ids=named, indirect=True)
        else:
            metafunc.parametrize("contract_case", cases, ids=named, indirect=True)
    elif names & {"provider_contract", "mock_provider"}:
        metafunc.parametrize("provider_contract", _providers(metafunc), indirect=True)


def _providers(metafunc: pytest.Metafunc) -> list[str]:
    import specs

    marked = metafunc.definition.get_closest_marker("provider")
    chosen: list[str] | None = metafunc.config.getoption("--provider")
    names = list(marked.args) if marked is not None else chosen or list(specs.providers())
    return [name for name in names if chosen is None or name in chosen]


def _cases(metafunc: pytest.Metafunc, provider: str) -> Iterator[Case]:
    from contract.suites import suite

    for case in suite(_contract(provider)):
        told = {"rules": case.checks, "operations": case.operation.id}
        marked = {name: metafunc.definition.get_closest_marker(name) for name in told}
        fits = (m is None or any(fnmatchcase(told[name], p) for p in m.args) for name, m in marked.items())
        if all(fits) and not case.large:  # those are left to `reelspec verify`
            yield case


_loaded: dict[str, Contract] = {}


def _contract(provider: str) -> Contract:
    import specs

    if provider not in _loaded:
        _loaded[provider] = specs.load(provider)
    return _loaded[provider]


@pytest.fixture
def provider_contract(request: pytest.FixtureRequest) -> Contract:
    """The contract of a provider: of each that the marker `provider` or the option --provider names, else of all."""
    given: str | Contract = request.param
    return _contract(given) if isinstance(given, str) else given


@pytest.fixture
def mock_provider(provider_contract: Contract) -> Iterator[MockProvider]:
    """A mock of the provider, answering httpx in this process; its journal has what was sent."""
    from mockserver import MockProvider

    with MockProvider(provider_contract) as mock:
        yield mock


class ContractCase:
    """One case of the suite, to be held against a server."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __repr__(self) -> str:
        return f"ContractCase({self.case.id}: {self.case.expects})"

    def check(self, base_url: str, key: str = "a-key-for-tests", *, interval: float = 0.05) -> None:
        """Send the case; fail with rule, source and a curl line where the answer is not as the contract says.

        `interval` is the seconds between polls of a task that is followed.
        """
        __tracebackhide__ = True
        from contract import reports, senders
        from contract.runner import Budget, Run
        from contract.shown import Mask

        with senders.http(base_url) as send:
            running = Run(self.case.contract, [self.case], send, key, Budget(paid=1, interval=interval))
            result = running.run(self.case)
        if result.findings:
            report = reports.Report(
                self.case.contract.provider, base_url, "API_KEY", [result], running.requests, running.paid, None,
                running.unknown, Mask(key),
            )  # fmt: skip
            pytest.fail("\n".join(reports.text(report, finding) for finding in result.findings), pytrace=False)


@pytest.fixture
def contract_case(request: pytest.FixtureRequest) -> ContractCase:
    """One case of the provider's suite; `contract_case.check(base_url)` holds a server against it."""
    given: Any = request.param
    return ContractCase(given)
