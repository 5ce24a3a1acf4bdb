"""Explanations name everything that the contract holds, and what is asked for only."""

from __future__ import annotations

import copy
import json
import sys

import pytest

import specs
from codegen import explain
from reelspec.__main__ import main


@pytest.mark.parametrize("provider", specs.providers())
def test_everything_is_explained(provider: str) -> None:
    contract = specs.load(provider)
    text = explain.markdown(contract, contract.operations)
    for operation in contract.operations:
        assert f"`{operation.method} {operation.path}`" in text
        for rule in operation.rules:
            assert rule.id in text
            assert rule.decision is None or f"decided: {rule.decision}" in text
    for code in contract.errors.codes:
        assert f"| `{code.code}` | {code.status} |" in text
    assert all(page.address in text for page in contract.pages)
    table = [line for line in text.splitlines() if line.startswith("| `") and "|" in line]
    assert {line.replace("\\|", "").count("|") for line in table} <= {4, 6}


def test_one_field_with_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mulerouter", "kling_v3_i2v", "shot_type"]) == 0
    text = capsys.readouterr().out
    assert "| `shot_type` |" in text
    assert "| `mode` |" not in text
    assert "shot_type.required_if" in text
    assert "first_frame-last_frame" not in text


def test_other_notations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "novita", "kling_v3_0_pro_i2v", "--format", "idl"]) == 0
    idl = capsys.readouterr().out
    assert "OnlyOne(multi_prompt, prompt);" in idl
    assert "// cannot be said in this notation" in idl
    assert main(["explain", "novita", "kling_v3_0_pro_i2v", "--format", "cel"]) == 0
    assert "has(this.end_image)" in capsys.readouterr().out
    assert main(["explain", "novita", "kling_v3_0_pro_i2v", "duration", "--format", "json"]) == 0
    (operation,) = json.loads(capsys.readouterr().out)["operations"]
    assert {field["pointer"] for field in operation["fields"]} == {"/duration", "/multi_prompt/*/duration"}
    assert [rule["kind"] for rule in operation["rules"]] == ["sum"]
    assert operation["rules"][0]["english"].startswith("The sum of ")


@pytest.mark.parametrize("provider", specs.providers())
def test_every_notation_says_every_rule(provider: str, capsys: pytest.CaptureFixture[str]) -> None:
    contract = specs.load(provider)
    rules = [(operation, rule) for operation in contract.operations for rule in operation.rules]
    for notation in ("cel", "idl"):
        assert main(["explain", provider, "--format", notation]) == 0
        lines = capsys.readouterr().out.splitlines()
        heads = [number for number, line in enumerate(lines) if line.startswith("// ") and ": " in line]
        assert [lines[number].split(":")[0] for number in heads] == [f"// {o.id} {rule.id}" for o, rule in rules]
        assert all(lines[number + 1] for number in heads), "said, or said that it cannot be"
    assert main(["explain", provider, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["operations"]
    assert [rule["id"] for operation in told for rule in operation["rules"]] == [rule.id for _, rule in rules]
    for operation, row in zip(contract.operations, told, strict=True):
        assert [(field["in"], field["pointer"]) for field in row["fields"]] == [
            (field.location, field.pointer) for field in operation.fields
        ]


def test_json_holds_all_that_markdown_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mulerouter", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    contract = specs.load("mulerouter")
    assert told["servers"] == list(contract.servers)
    assert told["authentication"]["header"] == contract.authentication.header
    assert [code["code"] for code in told["errors"]["codes"]] == [code.code for code in contract.errors.codes]
    assert [page["address"] for page in told["pages"]] == [page.address for page in contract.pages]
    (task,) = [operation["task"] for operation in told["operations"] if "task" in operation]
    assert set(task["variants"]) == {"newer"}
    assert task["statuses"] == dict(contract.submits[0].task.statuses)  # type: ignore[union-attr]
    advice = [rule for operation in told["operations"] for rule in operation["rules"] if rule["kind"] == "ignored_if"]
    assert {rule["severity"] for rule in advice} == {"warning"}


def test_a_sum_in_cel_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "novita", "--format", "cel"]) == 0
    lines = capsys.readouterr().out.splitlines()
    sums = [number for number, line in enumerate(lines) if ".sum()" in line]
    assert sums
    assert all("list library of Kubernetes" in lines[number - 1] for number in sums)
    assert sum("Kubernetes" in line for line in lines) == len(sums)


@pytest.mark.parametrize("notation", ["cel", "idl"])
def test_advice_is_told_from_demands_in_every_notation(notation: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mulerouter", "--format", notation]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("// kling")]
    warned = {
        line.split(" ")[2].rstrip(":") for line in heads if line.endswith(" (a warning: such a request is accepted)")
    }
    rules = specs.load("mulerouter").submits[0].rules
    assert warned == {rule.id for rule in rules if rule.severity == "warning"} != set()


def test_decisions_have_a_section_and_are_not_laid_to_the_page() -> None:
    document = copy.deepcopy(dict(specs.load("novita").document))
    prompt = document["components"]["schemas"]["KlingV30StdI2vRequest"]["properties"]["prompt"]
    prompt["x-decided"] = {"maxLength": "Two pages give | two <numbers>."}
    contract = specs.contract(document)
    (operation,) = explain.chosen(contract, "kling_v3_0_std_i2v")
    text = explain.markdown(contract, [operation], "prompt")
    assert "### Decisions" in text
    assert "- `prompt` maxLength: Two pages give \\| two &lt;numbers>." in text
    assert f"| {operation.field('/prompt').source}; maxLength decided |" in text
    told = json.loads(explain.as_json(contract, [operation], "prompt"))["operations"][0]
    assert told["decisions"][0]["reason"] == "Two pages give | two <numbers>."
    assert told["fields"][0]["decided"] == prompt["x-decided"]
    assert "Decisions" not in explain.markdown(contract, [operation], "negative_prompt")


def test_a_terminal_gets_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["explain", "novita", "kling_v3_0_pro_i2v", "duration"]) == 0
    shown = capsys.readouterr().out
    assert "duration" in shown
    assert "|---|" not in shown


@pytest.mark.parametrize("arguments", [["nobody"], ["novita", "nothing"], ["novita", "task_result", "nowhere"]])
def test_what_there_is_not_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 2
    assert arguments[-1] in capsys.readouterr().err
