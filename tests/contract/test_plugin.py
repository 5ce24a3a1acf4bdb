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

PLUGINS = ("-p", "reelspec.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:schemathesis")
"""Schemathesis is three seconds of each start."""
PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def pytest_run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own interpreter and files)
        [sys.executable, "-m", "pytest", "-q", *PLUGINS, *options],
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
        done = pytest_run(tmp_path, "--reelspec-provider", "novita", SERVER=url)
    assert done.returncode == 1
    assert "multi_prompt[].duration-duration.sum" in done.stdout
    assert "source   inferred" in done.stdout
    assert "curl -sS -X POST" in done.stdout
    assert "kling_v3_0_std_i2v" not in [line for line in done.stdout.splitlines() if line.startswith("FAILED")]


def test_other_peoples_options_and_fixtures_of_the_same_names_stay_theirs(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "def pytest_addoption(parser): parser.addoption('--provider')\n"
        "@pytest.fixture\ndef mock_provider(): return 1\n"
        "@pytest.fixture\ndef provider_contract(): return 2\n"
        "@pytest.fixture\ndef contract_case(): return 3\n"
    )
    (tmp_path / "test_app.py").write_text(
        "def test(mock_provider, provider_contract, contract_case):\n"
        "    assert (mock_provider, provider_contract, contract_case) == (1, 2, 3)\n"
    )
    done = pytest_run(tmp_path, "--provider", "of-mine")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_misspelt_provider_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test(mock_provider): pass\n")
    done = pytest_run(tmp_path, "--reelspec-provider", "novitta")
    assert done.returncode == 4
    assert "there is no provider 'novitta'; known are highwayapi, mulerouter" in done.stderr
    (tmp_path / "test_app.py").write_text(
        "import pytest\n@pytest.mark.provider('novitta')\ndef test(mock_provider): pass\n"
    )
    assert "there is no provider 'novitta'; known are highwayapi, mulerouter" in pytest_run(tmp_path).stdout


def test_a_server_whose_tasks_never_end_fails_a_test_soon(helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "test_server.py").write_text(
        "import os, pytest\n"
        "@pytest.mark.provider('novita')\n@pytest.mark.rules('minimal')\n@pytest.mark.operations('*_pro_*')\n"
        "def test(contract_case): contract_case.check(os.environ['SERVER'], interval=0.01, patience=0.2)\n"
    )
    stuck = next(fault for fault in seeded(helpers.contract_of("novita")) if fault.name == "stuck task")
    with helpers.served(faulty(helpers.contract_of("novita"), stuck)[1]) as url:
        done = pytest_run(tmp_path, SERVER=url)
    assert done.returncode == 1
    assert "the task is still" in done.stdout


def test_a_project_with_packages_of_our_names_is_left_alone(tmp_path: Path) -> None:
    for name in ("contract", "specs", "codegen", "mockserver"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("MINE = 1\n")
    (tmp_path / "test_app.py").write_text("import contract, specs\ndef test(): assert contract.MINE == specs.MINE\n")
    done = pytest_run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "test_app.py").write_text("def test(mock_provider): pass\n")
    done = pytest_run(tmp_path)
    assert "its packages `contract` and `specs` are hidden by others" in done.stdout + done.stderr
    assert done.returncode != 0


TWO_WAYS = """
import unittest
import pytest

@pytest.mark.provider("novita")
class TestApp(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def mock(self, mock_provider):
        self.url = mock_provider.base_url

    def test_unittest(self):
        assert "novita" in self.url

def test_later(request):
    assert request.getfixturevalue("provider_contract").provider == "ppio"

def test_case_later(request):
    request.getfixturevalue("contract_case")
"""


def test_where_a_test_cannot_be_run_several_times_one_provider_will_do(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(TWO_WAYS)
    done = pytest_run(tmp_path)
    assert "2 failed, 1 passed" in done.stdout
    assert "a test that cannot be run once for each provider" in done.stdout
    assert "contract_case has to be an argument of a test function" in done.stdout
    assert "Traceback" not in done.stdout
    done = pytest_run(tmp_path, "--reelspec-provider", "ppio", "-k", "later and not case")
    assert "1 passed" in done.stdout, done.stdout


def test_a_marker_with_brackets_is_a_name_and_one_that_fits_nothing_is_an_error(tmp_path: Path) -> None:
    rule = "multi_prompt[].duration.maximum"
    (tmp_path / "test_app.py").write_text(
        f"import pytest\n@pytest.mark.provider('novita')\n@pytest.mark.rules({rule!r})\n"
        f"def test(contract_case): assert {rule!r} in contract_case.case.about\n"
    )
    done = pytest_run(tmp_path)
    assert re.search(r"[1-9] passed", done.stdout), done.stdout
    (tmp_path / "test_app.py").write_text(
        "import pytest\n@pytest.mark.provider('novita')\n@pytest.mark.operations('nothing_*')\n"
        "def test(contract_case): pass\n"
    )
    done = pytest_run(tmp_path)
    assert "the marker `operations`: 'nothing_*' fits nothing of novita" in done.stdout
    assert done.returncode != 0
