"""A wheel is built from a generated project, and works where only its own dependencies are."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

GENERATED = Path(__file__).parents[2] / "generated"


def test_the_wheel_builds_and_works(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="builds without a network where hatchling is installed")
    shutil.copytree(GENERATED / "novita", tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=tmp_path / "project", check=True, capture_output=True)  # noqa: S603 (ours)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert {"novita_kling/py.typed", "novita_kling/_runtime/core.py"} <= set(names)
    assert any(name.endswith("entry_points.txt") for name in names)
    code = "import sys; sys.path.insert(0, 'installed'); from novita_kling.__main__ import main; main(['--help'])"
    done = subprocess.run(  # noqa: S603 (ours)
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "pro-i2v" in done.stdout
    assert "specs" not in done.stderr
