"""The pytest plugin: a provider's contract, a mock of it, and its suite case by case, as fixtures.

@pytest.mark.provider("novita")                 # or on the command line: pytest --reelspec-provider novita
def test_my_app(mock_provider, provider_contract): …

@pytest.mark.rules("*.sum", "duration.*")       # patterns of rules, limits or areas such as auth
def test_my_server(contract_case):
    contract_case.check("http://127.0.0.1:8000")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

_LONGEST, _SLACK = 15, 30
"""Seconds of video, and what the runner gives each task beside its expected time."""

if TYPE_CHECKING:
    from contract.cases import Case
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
    if (problem := _unknown(config.getoption("reelspec_provider") or ())) is not None:
        raise pytest.UsageError(f"--reelspec-provider: {problem}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests once for each provider, and those with contract_case once for each case.

    What is parametrized are the fixtures that ours ask for: other people's fixtures of the same names stay theirs.
    """
    names = set(metafunc.fixturenames)
    if "_reelspec_case" in names:
        cases = [case for provider in _providers(metafunc) for case in _cases(metafunc, provider)]
        named = [f"{case.contract.provider}-{case.id}" for case in cases]
        if "_reelspec_contract" in names:
            rows = [(case, case.contract) for case in cases]
            metafunc.parametrize(("_reelspec_case", "_reelspec_contract"), rows, ids=named, indirect=True)
        else:
            metafunc.parametrize("_reelspec_case", cases, ids=named, indirect=True)
    elif "_reelspec_contract" in names:
        metafunc.parametrize("_reelspec_contract", _providers(metafunc), indirect=True)


def _providers(metafunc: pytest.Metafunc) -> list[str]:
    import specs

    marked = metafunc.definition.get_closest_marker("provider")
    chosen: list[str] | None = metafunc.config.getoption("reelspec_provider")
    names = list(marked.args) if marked is not None else chosen or list(specs.providers())
    if (problem := _unknown(names)) is not None:
        pytest.fail(f"the marker `provider`: {problem}", pytrace=False)
    return [name for name in names if chosen is None or name in chosen]


def _unknown(names: Sequence[str]) -> str | None:
    """Return what is wrong with names of which one is neither a provider nor the path of a spec."""
    if not names:
        return None
    import specs

    known = specs.providers()
    wrong = next((name for name in names if name not in known and not Path(name).is_file()), None)
    return None if wrong is None else f"there is no provider {wrong!r}; known are {', '.join(known)}"


def _cases(metafunc: pytest.Metafunc, provider: str) -> Iterator[Case]:
    from contract.suites import suite

    for case in suite(_contract(provider)):
        told = {"rules": case.about, "operations": (case.operation.id,)}
        marked = {name: metafunc.definition.get_closest_marker(name) for name in told}
        fits = (m is None or any(fnmatchcase(n, p) for n in told[name] for p in m.args) for name, m in marked.items())
        if all(fits) and not case.large:  # those are left to `reelspec verify`
            yield case


_loaded: dict[str, Contract] = {}


def _contract(provider: str) -> Contract:
    import specs

    if provider not in _loaded:
        _loaded[provider] = specs.load(provider)
    return _loaded[provider]


@pytest.fixture
def _reelspec_contract(request: pytest.FixtureRequest) -> Contract:
    given: str | Contract = request.param
    return _contract(given) if isinstance(given, str) else given


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


class ContractCase:
    """One case of the suite, to be held against a server."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __repr__(self) -> str:
        return f"ContractCase({self.case.id}: {self.case.expects})"

    def check(
        self, base_url: str, key: str = "a-key-for-tests", *, interval: float = 0.05, patience: float = 10.0
    ) -> None:
        """Send the case; fail with rule, source and a curl line where the answer is not as the contract says.

        A task that is followed is polled every `interval` seconds; one of 15 s of video that is not at its end after
        `patience` seconds, and a shorter one in proportion sooner, is stuck.
        """
        __tracebackhide__ = True
        from contract import reports, senders
        from contract.runner import Budget, Run
        from contract.shown import Mask

        task = self.case.operation.task
        deadline = patience / (task.expected(_LONGEST) + _SLACK) if task is not None else 1
        budget = Budget(paid=1, interval=interval, deadline=deadline)
        with senders.http(base_url) as send:
            running = Run(self.case.contract, [self.case], send, key, budget)
            result = running.run(self.case)
        if result.findings:
            report = reports.Report(
                self.case.contract.provider, base_url, "API_KEY", [result], running.requests, running.paid, None,
                running.unknown, Mask(key),
            )  # fmt: skip
            pytest.fail("\n".join(reports.text(report, finding) for finding in result.findings), pytrace=False)


@pytest.fixture
def _reelspec_case(request: pytest.FixtureRequest) -> Case:
    given: Case = request.param
    return given


@pytest.fixture
def contract_case(_reelspec_case: Case) -> ContractCase:
    """One case of the provider's suite; `contract_case.check(base_url)` holds a server against it."""
    return ContractCase(_reelspec_case)
