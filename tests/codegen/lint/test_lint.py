"""Lint finds what is odd about a contract, what its pages say against each other, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import specs
from codegen.commands import lint
from codegen.lint import contract as checks
from codegen.lint import decisions, pages, table
from codegen.lint.finding import KINDS, Finding
from codegen.pagelist import PageList
from reelspec.__main__ import main
from specs import yaml12
from specs.checks import Source
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
        {("rule-redundant", "make_film a.forbidden_if")},
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


SHOTS: Schema = {
    "type": "array", "x-source": SOURCE,
    "items": {"type": "object", "required": ["d"],
              "properties": {"d": {"type": "integer", "minimum": 3, "maximum": 15, "x-source": SOURCE}}},
}  # fmt: skip
TOTAL: Schema = {"type": "integer", "minimum": 3, "maximum": 15, "default": 5}
SUM: Schema = {"id": "sum", "kind": "sum", "fields": ["/shots/*/d"], "op": "==", "total": "/n"}
WHEN: Schema = {"field": "/mode", "is": "pro"}
MODE: Schema = {"type": "string", "enum": ["std", "pro"]}


def odd(kind: str, place: str, fields: Schema, *rules: Schema, **members: Any) -> tuple[Any, specs.Contract]:
    return {(kind, f"make_film {place}")}, contract(fields, list(rules), **members)


def each(op: str) -> Schema:
    return {"id": "each", "kind": "compare", "fields": ["/shots/*/d", "/n"], "op": op}


def said(op: str, **members: Any) -> Schema:
    return {**SUM, "id": "again", "op": op, **members}


FILMED = {"shots": SHOTS, "n": TOTAL, "mode": MODE}
CASES |= {
    "required and forbidden under one condition": odd(
        "contradiction", "a.required_if", {"a": STRING, "mode": MODE},
        rule("required_if", "a", when=WHEN), rule("forbidden_if", "a", when=WHEN)),
    "required and forbidden under two conditions": (set(), contract(
        {"a": STRING, "mode": MODE, "b": FLAG},
        [rule("required_if", "a", when=WHEN), rule("forbidden_if", "a", when={"field": "/b", "is": True})])),
    "three that exclude each other, two of them alike": (
        {("contradiction", "make_film three"), ("rule-silent", "make_film one"), ("rule-silent", "make_film two")},
        contract(
            {"n": TOTAL, "mode": MODE},
            [rule("values_if", "n", when=WHEN, schema=limits) | {"id": name} for name, limits in (
                ("one", {"minimum": 6}), ("two", {"minimum": 6}), ("three", {"maximum": 5}))])),
    "limits that leave nothing under one condition": odd(
        "contradiction", "least", {"n": TOTAL, "mode": MODE},
        rule("values_if", "n", when=WHEN, schema={"minimum": 6}) | {"id": "least"},
        rule("values_if", "n", when=WHEN, schema={"maximum": 5}) | {"id": "most"}),
    "a condition asks for what the field cannot be": odd(
        "contradiction", "n.values_if", {"n": {"type": "integer", "minimum": 3, "maximum": 15}, "mode": MODE},
        rule("values_if", "n", when=WHEN, schema={"minimum": 16})),
    "a required field without effect": odd(
        "contradiction", "a", {"a": STRING, "mode": MODE}, rule("ignored_if", "a", when=WHEN), required=["a"]),
    "nothing can be asked for": odd(
        "contradiction", "a", {"a": STRING, "b": STRING}, rule("at_most_one", "a", "b"), required=["a", "b"]),
    "each more than all": odd("contradiction", "each", FILMED, SUM, each(">")),
    "each as much as all at most": (set(), contract(FILMED, [SUM, each("<=")])),
    "two sums": odd("contradiction", "again", FILMED, SUM, said("!=")),
    "a weaker sum": odd("rule-redundant", "again", FILMED, SUM, said("<=")),
    "a weaker sum under a condition": odd("rule-redundant", "again", FILMED, SUM, said("<=", when=WHEN)),
    "a weaker sum for all": (set(), contract(FILMED, [SUM | {"when": WHEN}, said("<=")])),
    "six shots are longer than all": odd("contradiction", "sum", FILMED | {"shots": SHOTS | {"minItems": 6}}, SUM),
    "five shots are as long as all": (set(), contract(FILMED | {"shots": SHOTS | {"minItems": 5}}, [SUM])),
    "less than what is least": odd(
        "contradiction", "n-m.compare", {"n": TOTAL, "m": {**TOTAL, "maximum": 40, "minimum": 16, "default": 20}},
        rule("compare", "n", "m", op=">")),
    "an empty range": odd("contradiction", "n", {"n": {"type": "integer", "minimum": 3, "maximum": 2}}),
    "an empty open range": odd("contradiction", "n", {"n": {"type": "number", "exclusiveMinimum": 2, "maximum": 2}}),
    "no multiple in the range": odd("contradiction", "n", {
        "n": {"type": "integer", "minimum": 6, "maximum": 9, "multipleOf": 5}}),
    "no length": odd("contradiction", "a", {"a": {"type": "string", "minLength": 9, "maxLength": 2}}),
    "no number of items": odd("contradiction", "shots", {"shots": SHOTS | {"minItems": 3, "maxItems": 2}}),
    "no width": odd("contradiction", "a", {"a": {**STRING, "x-media": {"minWidth": 9, "maxWidth": 2}}}),
    "values outside of the range": odd(
        "contradiction", "n", {"n": {"type": "integer", "minimum": 6, "maximum": 15, "enum": list(range(3, 16))}}),
    "all values outside of the range": odd(
        "contradiction", "n", {"n": {"type": "integer", "minimum": 3, "enum": [1, 2]}, "mode": MODE},
        rule("values_if", "n", when=WHEN, schema={"maximum": 2})),
    "values of another type": odd("contradiction", "n", {"n": {"type": "integer", "enum": ["3", "5"]}}),
    "no value": odd("contradiction", "n", {"n": {"type": "integer", "enum": []}}),
    "what can never be given hides nothing of the other rules": (
        {("contradiction", "make_film n"), ("contradiction", "make_film a.required_if")}, contract(
            {"n": {"type": "integer", "minimum": 3, "maximum": 2}, "a": STRING, "mode": MODE},
            [rule("at_most_one", "n", "a"), rule("required_if", "a", when=WHEN),
             rule("forbidden_if", "a", when=WHEN)])),
    "what must be given and cannot": (
        {("contradiction", "make_film n"), ("rules-unexamined", "make_film rules")}, contract(
            {"n": {"type": "integer", "minimum": 3, "maximum": 2}, "a": STRING}, [rule("at_most_one", "n", "a")],
            required=["n"])),
    "a member that nothing can have is required": odd("contradiction", "the body", {"a": STRING}, required=["z"]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_one_thing_is_odd(name: str) -> None:
    expected, odd = CASES[name]
    found = {(finding.kind, finding.place) for finding in checks.check(odd)}
    assert found == expected


def test_a_text_is_told_from_a_number() -> None:
    (finding,) = checks.check(contract({"n": {"type": "string", "enum": ["5", "10"], "default": 5}}, []))
    assert finding.message == 'the default 5 is not among what it takes: string and one of "5" or "10"'


def test_a_contradiction_names_both_lines() -> None:
    _, odd = CASES["required and without effect"]
    (finding,) = checks.check(odd)
    assert finding.message.startswith("is required where it is said to have no effect, as beside {")
    assert [str(source) for source in finding.sources] == ["make:7"]


def test_two_rules_that_exclude_each_other_are_named_with_both_lines() -> None:
    fields = {"a": STRING, "mode": MODE}
    rules = [rule("required_if", "a", when=WHEN, source={"page": "make", "line": 8}),
             rule("forbidden_if", "a", when=WHEN, source={"page": "make", "line": 9})]  # fmt: skip
    (finding,) = checks.check(contract(fields, rules))
    assert finding.message == "where `mode` is pro, no request can keep it together with a.forbidden_if"
    assert [str(source) for source in finding.sources] == ["make:8", "make:9"]


def test_what_answers_say_against_themselves() -> None:
    document: Schema = copy.deepcopy(dict(specs.load("novita").document))
    answer = document["components"]["schemas"]["TaskResultResponse"]
    told = answer["properties"]["task"]["properties"]
    told["progress_percent"] |= {"maximum": 100, "default": 200}
    told["status"]["enum"] = ["DONE"]
    answer["examples"] = [{"task": 5}]
    post = document["paths"]["/v3/async/kling-v3.0-std-i2v"]["post"]
    post["requestBody"]["content"]["application/json"]["examples"] = {"one": {"value": {"image": "x"}}}
    del document["paths"]["/v3/async/task-result"]["get"]["parameters"][0]["x-source"]
    found = {(finding.kind, finding.place) for finding in checks.check(specs.contract(document))}
    assert found - {("types-differ", "task_result images[].image_url_ttl")} == {
        ("default-refused", "task_result task.progress_percent"), ("example-refused", "task_result the example of 200"),
        ("example-refused", "kling_v3_0_std_i2v the example"), ("status-unknown", "kling_v3_0_std_i2v task.status"),
        ("status-unknown", "kling_v3_0_pro_i2v task.status"), ("field-unsourced", "task_result task_id"),
    }  # fmt: skip


def test_what_a_new_provider_lacks_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml12.dumps(dict(CASES["nothing"][1].document)), encoding="utf-8")
    rows = report(str(path), capsys=capsys)["findings"]
    lacks = [(row["severity"], row["place"]) for row in rows if row["kind"] == "incomplete"]
    assert lacks == [("WARN", "errors"), ("WARN", "result operation"), ("WARN", "make_film")]
    assert not [row for row in report(capsys=capsys)["findings"] if row["kind"] == "incomplete"]


def report(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main(["lint", *arguments, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


KNOWN = {
    # Of the family, number 1: prompt is required, and excluded by the shots.
    ("myrouter", "multi_prompt-prompt.exactly_one"): {"kling-v3.0-pro-i2v:55", "kling-v3.0-pro-i2v:69"},
    ("novita", "multi_prompt-prompt.exactly_one"): {"kling-v3.0-pro-i2v:33", "kling-v3.0-pro-i2v:53"},
    ("highwayapi", "multi_prompt-prompt.exactly_one"): {"novita-kling-v3.0-pro-i2v:33", "novita-kling-v3.0-pro-i2v:53"},
    ("ppio", "multi_prompt-prompt.exactly_one"): {"kling-v3.0-pro-i2v:33", "kling-v3.0-pro-i2v:37"},
    # Number 2: rendered pages drop the default of cfg_scale, and the members of a shot.
    ("myrouter", "cfg_scale"): {"kling-v3.0-pro-i2v:63", "kling-v3.0-std-i2v:44"},
    ("highwayapi", "cfg_scale"): {"kling-v3.0-std-i2v:66", "novita-kling-v3.0-pro-i2v:43"},
    ("highwayapi", "properties.multi_prompt"): {"kling-v3.0-std-i2v:72", "novita/kling-v3.0-std-i2v:56"},
    # Number 3: the task is required in myrouter's result only (and the types of the lifetimes, below).
    ("myrouter", "TaskResultResponse"): {
        "https://docs.myrouter.ai/docs/models/reference-get-async-task-result", "novita-task-result:61",
    },
    # Number 4: a missing key is answered 400, 401 or 403.
    ("myrouter", "$"): {"ppio/error-codes:18", "novita/error-code:64"},
    ("novita", "$"): {"ppio/error-codes:18", "novita/error-code:64"},
    ("highwayapi", "$"): {"ppio/error-codes:18", "novita/error-code:64"},
    ("ppio", "$"): {"ppio/error-codes:18", "novita/error-code:64"},
    # mulerouter: the prompt is ignored, and required with intelligence.
    ("mulerouter", "prompt.ignored_if"): {"kling-v3-image-to-video:28", "kling-v3-image-to-video:25"},
    # Masks and camera control that the body does not have.
    ("mulerouter", "[?@.kind == 'at_most_one']"): {"kling-v3-image-to-video:23"},
    # What the vendor's own client sends.
    ("mulerouter", "properties.multi_shot"): {"kling-v3-image-to-video:27", "the vendor's client mulerouter-skills"},
    ("mulerouter", "properties.first_frame"): {"kling-v3-image-to-video:14", "the vendor's client mulerouter-skills"},
    # Two vocabularies of status words.
    ("mulerouter", "$.paths.*.post"): {"mulerouter-skills/REFERENCE:48", "the vendor's newer guide"},
}  # fmt: skip
"""Every contradiction that is known of the sources, in their order, with the places that disagree."""
FAMILY = ["highwayapi", "mulerouter", "myrouter", "novita"]
LIFETIMES = {
    "novita": {"task-result:100", "task-result:119", "task-result:138"},
    "ppio": {"task-result:117", "task-result:125", "task-result:133"},
}


@pytest.mark.parametrize("with_pages", [False, True])
def test_every_known_contradiction_is_found_and_no_other(
    with_pages: bool, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = ["--from", str(request.getfixturevalue("shared"))] if with_pages else []
    rows = report(*stored, capsys=capsys)["findings"]
    decided = [row for row in rows if row["kind"] == "decided"]
    for (provider, end), places in KNOWN.items():
        (row,) = [row for row in decided if row["provider"] == provider and row["place"].endswith(end)]
        cited = {source.partition("(")[2].rstrip(")") or source for source in row["sources"]}
        assert places <= cited, (provider, end, cited)
    assert len(decided) == len(KNOWN)
    differing = {row["provider"]: set(row["sources"]) for row in rows if row["kind"] == "types-differ"}
    assert set(differing) == {"highwayapi", "myrouter", "novita", "ppio"}  # number 3: integer and string for seconds
    assert all(differing[provider] == lines for provider, lines in LIFETIMES.items())
    sums = {row["provider"] for row in rows if row["kind"] == "inferred"}  # number 5: the sum of the shots
    assert sums == {"highwayapi", "myrouter", "novita", "ppio"}
    kinds = {"decided", "types-differ", "inferred", "providers-differ"} | ({"unread"} if with_pages else set())
    assert {row["kind"] for row in rows} == kinds
    if with_pages:
        masks = next(row for row in decided if "at_most_one" in row["place"])
        assert "kling-v3-image-to-video:23" in masks["sources"]
        assert all(row["sources"][0].partition(":")[2] for row in rows if row["kind"] == "unread")


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


def documented(rules: list[Schema]) -> Schema:
    """A document as pages have it: the request of one operation is a component."""
    document = copy.deepcopy(dict(CASES["nothing"][1].document))
    content = document["paths"]["/films"]["post"]["requestBody"]["content"]["application/json"]
    request = {**content["schema"], "x-rules": [{"source": SOURCE, "status": "stated", **rule} for rule in rules]}
    document["components"]["schemas"] = {"MakeFilmRequest": request}
    content["schema"] = {"$ref": "#/components/schemas/MakeFilmRequest"}
    return document


def test_what_the_pages_say_and_the_spec_decides() -> None:
    spec = CASES["nothing"][1]
    said = documented([rule("at_most_one", "a", "masks"), rule("at_most_one", "a", "b")])
    (unknown,) = pages.check(said, spec)
    assert (unknown.kind, unknown.severity) == ("unknown-field", "ERR")
    assert unknown.message == "it names `masks`, which the request does not have"
    assert [str(source) for source in unknown.sources] == ["make:7"]
    (settled,) = pages.settled([unknown], [], [])
    assert (settled.kind, settled.message) == ("decided", f"{unknown.message}; the overlay decides otherwise")
    assert list(pages.settled([unknown], [unknown], [])) == [], "what the spec has as well is told once, as it is"
    written = Finding("decided", "films", "$.x", "no masks; decided: drop it", (Source("make", 7), Source("overlay")))
    (joined,) = pages.settled([unknown], [], [written])
    assert joined.message == written.message


def test_an_overlay_that_does_not_fit_any_more_is_told(tmp_path: Path) -> None:
    path = tmp_path / "films" / "overlay.yaml"
    path.parent.mkdir()
    agreed = {"target": "$.servers[0]", "description": "As it is.", "x-contradiction": {"says": "one says otherwise"}}
    actions = [
        {"target": "$.info", "description": "The page says so by now.", "update": {"title": "Films"}},
        {"target": "$.components.schemas.Gone", "description": "It was odd.", "remove": True},
        {"target": "$.components.schemas.Other", "description": "A film's.", "update": {}, "x-optional": True},
        {"target": "$.info", "description": "Ours.", "update": {"title": "Better films"}},
        agreed,
    ]
    head = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}}
    path.write_text(yaml12.dumps({**head, "actions": actions}), encoding="utf-8")
    listed = PageList("films", "Films", "1.0.0", None, (), (path,), ())
    found = list(decisions.stale(decisions.steps(documented([]), listed), "films"))
    assert [(finding.kind, finding.place) for finding in found] == [
        ("overlay-stale", "$.info"), ("overlay-stale", "$.components.schemas.Gone"),
        ("overlay-stale", "$.components.schemas.Other"),
    ]  # fmt: skip
    assert [str(finding.sources[0]) for finding in found] == [f"films/overlay.yaml#/actions/{n}" for n in (0, 1, 2)]
    assert [finding.message.partition(":")[0] for finding in found[::2]] == ["changes nothing", "selects nothing"]
    (told,) = decisions.check(CASES["nothing"][1], listed)
    assert told.message == "one says otherwise; decided: As it is."


def test_a_contradiction_of_a_spec_fails_the_command_and_names_its_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document: Schema = copy.deepcopy(dict(specs.load("novita").document))
    document["components"]["schemas"]["KlingV30ProI2vRequest"]["required"].append("prompt")
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml12.dumps(document), encoding="utf-8")
    assert main(["lint", str(path)]) == 1
    told = capsys.readouterr().out
    assert "`prompt` is required and excludes `multi_prompt`, which can never be used" in told
    rows = report(str(path), capsys=capsys)["findings"]
    assert rows[0]["severity"] == "ERR", "the worst first"
    assert set(rows[0]["sources"]) >= {"kling-v3.0-pro-i2v:33", "kling-v3.0-pro-i2v:54"}
    assert all(f"        {source}\n" in told for source in rows[0]["sources"])
