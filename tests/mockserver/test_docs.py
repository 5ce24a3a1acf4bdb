"""What docs/mock.md promises, checked."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from pathlib import Path

from mockserver.commands import mock
from mockserver.faults import KINDS, parse_fault, parse_short
from mockserver.settings import LENIENCIES
from specs import yaml12

TEXT = (Path(__file__).parents[2] / "docs" / "mock.md").read_text(encoding="utf-8")


def test_every_fault_is_documented_by_its_magic_word():
    words = re.findall(r"^\| (`mock:.*?) \|", TEXT, re.MULTILINE)
    documented = [word for cell in words for word in re.findall(r"`mock:([^`]+)`", cell)]
    assert sorted(parse_short(word, "docs").kind for word in documented) == sorted(KINDS)


def test_every_leniency_and_option_is_documented():
    assert all(f"| `{name}` |" in TEXT for name in LENIENCIES)
    parser = argparse.ArgumentParser()
    mock.configure(parser)
    options = [string for action in parser._actions for string in action.option_strings if string.startswith("--")]
    assert not [option for option in options if option not in TEXT and option != "--help"]


def test_the_scenario_can_be_loaded():
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert [parse_fault(entry, "docs").kind for entry in yaml12.loads(block)["faults"]] == [
        "status",
        "fail",
        "truncate",
    ]


def test_the_examples_start_the_mock_with_options_that_there_are():
    examples = Path(__file__).parents[2] / "docs" / "examples"
    container, service = (examples / name for name in ("Dockerfile", "reelspec-mock.service"))
    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", container.read_text(), re.MULTILINE)
    (started,) = re.findall(r"^ExecStart=\S*/(.*)$", service.read_text(), re.MULTILINE)
    for words in (json.loads(entry), started.split()):
        assert words[:2] == ["reelspec", "mock"]
        parser = argparse.ArgumentParser(exit_on_error=False)
        mock.configure(parser)
        options = parser.parse_args(words[2:])
        assert options.port == 8000
        assert options.store.endswith(".sqlite3")


def test_the_container_is_built_from_the_package_alone():
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {*project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], project["project"]["readme"]}
    first, *rest = [
        line
        for line in (root / "docs/examples/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    given = {line[1:] for line in rest if line.startswith("!")}
    assert first == "*"
    assert given == {*needed, *project["project"]["license-files"], "pyproject.toml"}
