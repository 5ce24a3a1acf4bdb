"""Schemathesis with the generated hooks, as a user runs it: silent on a correct mock, loud where a rule is gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.schemathesis import checks_at_odds
from contract.faults import faulty
from contract.runner import Send
from contract.seeds import seeded
from contract.senders import in_process
from mockserver.mock import Mock
from reelspec.__main__ import main

PROVIDER, OPERATION, RULE = "novita", "kling_v3_0_pro_i2v", "multi_prompt[].duration-duration.sum"


def opinion(helpers: Any, folder: Path, send: Send, *options: str) -> subprocess.CompletedProcess[str]:
    assert main(["export", PROVIDER, "--openapi", "-o", str(folder / "openapi.yaml")]) == 0
    assert main(["export", PROVIDER, "--schemathesis", "-o", str(folder / "novita_hooks.py")]) == 0
    left_out = ",".join(checks_at_odds(helpers.contract_of(PROVIDER)))
    program = Path(sys.executable).with_name("schemathesis")
    if shutil.which(program) is None:
        pytest.skip("Schemathesis is not installed")
    with helpers.served(send) as url:
        return subprocess.run(  # noqa: S603 (a program of our own environment)
            [program, "run", "openapi.yaml", "--url", url, "-H", "Authorization: Bearer KEY", "--seed", "1",
             "--phases", "fuzzing", "--include-operation-id", OPERATION, "--exclude-checks", left_out, *options],
            cwd=folder, capture_output=True, text=True, check=False,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "novita_hooks", "PYTHONPATH": str(folder)},
        )  # fmt: skip


def test_no_false_alarm_on_the_correct_mock(helpers: Any, tmp_path: Path) -> None:
    mock = Mock(PROVIDER, keys=frozenset({"KEY"}))
    done = opinion(helpers, tmp_path, in_process(mock), "--max-examples", "30")
    assert done.returncode == 0, done.stdout
    assert len(mock.journal.submits) > 5
    broken = {violation.rule for exchange in mock.journal for violation in exchange.violations}
    assert RULE in broken  # bodies that are valid by the schema and break a rule are sent, too


def test_a_rule_that_is_not_enforced_is_found_and_named(helpers: Any, tmp_path: Path) -> None:
    contract = helpers.contract_of(PROVIDER)
    removed = next(fault for fault in seeded(contract) if fault.name == f"{OPERATION}/{RULE}/removed")
    done = opinion(helpers, tmp_path, faulty(contract, removed)[1], "--max-examples", "30", "--max-failures", "1")
    assert done.returncode == 1
    assert "rules_are_enforced" in done.stdout
    assert RULE in done.stdout
