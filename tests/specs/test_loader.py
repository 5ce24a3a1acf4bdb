"""Specs that cannot be used are refused with the place and the remedy; good ones load whole."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import specs
from specs import yaml12


def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Films", "version": "1.2.3", "x-provider": "films"},
        "servers": [{"url": "https://films.example/"}],
        "x-pages": {"make": {"address": "https://films.example/docs"}},
        "x-errors": {
            "pointers": {"code": "/code", "message": "/message"},
            "codes": [
                {"code": "BAD", "status": 400, "meaning": "invalid_request"},
                {"code": "KEY", "status": 401, "meaning": "invalid_api_key"},
            ],
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "schemas": {
                "Shot": {"type": "object", "properties": {"seconds": {"type": "integer", "default": 5}}},
                "Make": {
                    "type": "object",
                    "required": ["prompt"],
                    "additionalProperties": False,
                    "properties": {
                        "prompt": {
                            "type": "string",
                            "title": "Text",
                            "description": "stale",
                            "maxLength": 3,
                            "x-source": {"page": "make", "line": 7},
                        },
                        "seconds": {"type": "integer", "default": 5, "minimum": 3, "maximum": 15},
                        "shots": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Shot"}},
                    },
                    "x-rules": [
                        {
                            "id": "shots-seconds.sum",
                            "kind": "sum",
                            "fields": ["/shots/*/seconds"],
                            "op": "==",
                            "total": "/seconds",
                            "source": {"inferred": "it must add up"},
                            "status": "inferred",
                        }
                    ],
                    "allOf": [{"x-rule": "left-over", "required": ["nothing"]}],
                },
            },
        },
        "paths": {
            "/films": {
                "post": {
                    "operationId": "make",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Make"}}}},
                    "responses": {
                        "200": {"description": "ok", "content": {"application/json": {"schema": {
                            "type": "object", "properties": {"id": {"type": "string"}}}}}},
                    },
                    "x-task": {
                        "poll": "look",
                        "parameter": "id",
                        "submitted": {"id": "/id"},
                        "polled": {"status": "/status", "video": "/urls/*"},
                        "statuses": {"DONE": "succeeded", "BUSY": "running"},
                        "expected": {"base": 10, "perSecond": 2},
                        "video": {"prompt": "/prompt", "duration": "/seconds"},
                        "height": 720,
                    },
                }
            },
            "/films/{id}": {
                "get": {
                    "operationId": "look",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {
                        "200": {"description": "ok", "content": {"application/json": {"schema": {
                            "type": "object", "properties": {
                                "status": {"type": "string"},
                                "urls": {"type": "array", "items": {"type": "string"}}}}}}},
                    },
                }
            },
        },
    }  # fmt: skip


ITEMS = ("components", "schemas", "Make", "properties", "shots", "items")
MAKE = ("paths", "/films", "post")
RULE = ("components", "schemas", "Make", "x-rules", 0)


def changed(path: tuple[Any, ...], value: Any) -> Callable[[], dict[str, Any]]:
    def make() -> dict[str, Any]:
        found: Any = document()
        holder = found
        for step in path[:-1]:
            holder = holder[step]
        if value is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(value)
        return found  # type: ignore[no-any-return]

    return make


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "no OpenAPI 3.1": (changed(("openapi",), "3.0.3"), "3.1"),
    "no operation": (changed(("paths",), {}), "no operation"),
    "no operationId": (changed((*MAKE, "operationId"), None), "operationId"),
    "operationId twice": (changed(("paths", "/films/{id}", "get", "operationId"), "make"), "twice"),
    "no security": (changed(("components", "securitySchemes"), {}), "sign"),
    "no errors": (changed(("x-errors",), None), "x-errors"),
    "unknown meaning": (
        changed(("x-errors", "codes"), [{"code": 1, "status": 400, "meaning": "odd"}]),
        "'odd' (one of",
    ),
    "unknown part of an error": (changed(("x-errors", "pointers"), {"colour": "/x"}), "colour"),
    "unknown kind": (changed((*RULE, "kind"), "sums"), "unknown kind 'sums' (one of"),
    "unknown operator": (changed((*RULE, "op"), "="), "unknown op '='"),
    "unknown member": (changed((*RULE, "whenn"), 1), "whenn"),
    "unknown field": (changed((*RULE, "total"), "/second"), "did you mean /seconds?"),
    "no id": (changed((*RULE, "id"), None), "no id"),
    "not a pointer": (changed((*RULE, "fields"), ["shots"]), "no JSON pointer"),
    "sum of no items": (changed((*RULE, "fields"), ["/seconds"]), "/list/*/name"),
    "bad condition": (changed((*RULE, "when"), {"field": "/prompt"}), "no condition"),
    "deep condition": (changed((*RULE, "when"), {"all": [{"any": []}]}), "no deeper"),
    "bad source": (changed((*RULE, "source"), "line 7"), "no source"),
    "reference to nowhere": (
        changed(ITEMS, {"$ref": "#/components/schemas/Shut"}),
        "leads nowhere",
    ),
    "reference outside": (
        changed(ITEMS, {"$ref": "other.yaml#/Shot"}),
        "outside",
    ),
    "circular reference": (
        changed(("components", "schemas", "Shot"), {"$ref": "#/components/schemas/Shot"}),
        "refers to itself",
    ),
    "no poll": (changed((*MAKE, "x-task", "poll"), "watch"), "no operation"),
    "no such parameter": (changed((*MAKE, "x-task", "parameter"), "task"), "no parameter 'task'"),
    "status of no state": (changed((*MAKE, "x-task", "statuses"), {"X": "done"}), "unknown state 'done'"),
    "video nowhere": (changed((*MAKE, "x-task", "polled", "video"), "/film"), "no member"),
    "no place for the status": (changed((*MAKE, "x-task", "polled", "status"), None), "where the status stands"),
    "unknown role": (changed((*MAKE, "x-task", "video"), {"colour": "/prompt"}), "unknown role 'colour'"),
    "role nowhere": (changed((*MAKE, "x-task", "video"), {"prompt": "/text"}), "no field"),
    "no height": (changed((*MAKE, "x-task", "height"), "tall"), "no height"),
    "unknown quantity": (changed((*MAKE, "x-task", "polled", "colour"), "/status"), "colour"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_spec_that_cannot_be_used_is_refused_with_place_and_remedy(name: str) -> None:
    make, said = BAD[name]
    with pytest.raises(specs.SpecError) as caught:
        specs.contract(make(), "films.yaml")
    assert said in str(caught.value)
    assert caught.value.place.startswith("films.yaml") or caught.value.place.startswith("rule ")
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_contract_loads_whole() -> None:
    contract = specs.contract(document())
    make = contract.operation("make")
    assert contract.provider == "films"
    assert contract.servers == ("https://films.example",)
    assert contract.authentication == specs.Authentication("X-Key", "")
    assert [field.pointer for field in make.at("body")] == ["/prompt", "/seconds", "/shots", "/shots/*/seconds"]
    assert make.field("/prompt").source == specs.Source("make", 7)
    assert make.field("/shots/*/seconds").default == 5
    assert make.field("/prompt").description == "Text: at most 3 characters."
    assert make.task is not None
    assert make.task.expected(5) == 20
    assert make.task.height(None) == 720
    assert make.task.state("DONE") == "succeeded"
    assert make.task.state("ODD") is None
    assert contract.submits == (make,)
    with pytest.raises(KeyError, match="one of: make, look"):
        contract.operation("mke")


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_schema_that_wraps_one_other_is_that_other(keyword: str) -> None:
    wrapped = changed(ITEMS, {keyword: [{"$ref": "#/components/schemas/Shot"}], "description": "One shot."})()
    made = specs.contract(wrapped).operation("make")
    assert made.field("/shots/*/seconds").default == 5
    assert made.request is not None
    assert made.request["properties"]["shots"]["items"]["description"] == "One shot."
    beside = changed(ITEMS, {keyword: [{"type": "object"}], "properties": {"seconds": {"type": "integer"}}})()
    made = specs.contract(beside).operation("make")
    assert made.request is not None
    assert keyword in made.request["properties"]["shots"]["items"], "what is beside it has its own say"


def test_every_violation_is_reported_with_place_limit_and_source() -> None:
    make = specs.contract(document()).operation("make")
    body = {"prompt": "four", "seconds": 20, "colour": 1, "shots": [{"seconds": 4}, {"seconds": "x"}, {}]}
    found = {violation.rule: violation for violation in make.validate(body)}
    assert set(found) == {
        "prompt.maxLength", "seconds.maximum", "colour.additionalProperties", "shots.maxItems", "shots[].seconds.type",
    }  # fmt: skip
    assert found["prompt.maxLength"].allowed == 3
    assert found["prompt.maxLength"].given == {"/prompt": "four"}
    assert found["prompt.maxLength"].source == specs.Source("make", 7)
    assert found["shots[].seconds.type"].pointers == ("/shots/1/seconds",)
    assert found["shots[].seconds.type"].message == "`shots[1].seconds` must be integer."
    assert [violation.rule for violation in make.validate([])] == ["body.type"]
    (sum_broken,) = make.validate({"prompt": "a", "seconds": 9, "shots": [{}, {"seconds": 3}]})
    assert sum_broken.rule == "shots-seconds.sum"
    assert sum_broken.given == {"/shots/1/seconds": 3, "/seconds": 9}
    assert make.validate({"prompt": "a", "seconds": 8, "shots": [{}, {"seconds": 3}]}) == ()


def test_a_limit_counts_code_points() -> None:
    make = specs.contract(document()).operation("make")
    assert make.validate({"prompt": "🎬🎬🎬"}) == ()
    assert [violation.rule for violation in make.validate({"prompt": "🎬🎬🎬🎬"})] == ["prompt.maxLength"]


def test_an_error_without_a_code_of_its_own_is_answered_with_what_stands_in() -> None:
    errors = specs.contract(document()).errors
    assert errors.for_meaning("image_format") == errors.codes[0]
    assert errors.for_meaning("missing_api_key") == errors.codes[1]
    assert errors.for_meaning("rate_limited") is None


def test_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(specs.SpecError, match=r"one of: .*novita"):
        specs.load("nobody")


@pytest.mark.parametrize("provider", specs.providers())
def test_committed_specs_are_valid_openapi_and_written_as_we_write(provider: str) -> None:
    from openapi_spec_validator import validate

    contract = specs.load(provider)
    validate(contract.document)  # type: ignore[arg-type]
    text = (specs.loader.HOME / provider / "openapi.yaml").read_text(encoding="utf-8")
    assert yaml12.dumps(yaml12.loads(text)) == text
