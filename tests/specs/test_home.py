"""Which specs a command works on: those of the project it is called in, and never those of an installed package."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reelspec.__main__ import main
from specs import loader


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with specs of its own, in which commands are called."""
    (tmp_path / "specs" / "own").mkdir(parents=True)
    shutil.copyfile(loader.HOME / "ppio" / "openapi.yaml", tmp_path / "specs" / "own" / "openapi.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_project_has_its_own_specs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert loader.home() == Path("specs")
    assert main(["explain", "own", "kling_v3_0_pro_i2v", "duration"]) == 0
    assert main(["export", "own", "--openapi"]) == 0
    assert main(["lint", "own"]) in (0, 1)
    capsys.readouterr()
    assert main(["generate"]) == 0
    assert [path.name for path in (project / "generated").iterdir()] == ["own"]
    (project / "specs" / "own" / "openapi.yaml").unlink()
    assert loader.home() == loader.HOME


def test_an_installed_package_is_not_written_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = tmp_path / "site-packages" / "specs"
    shutil.copytree(loader.HOME / "ppio", installed / "ppio")
    shutil.copytree(loader.HOME / "novita", installed / "novita")
    monkeypatch.setattr(loader, "HOME", installed)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text("# Nothing\n", encoding="utf-8")
    for command in (["sync", "--from", "."], ["add", "films", "page.md"]):
        assert main(command) == 2
        assert "is a part of the installed package (give the folder of your specs" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.md", "site-packages"]
