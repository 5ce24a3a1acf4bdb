"""Lint finds what is odd about a contract, what its pages say against each other, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import specs
from codegen.commands import lint
from codegen.lint import contract as checks
from codegen.lint import table
from codegen.lint.finding import KINDS
from reelspec.__main__ import main
from specs import yaml12
from specs.loader import HOME

Schema = dict[str, Any]
SOURCE = {"page": "make", "line": 7}


def contract(fields: Schema, rules: list[Schema], **members: Any) -> specs.Contract:
    """A small contract with one operation; fields and rules without a source get one."""
    named = {name: {"x-source": SOURCE, **schema} for name, schema in fields.items()}
    stated = [{"source": SOURCE, "status": "stated", **rule} for rule in rules]
    request = {"type": "object", "properties": named, "additionalProperties": False, "x-rules": stated, **members}
    answer = {"type": "object", "properties": {"id": {"type": "string"}}}

    def json_body(schema: Schema) -> Schema:
        return {"content": {"application/json": {"schema": schema}}}

    operation = {"operationId": "make_film", "requestBody": json_body(request),
                 "responses": {"200": {"description": "Fine.", **json_body(answer)}}}  # fmt: skip
    return specs.contract({
        "openapi": "3.1.0", "info": {"title": "Films", "version": "1.0.0", "x-provider": "films"},
        "servers": [{"url": "https://films.example"}], "paths": {"/films": {"post": operation}},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "x-errors": {"pointers": {}, "codes": []},
    })  # fmt: skip


STRING: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}


def rule(kind: str, *fields: str, **members: Any) -> Schema:
    return {"id": f"{'-'.join(fields)}.{kind}", "kind": kind, "fields": [f"/{field}" for field in fields], **members}


CASES: dict[str, tuple[set[tuple[str, str]], specs.Contract]] = {
    "nothing": (set(), contract({"a": STRING, "b": STRING}, [rule("at_most_one", "a", "b")])),
    "a required field excludes another": (
        {("contradiction", "make_film b")},
        contract({"a": STRING, "b": STRING}, [rule("at_most_one", "a", "b")], required=["a"]),
    ),
    "a field excludes itself in two steps": (
        {("field-unusable", "make_film a")},
        contract(
            {"a": STRING, "b": STRING},
            [
                rule("required_if", "b", when={"field": "/a", "is": "present"}),
                rule("forbidden_if", "b", when={"field": "/a", "is": "present"}),
            ],
        ),
    ),
    "required and without effect": (
        {("contradiction", "make_film a")},
        contract(
            {"a": STRING, "b": FLAG, "c": FLAG},
            [
                rule("required_if", "a", when={"field": "/b", "is": True}),
                rule("ignored_if", "a", when={"field": "/c", "is": True}),
            ],
        ),
    ),
    "required or without effect, never both": (
        set(),
        contract(
            {"a": STRING, "b": FLAG},
            [
                rule("required_if", "a", when={"field": "/b", "is": True}),
                rule("ignored_if", "a", when={"field": "/b", "is": False}),
            ],
        ),
    ),
    "a condition that never holds": (
        {("rule-silent", "make_film a.forbidden_if")},
        contract(
            {"a": STRING, "b": {"enum": ["x", "y"]}},
            [rule("forbidden_if", "a", when={"field": "/b", "is": "z"})],
        ),
    ),
    "a rule that follows from another": (
        {("rule-redundant", "make_film a-b.at_most_one"), ("rule-redundant", "make_film a.forbidden_if")},
        contract(
            {"a": STRING, "b": STRING},
            [rule("at_most_one", "a", "b"), rule("forbidden_if", "a", when={"field": "/b", "is": "present"})],
        ),
    ),
    "no source": (
        {("rule-unsourced", "make_film a-b.at_most_one"), ("field-unsourced", "make_film b")},
        contract({"a": STRING, "b": {**STRING, "x-source": None}}, [rule("at_most_one", "a", "b", source=None)]),
    ),
    "a default outside its limits": (
        {("default-refused", "make_film n")},
        contract({"n": {"type": "integer", "minimum": 3, "default": 2}}, []),
    ),
    "examples that are refused": (
        {("example-refused", "make_film n"), ("example-refused", "make_film the example")},
        contract({"n": {"type": "integer", "examples": ["x", 3]}}, [], example={"m": 1}),
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_one_thing_is_odd(name: str) -> None:
    expected, odd = CASES[name]
    found = {(finding.kind, finding.place) for finding in checks.check(odd)}
    assert found == expected


def test_a_contradiction_names_both_lines() -> None:
    _, odd = CASES["required and without effect"]
    (finding,) = checks.check(odd)
    assert finding.message.startswith("is required where it is said to have no effect, as beside {")
    assert [str(source) for source in finding.sources] == ["make:7"]


def report(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main(["lint", *arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


KNOWN = {
    ("myrouter", "multi_prompt-prompt.exactly_one"),  # required, and excluded by the shots
    ("novita", "multi_prompt-prompt.exactly_one"),
    ("highwayapi", "multi_prompt-prompt.exactly_one"),
    ("myrouter", "cfg_scale"),  # the rendered page drops its default
    ("highwayapi", "cfg_scale"),
    ("highwayapi", "properties.multi_prompt"),  # and the members of a shot
    ("myrouter", "TaskResultResponse"),  # the task is required there only
    ("myrouter", "$"),  # a missing key: 400, 401 or 403
    ("novita", "$"),
    ("highwayapi", "$"),
    ("mulerouter", "prompt.ignored_if"),  # ignored, and required with intelligence
    ("mulerouter", "at_most_one"),  # masks and camera control that the body does not have
    ("mulerouter", "$.paths.*.post"),  # two vocabularies of status words
}
FAMILY = ["highwayapi", "mulerouter", "myrouter", "novita"]


@pytest.mark.parametrize("with_pages", [False, True])
def test_every_known_contradiction_is_found_and_no_other(
    with_pages: bool, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = ["--from", str(request.getfixturevalue("shared"))] if with_pages else []
    rows = report(*FAMILY, *pages, capsys=capsys)["findings"]
    decided = [(row["provider"], row["place"]) for row in rows if row["kind"] == "decided"]
    for provider, end in KNOWN:
        assert [one for one in decided if one[0] == provider and end in one[1]], (provider, end)
    assert len(decided) == len(KNOWN)
    times = {row["provider"] for row in rows if row["kind"] == "types-differ"}  # integer and string for seconds
    assert times == {"highwayapi", "myrouter", "novita"}
    sums = {row["provider"] for row in rows if row["kind"] == "inferred"}  # the sum of the shots is inferred
    assert sums == {"highwayapi", "myrouter", "novita"}
    assert not [row for row in rows if row["severity"] == "ERR"]
    if with_pages:
        assert [row for row in rows if row["kind"] == "unread"]
        lines = {source for row in rows if row["kind"] == "decided" and row["provider"] == "mulerouter"
                 for source in row["sources"]}  # fmt: skip
        assert {f"kling-v3-image-to-video:{line}" for line in (23, 25, 28)} <= lines


def test_providers_of_one_model_stand_side_by_side() -> None:
    (found,) = table.tables([specs.load(name) for name in FAMILY])
    assert found.model == "kling v3 i2v"
    rows = {row.name: row for row in found.rows}
    assert rows["negative_prompt"].agreed
    cells = table.grouped(found, rows["sound"])
    assert cells["string, default off, one of on or off"] == ["mulerouter kling_v3_i2v"]
    assert "highwayapi kling_v3_0_pro_i2v*" in cells["boolean, default false"]


def test_a_spec_that_cannot_be_loaded_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = yaml12.load(HOME / "mulerouter" / "openapi.yaml")
    document["components"]["schemas"]["KlingV3I2vRequest"]["x-rules"][0]["fields"] = ["/masks"]
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml12.dumps(document), encoding="utf-8")
    assert main(["lint", str(path)]) == 1
    assert "names /masks, which kling_v3_i2v does not have" in capsys.readouterr().out


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "mulerouter"]) == 0
    assert main(["lint", "mulerouter", "--fail-on", "INFO"]) == 1
    assert main(["lint", "novita", "--fail-on", "WARN"]) == 1
    assert main(["lint", "novita", "--fail-on", "never"]) == 0
    assert main(["lint", "nobody"]) == 2
    assert "0 ERR" in capsys.readouterr().out


def test_every_kind_is_documented() -> None:
    assert all(meaning and severity in ("ERR", "WARN", "INFO") for severity, meaning in KINDS.values())
    assert lint.text([], []) == "0 ERR, 0 WARN, 0 INFO\n"
