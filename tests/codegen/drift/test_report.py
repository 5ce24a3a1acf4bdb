"""Reports, versions and CHANGELOG entries; the command and the states it takes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codegen.drift import release, report, wording
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
REPORT = {"films": Drift("1.4.2", CHANGES, file="specs/films/openapi.yaml"), "songs": Drift("1.0.0", ())}
SYNCED = {
    "films": Drift("1.4.2", CHANGES[2:], cause="pages changed: make; an overlay changed"),
    "songs": Drift("1.0.0", (), file="specs/songs/openapi.yaml",
                   cause="pages changed: sing; the contract did not", notes=("sing:7: not understood: <b>", "two")),
    "tales": Drift("", (), problem="specs/tales: is cut off"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(report.FORMATS))
def test_golden(name: str) -> None:
    golden = Path(__file__).parents[2] / "golden" / "drift" / f"report.{name}.txt"
    assert report.FORMATS[name](REPORT) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(report.FORMATS))
def test_what_a_sync_tells_besides_changes_is_in_every_format(name: str) -> None:
    golden = Path(__file__).parents[2] / "golden" / "drift" / f"synced.{name}.txt"
    assert report.FORMATS[name](SYNCED) == golden.read_text(encoding="utf-8")
    assert report.markdown({"songs": SYNCED["songs"]}).startswith("No contract changed.\n\n## Why\n")


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


def spec(folder: Path, provider: str, server: str | None = None) -> Path:
    """Write a spec of novita's into a folder, under a provider's name."""
    document = yaml12.load(HOME / "novita" / "openapi.yaml")
    document["info"]["x-provider"] = provider
    document["servers"] += [] if server is None else [{"url": server}]
    path = folder / provider / "openapi.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml12.dumps(document), encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Return the report of the command as JSON."""
    main(["diff", *arguments, "--format", "json", "--fail-on", "never"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_providers_that_came_and_went_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for state, names in (("old", ("films", "songs")), ("new", ("songs", "plays"))):
        for name in names:
            spec(tmp_path / state, name)
    rows = told(capsys, str(tmp_path / "old"), str(tmp_path / "new"))
    classes = {name: [change["class"] for change in row["changes"]] for name, row in rows.items()}
    assert classes == {"films": ["provider-removed"], "plays": ["provider-added"], "songs": []}
    assert all(row["proposed"] == row["version"] for row in rows.values()), "no client of theirs changed"
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1


def test_one_provider_under_two_names_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = spec(tmp_path, "films"), spec(tmp_path, "plays")
    assert main(["diff", str(one), str(other)]) == 0
    assert capsys.readouterr().out == "plays (compared with films): no change\n"
    assert told(capsys, str(one), str(other))["plays"]["was"] == "films"


def test_a_file_that_is_no_spec_is_not_taken_for_a_provider(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("# Films\n", encoding="utf-8")
    assert main(["diff", str(tmp_path / "README.md"), "novita"]) == 2
    assert "README.md" in (said := capsys.readouterr().err)
    assert "provider" not in said


def test_an_annotation_names_the_file_of_the_new_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = spec(tmp_path, "novita", "https://b.example")
    assert main(["diff", "novita", str(path), "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith(f"::notice file={path},title=")


def test_revisions_are_states_as_git_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@t.example", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 (fixed program)

    def serve(url: str) -> None:
        for name in ("router", "mulerouter"):
            spec(tmp_path / "contracts", name, f"https://{url}.{name}.example")
        git("add", ".")
        git("commit", "-q", "-m", url)

    git("init", "-q", "-b", "trunk")
    serve("one")
    git("checkout", "-q", "-b", "side")
    serve("side")
    git("checkout", "-q", "trunk")
    serve("two")
    monkeypatch.chdir(tmp_path)
    home = ("--specs", "contracts")
    assert set(told(capsys, "HEAD~1", "HEAD", *home)) == {"router", "mulerouter"}
    single = told(capsys, "HEAD~1:router", "HEAD:router", *home)
    assert set(single) == {"router"}
    assert single == told(capsys, "HEAD~1", "router", *home), "the same provider of the revision"
    path = "contracts/router/openapi.yaml"
    assert single == told(capsys, f"HEAD~1:{path}", f"HEAD:{path}", *home) == told(capsys, f"HEAD~1:{path}", path)
    monkeypatch.chdir(tmp_path / "contracts" / "router")
    assert single == told(capsys, "HEAD~1:./openapi.yaml", "openapi.yaml")
    assert main(["diff", "HEAD~1:../../../openapi.yaml", "openapi.yaml"]) == 2
    assert "is not in the repository" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    operation = "kling_v3_0_std_i2v"
    assert told(capsys, f"HEAD~1:router#{operation}", "router", *home)["router"]["changes"] == []
    assert told(capsys, "router", f"HEAD~1:router#{operation}", *home)["router"]["changes"] == []
    assert set(told(capsys, "HEAD~1:contracts", "HEAD:contracts")) == {"router", "mulerouter"}
    servers = [change["pointer"] for change in told(capsys, "side..HEAD", *home)["router"]["changes"]]
    assert servers == ["https://side.router.example", "https://two.router.example"]
    servers = [change["pointer"] for change in told(capsys, "side...HEAD", *home)["router"]["changes"]]
    assert servers == ["https://one.router.example", "https://two.router.example"], "since they parted"
    for arguments in (["HEAD:outer", "HEAD:router"], ["HEAD:nobody", "HEAD"], ["--", "-x..HEAD"], ["HEAD", "nobody"]):
        assert main(["diff", *home, *arguments]) == 2


def test_nights_before_a_release_share_one_entry() -> None:
    def limit(kind: str, now: int, was: int) -> Change:
        return Change(kind, "/prompt", f"`prompt` is at most {now} characters, was {was} characters", ("make_film",))

    first = release.changelog("# Changelog\n\n## 1.0.0\n\n- First.\n", "1.0.0",
                              [limit("request-bound-tightened", 2000, 2500)])  # fmt: skip
    both = release.changelog(first, "1.0.0", [limit("request-bound-loosened", 2500, 2000)])
    assert [line for line in both.splitlines() if line.startswith("#")] == [
        "# Changelog", "## Unreleased (2.0.0 proposed, major)", "### Breaking", "### Added and relaxed", "## 1.0.0",
    ]  # fmt: skip
    third = release.changelog(both, "1.0.0", [limit("request-bound-tightened", 10, 2500)])
    assert third.count("### Breaking") == 1
    assert third.index("at most 2000") < third.index("at most 10 ") < third.index("### Added")
    later = release.changelog(third, "2.0.0", [limit("request-bound-loosened", 20, 10)])
    assert [line for line in later.splitlines() if line.startswith("## ")] == [
        "## Unreleased (2.1.0 proposed, minor)", "## 2.0.0", "## 1.0.0",
    ]  # fmt: skip


HOSTILE = (
    "a`b<img src=x onerror=alert(1)>", "x|y\n## Heading\n", "@octocat closes #1", "[l](javascript:1)", "::error::x",
    "<!-- reelspec -->", "```\n<b>", "_x_ **y** ~~z~~", "https://x.example/o/r/issues/1", "`", "\x1b[31mred", "o/r#1",
)  # fmt: skip


def inert(text: str) -> bool:
    """Tell whether a Markdown text means nothing outside of code spans, as a real renderer sees it."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    for block in tokens:
        for token in block.children or []:
            if token.type == "text" and re.search(r"[@#<]|GH-\d|://", token.content):
                return False
            if token.type in ("html_inline", "link_open", "image", "em_open", "s_open"):
                return False
    return not [token for token in tokens if token.type in ("html_block", "fence", "table_open")]


@pytest.mark.parametrize("name", HOSTILE)
def test_foreign_text_stays_text(name: str) -> None:
    changes = (
        Change("server-added", name, f"the base address {wording.code(name)} is new"),
        Change("request-field-removed", "/" + name, f"{name} is gone: `{name}`", (name,), old_source=Source(name, 3),
               example={"a": name}, verdict="newly refused", decision=name),
    )  # fmt: skip
    shown = report.markdown({"films": Drift("1.0.0", changes, was=name)})
    assert inert(shown), shown
    headings = [line for line in shown.splitlines() if line.startswith("#")]
    assert len(headings) == 3
    assert shown.count("\n- **") == 2
    log = release.changelog("", "1.0.0", changes)
    assert inert(log), log
    assert log.count("\n- ") == 2
    for lines in (report.text, report.github):
        assert all(sign.isprintable() or sign == "\n" for sign in lines({"films": Drift("1.0.0", changes)}))
    assert report.github({"films": Drift("1.0.0", changes)}).count("\n") == 2


@given(st.text(alphabet="`<>#@ab_*|\n ", max_size=20))
def test_a_code_span_holds_any_text(text: str) -> None:
    (block,) = [token for token in MarkdownIt("commonmark").parse(f"is {wording.code(text)} new") if token.children]
    spans = [token.content for token in block.children or [] if token.type == "code_inline"]
    assert spans == [wording.line(text) or " "]
    assert wording.prose(f"is {wording.code(text)} new") == f"is {wording.code(text)} new"


@given(st.text(alphabet="`<>#@ab_*|[]()!~&/:\\\\\n ", max_size=25))
def test_any_message_is_inert(text: str) -> None:
    assert inert(f"- {wording.prose('is ' + text)}\n"), wording.prose(text)


def test_long_texts_of_examples_are_shortened_but_for_json() -> None:
    change = Change("rule-added", "r", "rule `r` is new", example={"prompt": "~" * 1001}, verdict="newly refused")
    drifts = {"films": Drift("1.0.0", (change,))}
    for lines in (report.text, report.markdown, report.github):
        assert '{"prompt": "~~~~~~~~~~~~… (1001 characters)"}' in lines(drifts)
    assert "~" * 1001 in report.as_json(drifts)
