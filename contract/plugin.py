"""What the pytest plugin (`reelspec.pytest_plugin`) does once a test asks for one of its fixtures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import specs
from contract.cases import Case, fits
from specs.model import Contract

_LONGEST, _SLACK = 15, 30
"""Seconds of video, and what the runner gives each task beside its expected time."""


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Run tests once for each provider, and those with contract_case once for each case.

    What is parametrized are the fixtures that ours ask for: other people's fixtures of the same names stay theirs.
    """
    names = set(metafunc.fixturenames)
    if "_reelspec_case" in names:
        cases = _cases(metafunc)
        named = [f"{case.contract.provider}-{case.id}" for case in cases]
        if "_reelspec_contract" in names:
            rows = [(case, case.contract) for case in cases]
            metafunc.parametrize(("_reelspec_case", "_reelspec_contract"), rows, ids=named, indirect=True)
        else:
            metafunc.parametrize("_reelspec_case", cases, ids=named, indirect=True)
    elif "_reelspec_contract" in names:
        metafunc.parametrize("_reelspec_contract", _chosen(metafunc.definition), indirect=True)


def contract_of(request: pytest.FixtureRequest) -> Contract:
    """Return the contract that the test is run with; fails where that is not one."""
    given: str | Contract | None = getattr(request, "param", None)
    if given is None:
        names = _chosen(request.node)
        if len(names) != 1:
            pytest.fail(
                "a test that cannot be run once for each provider (a unittest class, getfixturevalue) needs one: "
                "name it by @pytest.mark.provider or --reelspec-provider", pytrace=False,
            )  # fmt: skip
        given = names[0]
    return _contract(given) if isinstance(given, str) else given


def case_of(request: pytest.FixtureRequest) -> Case:
    """Return the case that the test is run with; fails where the test is not run once for each."""
    given: Case | None = getattr(request, "param", None)
    if given is None:
        pytest.fail("contract_case has to be an argument of a test function: it runs once for each case", pytrace=False)
    return given


def unknown(names: Sequence[str]) -> str | None:
    """Return what is wrong with names of which one is neither a provider nor the path of a spec."""
    known = specs.providers()
    wrong = next((name for name in names if name not in known and not Path(name).is_file()), None)
    return None if wrong is None else f"there is no provider {wrong!r}; known are {', '.join(known)}"


def _marked(node: pytest.Item) -> list[str]:
    """Return the providers that the test is for: those of its marker, or all, those of the option first."""
    marked = node.get_closest_marker("provider")
    names = list(marked.args if marked is not None else specs.providers())
    if (problem := unknown(names)) is not None:
        pytest.fail(f"the marker `provider`: {problem}", pytrace=False)
    chosen: list[str] = node.config.getoption("reelspec_provider") or []
    return sorted(names, key=lambda name: name not in chosen)


def _chosen(node: pytest.Item) -> list[str]:
    """Return the providers that the test is run with: of those that it is for, the ones that the option names."""
    chosen: list[str] | None = node.config.getoption("reelspec_provider")
    return [name for name in _marked(node) if chosen is None or name in chosen]


def _cases(metafunc: pytest.Metafunc) -> list[Case]:
    node = metafunc.definition
    patterns = {name: m.args for name in ("rules", "operations") if (m := node.get_closest_marker(name)) is not None}
    for name, given in patterns.items():
        for pattern in given:
            if not any(fits(_told(case)[name], [pattern]) for one in _marked(node) for case in _suite(one)):
                said = f"the marker `{name}`: {pattern!r} fits nothing of {', '.join(_marked(node))}"
                pytest.fail(said, pytrace=False)
    return [
        case for provider in _chosen(node) for case in _suite(provider)
        if all(fits(_told(case)[name], given) for name, given in patterns.items())
        and not case.large  # those are left to `reelspec verify`
    ]  # fmt: skip


def _told(case: Case) -> Mapping[str, tuple[str, ...]]:
    return {"rules": case.about, "operations": (case.operation.id,)}


def _suite(provider: str) -> Sequence[Case]:
    from contract.suites import suite

    return suite(_contract(provider))


_loaded: dict[str, Contract] = {}


def _contract(provider: str) -> Contract:
    if provider not in _loaded:
        _loaded[provider] = specs.load(provider)
    return _loaded[provider]


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
