"""Reports, versions and CHANGELOG entries; the command and the states it takes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from codegen.drift import release, report
from codegen.drift.change import CLASSES, Change
from codegen.drift.report import Drift
from reelspec.__main__ import main
from specs import yaml12
from specs.checks import Source
from specs.loader import HOME

CHANGES = (
    Change("rule-added", "a-b.at_most_one", "rule `a-b.at_most_one` is new: `a` and `b` cannot be used together.",
           ("make_film",), "body", new_source=Source("make", 12), example={"a": 1, "b": "x: {y}"},
           verdict="newly refused"),
    Change("request-default-changed", "/sound", "`sound` has the default on, had the default off",
           ("make_film", "make_short"), "body", "off", "on", Source("make", 3), Source("make", 4)),
    Change("server-added", "https://b.example", "the base address https://b.example is new", new="https://b.example"),
)  # fmt: skip
REPORT = {"films": Drift("1.4.2", CHANGES), "songs": Drift("1.0.0", ())}


@pytest.mark.parametrize("name", sorted(report.FORMATS))
def test_golden(name: str) -> None:
    golden = Path(__file__).parents[2] / "golden" / "drift" / f"report.{name}.txt"
    assert report.FORMATS[name](REPORT) == golden.read_text(encoding="utf-8")


def test_github_annotations_stay_on_one_line_each() -> None:
    lines = report.github(REPORT).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]


@pytest.mark.parametrize(
    ("version", "step", "expected"),
    [("1.4.2", "major", "2.0.0"), ("1.4.2", "minor", "1.5.0"), ("1.4.2", "patch", "1.4.3"), ("1.4.2", "none", "1.4.2"),
     ("0.4.2", "major", "0.5.0"), ("0.4.2", "minor", "0.4.3")],
)  # fmt: skip
def test_versions(version: str, step: release.Bump, expected: str) -> None:
    assert release.proposed(version, step) == expected


def test_steps() -> None:
    assert [release.bump([change]) for change in CHANGES] == ["major", "minor", "minor"]
    assert release.bump([Change("rule-status-changed", "r", "rule `r` is stated, was inferred")]) == "patch"
    assert release.bump([]) == "none"


def test_the_changelog_gets_an_entry_above_the_older_ones() -> None:
    before = "# Changelog\n\nWhat changed.\n\n## 1.4.2\n\n- Fine.\n"
    after = release.changelog(before, "1.4.2", CHANGES)
    assert after.startswith(
        "# Changelog\n\nWhat changed.\n\n## Unreleased (2.0.0 proposed, major)\n\n### Breaking\n\n- "
    )
    assert after.endswith("\n\n## 1.4.2\n\n- Fine.\n")
    assert release.changelog(before, "1.4.2", ()) == before
    assert release.changelog("", "1.0.0", CHANGES).startswith("# Changelog\n\n## Unreleased (2.0.0")


def test_files_folders_and_providers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = yaml12.load(HOME / "novita" / "openapi.yaml")
    document["servers"].append({"url": "https://b.example"})
    (tmp_path / "novita").mkdir()
    (tmp_path / "novita" / "openapi.yaml").write_text(yaml12.dumps(document), encoding="utf-8")
    assert main(["diff", "novita", str(tmp_path / "novita" / "openapi.yaml")]) == 0
    assert "server-added" in capsys.readouterr().out
    assert main(["diff", "novita", str(tmp_path), "--fail-on", "INFO", "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [change["class"] for change in rows["novita"]["changes"]] == ["server-added"]
    assert main(["diff", str(tmp_path), "novita", "--fail-on", "WARN"]) == 1
    assert main(["diff", "novita", "novita"]) == 0


def test_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@t.example", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 (fixed program)

    path = tmp_path / "specs" / "novita" / "openapi.yaml"
    path.parent.mkdir(parents=True)
    document = yaml12.load(HOME / "novita" / "openapi.yaml")
    git("init", "-q")
    for url in ("https://one.example", "https://two.example"):
        document["servers"] = [{"url": url}]
        path.write_text(yaml12.dumps(document), encoding="utf-8")
        git("add", ".")
        git("commit", "-q", "-m", url)
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "HEAD~1..HEAD", "--fail-on", "WARN"]) == 1
    ranged = capsys.readouterr().out
    assert "server-removed" in ranged
    assert main(["diff", "HEAD~1:novita", "HEAD:novita", "--fail-on", "never"]) == 0
    assert capsys.readouterr().out == ranged
    assert main(["diff", "nonsense..HEAD"]) == 2
    assert main(["diff", "HEAD:films", "HEAD:novita"]) == 2


@pytest.mark.parametrize("arguments", [["novita"], ["novita", "nowhere"], ["novita#x", "novita#y"], []])
def test_states_that_are_none_are_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *arguments]) == 2
    assert capsys.readouterr().err.startswith("reelspec: ")


def test_the_classes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--classes"]) == 0
    assert capsys.readouterr().out.count("\n") == len(CLASSES)


def test_the_documentation_lists_the_classes() -> None:
    shown = (Path(__file__).parents[3] / "docs" / "drift.md").read_text(encoding="utf-8")
    rows = [line for line in shown.splitlines() if line.startswith(("| ERR |", "| WARN |", "| INFO |"))]
    assert rows == [f"| {severity} | `{kind}` | {meaning} |" for kind, (severity, meaning) in CLASSES.items()]
