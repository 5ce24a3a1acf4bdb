"""A wheel is built from a generated project, and works in an environment where only its own dependencies are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

GENERATED = Path(__file__).parents[2] / "generated"
WORKS = """
import httpx, novita_kling
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"task_id": "t1"}))
client = novita_kling.Client("key", http_client=httpx.Client(transport=transport))
print(client.kling_v3_0_pro_i2v.submit(image="https://example.com/a.png", prompt="boat").token)
try:
    client.kling_v3_0_pro_i2v.submit(image="https://example.com/a.png", prompt="boat", duration=99)
except novita_kling.InvalidRequest as error:
    print(error.violations[0].rule)
"""


def needed(names: list[str]) -> set[str]:
    """Return the distributions that these need, and those need, without extras."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            lines = metadata.requires(name) or ()
            names += [match[0] for line in lines if "extra ==" not in line and not re.search("python_version *<", line)
                      and (match := re.match(r"[\w.-]+", line))]  # fmt: skip
    return found


def test_the_wheel_builds_installs_and_works(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="builds without a network where hatchling is installed")
    shutil.copytree(
        GENERATED / "novita", tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
    )
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=tmp_path / "project", check=True, capture_output=True)  # noqa: S603 (ours)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {"novita_kling/py.typed", "novita_kling/_runtime/core.py"} <= set(archive.namelist())
        (described,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        requires = re.findall(r"^Requires-Dist: ([\w.-]+)", archive.read(described).decode(), re.MULTILINE)
    venv.create(tmp_path / "empty", with_pip=False)
    (site,) = (tmp_path / "empty").glob("lib/*/site-packages")
    for name in needed(requires):  # what a registry would bring, from here: tests need no network
        for file in metadata.files(name) or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(Path(str(metadata.distribution(name).locate_file(top))))
    python = tmp_path / "empty" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps",
               "--disable-pip-version-check", str(wheel)]  # fmt: skip
    subprocess.run(install, check=True, capture_output=True)  # noqa: S603 (ours)
    done = subprocess.run([python, "-I", "-c", WORKS], capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    assert done.stdout.split() == ["kling_v3_0_pro_i2v:t1", "duration.maximum"]
    command = [python.with_name("novita-kling"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    assert "pro-i2v" in done.stdout
