"""`reelspec generate`: the same bytes, written once, checked, and true to the spec."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from codegen.emit import manifest, project, text
from codegen.emit.names import allocate, class_name, ident
from reelspec.__main__ import main
from specs import yaml12
from specs.loader import HOME as SPECS

NOVITA = SPECS / "novita" / "openapi.yaml"


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of specs with one provider."""
    (tmp_path / "specs" / "novita").mkdir(parents=True)
    (tmp_path / "specs" / "novita" / "openapi.yaml").write_bytes(NOVITA.read_bytes())
    return tmp_path


def generate(home: Path, *more: str) -> int:
    return main(["generate", "--specs", str(home / "specs"), "-o", str(home / "out"), *more])


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip


@pytest.mark.parametrize("provider", sorted(path.parent.name for path in SPECS.glob("*/openapi.yaml")))
def test_the_order_of_keys_does_not_matter(provider: str) -> None:
    document = yaml12.load(SPECS / provider / "openapi.yaml")
    one = project.render_project(document, "x", provider)
    other = project.render_project(shuffled(document, random.Random(7)), "x", provider)
    assert one == other


def test_a_second_run_writes_nothing_and_check_agrees(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(home) == 0
    before = state(home / "out")
    assert generate(home) == 0
    assert generate(home, "--check") == 0
    assert state(home / "out") == before
    assert "up to date" in capsys.readouterr().out


def test_only_what_changed_is_written_and_stale_files_go(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate(home)
    before = state(home / "out")
    target = home / "out" / "novita" / "novita_kling" / "rules.py"
    target.write_text("edited")
    (home / "out" / "novita" / "novita_kling" / "old.py").write_text("stale")
    known = manifest.read(home / "out" / "novita")
    known["files"]["novita_kling/old.py"] = "0"
    (home / "out" / "novita" / manifest.NAME).write_text(__import__("json").dumps(known))
    (home / "out" / "novita" / "mine.txt").write_text("a user's own file")
    assert generate(home, "--check") == 1
    shown = capsys.readouterr()
    assert "-edited" in shown.out
    assert "run `reelspec generate novita`" in shown.err
    assert generate(home) == 0
    after = state(home / "out")
    assert after.pop("novita/mine.txt")
    assert {name: content for name, (_, content) in after.items()} == {n: c for n, (_, c) in before.items()}
    touched = {name for name in after if after[name][0] != before[name][0]}
    assert touched == {"novita/novita_kling/rules.py", "novita/.reelspec.json"}


def test_a_new_limit_arrives_everywhere(home: Path) -> None:
    generate(home)
    spec = home / "specs" / "novita" / "openapi.yaml"
    document = yaml12.load(spec)
    schema = document["components"]["schemas"]["KlingV30ProI2vRequest"]["properties"]["duration"]
    schema |= {"maximum": 12, "description": "Length of the video in seconds."}
    spec.write_text(yaml12.dumps(document), encoding="utf-8")
    assert generate(home) == 0
    package = home / "out" / "novita" / "novita_kling"
    assert '"maximum": 12' in (package / "description.py").read_text()
    assert "type(duration) is int and 3 <= duration <= 12" in (package / "rules.py").read_text()
    assert "3 to 12; default 5" in (package / "params.py").read_text()
    assert "must be at most 12" in (package / "description.py").read_text()
    assert "3 to 12; default 5" in (home / "out" / "novita" / "README.md").read_text()


def test_patterns_and_items_that_must_differ_are_checked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = home / "specs" / "novita" / "openapi.yaml"
    document = yaml12.load(spec)
    members = document["components"]["schemas"]["KlingV30ProI2vRequest"]["properties"]
    members["negative_prompt"]["pattern"] = "^[a-z ]+$"
    members["multi_prompt"]["uniqueItems"] = True
    spec.write_text(yaml12.dumps(document), encoding="utf-8")
    assert generate(home) == 0
    package = home / "out" / "novita" / "novita_kling"
    assert 'satisfies(negative_prompt, {"pattern": "^[a-z ]+$"})' in (package / "rules.py").read_text()
    assert 'satisfies(multi_prompt, {"uniqueItems": True})' in (package / "rules.py").read_text()
    assert "must be matching ^[a-z ]+$" in (package / "description.py").read_text()
    members["negative_prompt"]["pattern"] = "[a-z"
    spec.write_text(yaml12.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert generate(home) == 2
    assert "/negative_prompt): the pattern cannot be read" in capsys.readouterr().err


def test_every_python_file_says_what_it_was_made_from(home: Path) -> None:
    import hashlib

    generate(home)
    for path in (home / "out").rglob("*.py"):
        first, second, rest = path.read_text(encoding="utf-8").split("\n", 2)
        assert first.startswith("# Generated by reelspec from specs/novita/openapi.yaml, do not edit")
        assert second.endswith(f"text below sha256 {hashlib.sha256(rest.encode()).hexdigest()[:16]}")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nobody"], "there is no such provider"),
        (["--specs", "/nonexistent"], "there is no spec"),
    ],
)
def test_bad_input_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert generate(home, *arguments) == 2
    shown = capsys.readouterr().err
    assert problem in shown
    assert shown.count("\n") == 1


def test_a_broken_spec_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = home / "specs" / "novita" / "openapi.yaml"
    spec.write_text(spec.read_text().replace("kind: at_most_one", "kind: at_whim"))
    assert generate(home) == 2
    assert "at_whim" in capsys.readouterr().err
    assert not (home / "out").exists()


def test_what_is_committed_is_up_to_date() -> None:
    root = SPECS.parent
    assert main(["generate", "--check", "--specs", str(SPECS), "-o", str(root / "generated")]) == 0


def test_templates_print_no_bare_text() -> None:
    for suffix, value in ((".py", "x"), (".md", "x"), (".toml", "x"), (".py", 1), (".md", None)):
        with pytest.raises(TypeError, match="bare"):
            text.environment(suffix).from_string("{{ value }}").render(value=value)


@pytest.mark.parametrize("name", ["a b", "class", "1a", "", "é", "a.b", "a\n"])
def test_no_name_but_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a"):
        text.Ident(name)
    with pytest.raises(ValueError, match="cannot be a"):
        text.Slug(name.upper() or "-")


def test_names_are_as_near_as_can_be() -> None:
    assert ident("multi_prompt") == "multi_prompt"
    assert ident("class") == "class_"
    assert ident("3d-model") == "field_3d_model"
    assert class_name("kling_v3_0_pro_i2v") == "KlingV30ProI2v"
    assert allocate(["a-b", "a_b", "a b"], ()) == {"a_b": "a_b", "a b": "a_b_", "a-b": "a_b_3"}
