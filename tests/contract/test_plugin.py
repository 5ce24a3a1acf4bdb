"""The pytest plugin, as somebody uses it who tests an app of theirs; the example is the one of the documentation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from contract.faults import faulty
from contract.seeds import seeded
from contract.senders import in_process
from mockserver.mock import Mock

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def pytest_run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own interpreter and files)
        [sys.executable, "-m", "pytest", "-q", "-p", "contract.plugin", "-p", "no:cacheprovider", *options],
        cwd=folder, capture_output=True, text=True, env={**os.environ, **environment}, check=False,
    )  # fmt: skip


def test_the_example_of_the_readme_and_the_documentation(tmp_path: Path) -> None:
    example = examples()[0]
    assert f"```python\n{example}```" in (PAGE.parents[1] / "README.md").read_text("utf-8")
    assert len(example.strip().splitlines()) <= 10
    (tmp_path / "test_app.py").write_text(example)
    done = pytest_run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_cases_against_a_server(helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "test_server.py").write_text(examples()[1])
    with helpers.served(in_process(Mock("novita"))) as url:
        done = pytest_run(tmp_path, SERVER=url)
    assert done.returncode == 0, done.stdout
    contract = helpers.contract_of("novita")
    sum_removed = next(
        f for f in seeded(contract) if f.name.endswith("pro_i2v/multi_prompt[].duration-duration.sum/removed")
    )
    with helpers.served(faulty(contract, sum_removed)[1]) as url:
        done = pytest_run(tmp_path, "--provider", "novita", SERVER=url)
    assert done.returncode == 1
    assert "multi_prompt[].duration-duration.sum" in done.stdout
    assert "source   inferred" in done.stdout
    assert "curl -sS -X POST" in done.stdout
    assert "kling_v3_0_std_i2v" not in [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
