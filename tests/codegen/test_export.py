"""Exports are documents that foreign tools take; nothing of ours is left in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

import specs
from codegen import export
from reelspec.__main__ import main
from specs import yaml12

ACTION = {
    "type": "object", "required": ["name", "type"],
    "properties": {"name": {"type": "string"}, "type": {"enum": ["end", "goto", "retry"]},
                   "retryAfter": {"type": "number", "minimum": 0}, "retryLimit": {"type": "integer", "minimum": 0},
                   "stepId": {"type": "string"},
                   "criteria": {"type": "array", "minItems": 1}},
    "if": {"properties": {"type": {"const": "retry"}}}, "then": {"required": ["retryAfter"]},
    "additionalProperties": False,
}  # fmt: skip
STEP = {
    "type": "object", "required": ["stepId", "operationId"], "additionalProperties": False,
    "properties": {
        "stepId": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}, "operationId": {"type": "string"},
        "parameters": {"type": "array", "items": {"type": "object", "required": ["name", "in", "value"]}},
        "requestBody": {"type": "object", "required": ["payload"]},
        "successCriteria": {"type": "array", "minItems": 1,
                            "items": {"type": "object", "required": ["condition"], "additionalProperties": False,
                                      "properties": {"condition": {"type": "string"}}}},
        "onFailure": {"type": "array", "items": ACTION},
        "outputs": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^\\$"}},
    },
}  # fmt: skip
ARAZZO = {
    "type": "object", "required": ["arazzo", "info", "sourceDescriptions", "workflows"], "additionalProperties": False,
    "properties": {
        "arazzo": {"pattern": "^1\\.0\\.\\d+$"}, "info": {"required": ["title", "version"]},
        "sourceDescriptions": {"type": "array", "minItems": 1, "items": {
            "required": ["name", "url", "type"], "properties": {"name": {"pattern": "^[A-Za-z0-9_-]+$"}}}},
        "workflows": {"type": "array", "minItems": 1, "items": {
            "required": ["workflowId", "steps"], "properties": {"steps": {"type": "array", "items": STEP}}}},
    },
}  # fmt: skip


@pytest.mark.parametrize("provider", specs.providers())
def test_arazzo_is_well_formed_and_names_what_there_is(provider: str) -> None:
    """No library brings the schema of Arazzo 1.0; what is used of it stands above."""
    contract = specs.load(provider)
    document = export.arazzo(contract)
    jsonschema_rs.Draft202012Validator(ARAZZO).validate(document)
    assert [workflow["workflowId"] for workflow in document["workflows"]] == [o.id for o in contract.submits]
    for workflow in document["workflows"]:
        outputs = {f"$steps.{step['stepId']}.outputs.{name}" for step in workflow["steps"] for name in step["outputs"]}
        used = set(re.findall(r"\$steps\.\w+\.outputs\.\w+", json.dumps(workflow)))
        assert used <= outputs
        submit, poll = workflow["steps"]
        assert workflow["inputs"].get("allOf", []) == [
            {key: value for key, value in part.items() if key != "x-rule"} for part in rendered(contract, submit)
        ]
        lost, again = poll["onFailure"]
        assert (again["type"], "stepId" in again, lost["type"]) == ("retry", False, "end")
        task = contract.operation(submit["operationId"]).task
        assert task is not None
        for states, criteria in ((("queued", "running"), again["criteria"]), (("failed", "canceled"), lost["criteria"]),
                                 (("succeeded",), poll["successCriteria"])):  # fmt: skip
            assert criteria[0] == {"condition": "$statusCode == 200"}, "what is refused or not there is no answer"
            told = set(re.findall(r"== '(\w+)'", criteria[1]["condition"]))
            words = {*task.statuses, *(word for variant in task.variants.values() for word in variant.statuses)}
            assert told == {word for word in words if task.state(word) in states}
        for step in (submit, poll):
            operation = contract.operation(step["operationId"])
            known = {field.pointer for field in operation.at("response")}
            for pointer in re.findall(r"\$response\.body#([\w/]+)", json.dumps(step)):
                assert re.sub(r"/0(?=/|$)", "/*", pointer).removesuffix("/*") in known, pointer


def rendered(contract: specs.Contract, step: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that JSON Schema can say, as the spec has them."""
    operation = contract.operation(step["operationId"])
    body = contract.document["paths"][operation.path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    name = body["$ref"].rpartition("/")[2]
    found: list[dict[str, Any]] = contract.document["components"]["schemas"][name].get("allOf", [])
    return found


def test_the_workflow_names_a_document_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def source(*arguments: str) -> str:
        assert main(["export", *arguments, "--arazzo"]) == 0
        found: str = yaml12.loads(capsys.readouterr().out)["sourceDescriptions"][0]["url"]
        return found

    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs" / "films").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    document = yaml12.dumps(dict(specs.load("novita").document))
    (tmp_path / "specs" / "films" / "openapi.yaml").write_text(document, encoding="utf-8")
    assert source("films", "--specs", "specs") == "specs/films/openapi.yaml"
    assert source("specs/films/openapi.yaml") == "specs/films/openapi.yaml"
    assert source("films", "--specs", "specs", "--source", "https://x.example/films.yaml").startswith("https://")
    assert main(["export", "films", "--specs", "specs", "--arazzo", "-o", "out/flow.yaml"]) == 0
    written = yaml12.load(tmp_path / "out" / "flow.yaml")
    assert written["sourceDescriptions"][0]["url"] == "../specs/films/openapi.yaml"
    assert main(["export", "films", "--specs", "specs", "--openapi", "--source", "x.yaml"]) == 2


@pytest.mark.parametrize("provider", specs.providers())
def test_openapi_without_extensions_is_valid(provider: str) -> None:
    document = export.openapi(specs.load(provider).document)
    validate(document)
    assert not list(extensions(document))


def extensions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (key for key in value if key.startswith("x-"))
        for member in value.values():
            yield from extensions(member)
    elif isinstance(value, list):
        for item in value:
            yield from extensions(item)


def test_names_and_values_are_no_extensions() -> None:
    document = {
        "x-ours": 1,
        "properties": {"x-name": {"x-source": 2, "type": "object", "default": {"x-kept": 1}, "examples": [{"x-y": 1}]}},
        "responses": {"200": {"headers": {"X-Rate": {"schema": {}}, "x-rate": {"x-gone": 1}}}},
    }
    assert export.openapi(document) == {
        "properties": {"x-name": {"type": "object", "default": {"x-kept": 1}, "examples": [{"x-y": 1}]}},
        "responses": {"200": {"headers": {"X-Rate": {"schema": {}}, "x-rate": {}}}},
    }


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = ("--source", "novita.yaml")
    assert main(["export", "novita", "--arazzo", *source]) == 0
    printed = yaml12.loads(capsys.readouterr().out)
    assert main(["export", "novita", "--arazzo", *source, "-o", str(tmp_path / "flow.json")]) == 0
    assert json.loads((tmp_path / "flow.json").read_text(encoding="utf-8")) == printed
    assert main(["export", "novita", "--openapi", "-o", str(tmp_path / "novita.yaml")]) == 0
    validate(yaml12.load(tmp_path / "novita.yaml"))
    assert main(["export", "nobody", "--openapi"]) == 2


def test_a_contract_without_tasks_has_no_workflow() -> None:
    contract = specs.load("mulerouter")
    document = {**contract.document, "paths": {p: i for p, i in contract.document["paths"].items() if "get" in i}}
    with pytest.raises(specs.SpecError, match="no operation starts a task"):
        export.arazzo(specs.contract(document))
