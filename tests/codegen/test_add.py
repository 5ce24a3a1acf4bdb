"""`reelspec add`, and the guide that tells how to add a provider, followed as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

import specs
from codegen import newcomer
from codegen.drift.compare import compare
from codegen.facts import FieldFact, OperationFacts
from reelspec.__main__ import main
from specs import SpecError, yaml12
from specs.loader import HOME

GUIDE = Path(__file__).parents[2] / "docs" / "add-a-provider.md"
TAKE_SPECS = ("add", "lint", "explain", "sync", "generate")

SUBMIT = """\
> https://films.example/docs/make

# Make a film

POST https://api.films.example/v1/films

<ParamField body="prompt" type="string" required />

<ParamField body="duration" type="integer" default={5} />

<ResponseField name="task_id" type="string" required />
"""
POLL = """\
> https://films.example/docs/film

# A film

GET https://api.films.example/v1/film-result

<ParamField query="task_id" type="string" required />

<ResponseField name="status" type="string" required>
  One of `waiting`, `running`, `done`, `failed`, `dreaming`.
</ResponseField>

<ResponseField name="video_url" type="string" />
"""


def commands(text: str) -> list[str]:
    """The commands of the guide's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_guide_makes_ppio(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, output = tmp_path / "specs", tmp_path / "generated"
    for provider in ("novita", "mulerouter"):
        shutil.copytree(HOME / provider, home / provider)
    found = commands(GUIDE.read_text(encoding="utf-8"))
    assert [shlex.split(line)[1] for line in found] == [
        "extract", "extract", "add", "lint", "explain", "diff", "sync", "generate",
    ]  # fmt: skip
    for line in found:
        program, name, *arguments = shlex.split(line.replace("$PAGES", str(shared)))
        assert program == "reelspec"
        more = ["--specs", str(home)] if name in TAKE_SPECS else []
        more += ["-o", str(output)] if name == "generate" else []
        arguments = [argument.replace("ppio#", f"{home}/ppio#") for argument in arguments]
        assert main([name, *arguments, *more]) == 0, (line, capsys.readouterr())
        told = capsys.readouterr().out
        if name == "diff":
            assert told.endswith(": no change\n")
    assert not compare(specs.load("ppio", home), specs.load("ppio"))
    assert (home / "ppio" / "pages.toml").read_text() == (HOME / "ppio" / "pages.toml").read_text()
    assert list((output / "ppio").glob("*/__init__.py"))


def add(tmp_path: Path, *pages: str) -> int:
    (tmp_path / "submit.md").write_text(SUBMIT, encoding="utf-8")
    (tmp_path / "poll.md").write_text(POLL, encoding="utf-8")
    names = [str(tmp_path / page) for page in pages]
    return main(["add", "films", *names, "--from", str(tmp_path), "--specs", str(tmp_path / "specs")])


def test_what_is_missing_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path, "submit.md") == 1
    told = capsys.readouterr().out
    assert "missing: result operation" in told
    assert "missing: errors" in told


def test_a_task_is_read_from_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path, "submit.md", "poll.md") == 1
    told = capsys.readouterr().out
    assert "missing: errors" in told
    assert "could not tell what dreaming means" in told
    (operation,) = specs.load("films", tmp_path / "specs").submits
    assert operation.task is not None
    assert operation.task.statuses == {
        "waiting": "queued",
        "running": "running",
        "done": "succeeded",
        "failed": "failed",
    }
    assert operation.task.video == {"prompt": "/prompt", "duration": "/duration"}
    listed = (tmp_path / "specs" / "films" / "pages.toml").read_text(encoding="utf-8")
    assert 'address = "https://films.example/docs/make"' in listed
    assert 'servers = ["https://api.films.example"]' in listed
    assert main(["sync", "films", "--from", str(tmp_path), "--specs", str(tmp_path / "specs"), "--check",
                 "--no-clients", "--cache", str(tmp_path / "cache")]) == 0  # fmt: skip


def test_a_provider_is_not_added_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(tmp_path, "submit.md", "poll.md")
    before = yaml12.load(tmp_path / "specs" / "films" / "openapi.yaml")
    assert add(tmp_path, "submit.md", "poll.md") == 2
    assert "exists" in capsys.readouterr().err
    assert yaml12.load(tmp_path / "specs" / "films" / "openapi.yaml") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Films!", "x.md"], "is no name"),
        (["films", "nowhere.md"], "there is no such file"),
        (["films", "{page}", "--from", "{other}"], "is not below"),
        (["films", "{page}", "--platform", "nobody"], "there is no such provider"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "submit.md").write_text(SUBMIT, encoding="utf-8")
    (tmp_path / "other").mkdir()
    given = [a.format(page=tmp_path / "submit.md", other=tmp_path / "other") for a in arguments]
    assert main(["add", *given, "--specs", str(tmp_path / "specs")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "specs").exists()


@pytest.mark.parametrize(
    ("path", "operation_id", "key"),
    [
        ("/v3/async/kling-v3.0-pro-i2v", "kling_v3_0_pro_i2v", "kling-v3.0-pro-i2v"),
        ("/v3/async/task-result", "task_result", "task-result"),
        ("/vendors/k/v1/kling-v3/image/make/{task_id}", "kling_v3_image_make", "kling-v3-image-make"),
        ("/v1/films", "films", "films"),
        ("/v1/4k", "op_4k", "4k"),
    ],
)  # fmt: skip
def test_names(path: str, operation_id: str, key: str) -> None:
    assert (newcomer.operation_id(path), newcomer.key(path)) == (operation_id, key)


def test_a_page_tells_one_operation_and_its_address() -> None:
    one = OperationFacts("POST", "/films", None, (FieldFact("body", "/prompt", "string", True, 1),))
    assert (
        newcomer.page("a.md", "see https://films.example/docs\n", [one], None).address == "https://films.example/docs"
    )
    with pytest.raises(SpecError, match="FILE=ADDRESS"):
        newcomer.page("a.md", "nothing", [one], None)
    with pytest.raises(SpecError, match="one operation"):
        newcomer.page("a.md", "nothing", [one, one], "https://films.example")
