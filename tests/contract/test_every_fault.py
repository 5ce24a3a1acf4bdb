"""`reelspec verify` against every seeded fault and every mechanical mutant of every provider, and against none.

The command's own code runs; in place of HTTP stands a mock in this process, so that more than eight hundred runs cost
half a minute. Over HTTP, with the command line and its exit status, one fault of each provider is enough.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from contract.cases import Call
from contract.commands import verify
from contract.exchange import Answer
from contract.faults import Fault, equivalent, faulty, mutants
from contract.runner import Send
from contract.seeds import seeded
from contract.senders import in_process
from mockserver.mock import Mock
from specs.model import Contract

PARTS = range(3)
"""The faults of a provider are shared among so many tests, which run beside each other."""
NOWHERE = "http://127.0.0.1:1"


def status_and_requests(contract: Contract, send: Send, *options: str) -> tuple[int, int]:
    """Run the command against `send`; return its exit status and the requests that it sent."""
    parser, sent = argparse.ArgumentParser(), 0
    verify.configure(parser)
    given = ["--base-url", NOWHERE, "--allow-paid", "1000", "--interval", "30", *options]

    def counted(call: Call, headers: dict[str, str]) -> Answer:
        nonlocal sent
        sent += 1
        return send(call, headers)

    @contextmanager
    def opened(_: str) -> Iterator[Send]:
        yield counted

    status = verify.hold(contract, parser.parse_args([contract.provider, *given]), opened, sleep=lambda _: None)
    return status, sent


def missed(contract: Contract, faults: Sequence[Fault]) -> dict[str, tuple[int, int]]:
    """Return the faults for which the command does not exit with 1 within 250 requests."""
    found = {fault.name: status_and_requests(contract, faulty(contract, fault)[1], "--fail-fast") for fault in faults}
    return {name: (status, sent) for name, (status, sent) in found.items() if status != 1 or sent > 250}


def test_without_a_fault_the_command_is_clean(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    status, sent = status_and_requests(contract, in_process(Mock(contract)))
    assert status == 0
    assert sent > 100


@pytest.mark.parametrize("part", PARTS)
def test_every_seeded_fault(helpers: Any, provider: str, part: int) -> None:
    contract = helpers.contract_of(provider)
    assert missed(contract, seeded(contract)[part :: len(PARTS)]) == {}


@pytest.mark.parametrize("part", PARTS)
def test_every_mutant_that_can_be_seen(helpers: Any, provider: str, part: int) -> None:
    contract = helpers.contract_of(provider)
    tried = {fault.name for fault in seeded(contract)}
    visible = [
        mutant
        for mutant in mutants(contract)
        if mutant.name not in tried
        and equivalent(contract.operation(mutant.name.partition("/")[0]), mutant.name) is None
    ]
    assert missed(contract, visible[part :: len(PARTS)]) == {}


def command_line(provider: str, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own interpreter and arguments)
        [sys.executable, "-m", "reelspec", "verify", provider, "--base-url", url, *options],
        capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )  # fmt: skip


def test_over_http_the_command_line_exits_with_1_for_a_fault_and_with_0_for_none(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    rule = contract.submits[0].rules[0].id
    fault = seeded(contract)[0]
    assert fault.name == f"{contract.submits[0].id}/{rule}/removed"
    with helpers.served(faulty(contract, fault)[1]) as url:
        done = command_line(provider, url, "--allow-paid", "1", "--fail-fast")
    assert (done.returncode, done.stderr) == (1, "")
    assert f"rule     {rule}: " in done.stdout
    assert "stopped: " in done.stdout
    with helpers.served(in_process(Mock(contract))) as url:
        done = command_line(provider, url)
    assert (done.returncode, done.stderr) == (0, "")


def test_fail_fast_ends_at_the_first_finding(helpers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    contract = helpers.contract_of("novita")

    def down(*_: object) -> Answer:
        return Answer(500, b"{}")

    assert status_and_requests(contract, down, "--fail-fast") == (1, 1)
    assert "stopped: at the first finding" in capsys.readouterr().out
    assert status_and_requests(contract, down, "--max-requests", "7") == (1, 7)
