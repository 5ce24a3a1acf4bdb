"""Changes that really happened, rebuilt from facts: each is found, classified, and nothing else is reported."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

import specs
from codegen.drift import report
from codegen.drift.change import Change
from codegen.drift.compare import compare, compare_operations
from codegen.drift.report import Drift

Schema = dict[str, Any]


def told(changes: tuple[Change, ...]) -> set[tuple[str, str, str]]:
    assert len(changes) == len({change.message for change in changes}), "each change is told once"
    return {(change.severity, change.kind, change.pointer) for change in changes}


def document(provider: str) -> Schema:
    return copy.deepcopy(dict(specs.load(provider).document))


def february() -> specs.Contract:
    """The page of February had a list of 0 to 2 voices, no exclusivity and no limits of length."""
    old = document("highwayapi")
    for name in list(old["components"]["schemas"]):
        schema = old["components"]["schemas"][name]
        if name != "KlingV30StdI2vRequest":
            continue
        schema["properties"]["voice_list"] = {
            "type": "array", "minItems": 0, "maxItems": 2, "items": {"type": "string"},
        }  # fmt: skip
        for field in ("prompt", "negative_prompt"):
            del schema["properties"][field]["maxLength"]
        schema["x-rules"] = [rule for rule in schema["x-rules"] if rule["kind"] != "at_most_one"]
    return specs.contract(old)


def test_highwayapi_since_february_2026() -> None:
    changes = compare(february(), specs.load("highwayapi"))
    assert told(changes) == {
        ("ERR", "request-field-removed", "/voice_list"),
        ("ERR", "request-bound-tightened", "/prompt"),
        ("ERR", "request-bound-tightened", "/negative_prompt"),
        ("ERR", "rule-added", "end_image-multi_prompt.at_most_one"),
    }
    added = next(change for change in changes if change.kind == "rule-added")
    assert added.verdict == "newly refused"
    assert added.example is not None
    assert {"end_image", "multi_prompt"} <= set(added.example)


def test_the_documentation_shows_the_real_report() -> None:
    drift = Drift("1.0.0", compare(february(), specs.load("highwayapi")))
    for page in ("docs/drift.md", "README.md"):
        shown = (Path(__file__).parents[3] / page).read_text(encoding="utf-8")
        assert report.markdown({"highwayapi": drift}) in shown, page


def test_mulerouter_status_words_of_the_older_pages_against_the_newer_guide() -> None:
    old, new = document("mulerouter"), document("mulerouter")
    for state, other in ((old, "statuses"), (new, "variant")):
        task = next(item["post"]["x-task"] for item in state["paths"].values() if "post" in item)
        variant = task.pop("variants")["newer"]
        if other == "variant":
            task["statuses"] = variant["statuses"]
            task["polled"] = {**task["polled"], **variant["polled"]}
    assert told(compare(specs.contract(old), specs.contract(new))) == {
        ("INFO", "task-status-removed", "pending"),
        ("INFO", "task-status-removed", "processing"),
        ("INFO", "task-status-removed", "completed"),
        ("WARN", "task-status-added", "queued"),
        ("WARN", "task-status-added", "running"),
        ("WARN", "task-status-added", "succeeded"),
        ("ERR", "task-place-changed", "reason"),
        ("ERR", "task-place-changed", "reason_code"),
        ("ERR", "task-place-changed", "reason_title"),
    }


def test_myrouter_standard_against_pro() -> None:
    """A list of the seconds 3 to 15 and the range 3 to 15 are the same; pro says less of the last frame."""
    contract = specs.load("myrouter")
    standard, pro = contract.operation("kling_v3_0_std_i2v"), contract.operation("kling_v3_0_pro_i2v")
    changes = compare_operations(standard, pro)
    assert told(changes) == {
        ("ERR", "rule-added", "multi_prompt-prompt.exactly_one"),
        ("INFO", "request-field-became-optional", "/prompt"),
        ("INFO", "request-media-loosened", "/end_image"),
        ("INFO", "task-video-changed", ""),
    }
    limits = ("maxBytes", "minWidth", "minHeight", "minAspectRatio", "maxAspectRatio")  # pro has the formats only
    assert sum(change.kind == "request-media-loosened" for change in changes) == len(limits)
    refused = next(change for change in changes if change.kind == "rule-added")
    assert refused.example is not None
    assert not standard.validate(dict(refused.example))
    assert [violation.rule for violation in pro.validate(dict(refused.example))] == [refused.pointer]


def test_a_list_of_integers_is_a_range_and_more_than_two_is_at_least_three() -> None:
    old, new = document("novita"), document("novita")
    for schema in new["components"]["schemas"].values():
        if duration := schema.get("properties", {}).get("duration"):
            duration.pop("enum", None)
            duration.pop("minimum")
            duration["exclusiveMinimum"] = 2
    assert compare(specs.contract(old), specs.contract(new)) == ()


def test_a_rule_about_a_new_field_breaks_nothing() -> None:
    old, new = document("novita"), document("novita")
    schema = new["components"]["schemas"]["KlingV30StdI2vRequest"]
    schema["properties"]["seed"] = {"type": "integer"}
    schema["x-rules"].append({"id": "seed", "kind": "at_most_one", "fields": ["/seed", "/end_image"]})
    assert told(compare(specs.contract(old), specs.contract(new))) == {
        ("INFO", "request-field-added-optional", "/seed"),
        ("INFO", "rule-added-with-field", "seed"),
    }
    assert told(compare(specs.contract(new), specs.contract(old))) == {("ERR", "request-field-removed", "/seed")}


def test_a_mention_that_no_text_can_be_made_for_is_compared_as_it_is_written() -> None:
    old, new = document("mulerouter"), document("mulerouter")
    for state, pattern in ((old, r"@(?=x)y(\d+)"), (new, r"@(?=x)z(\d+)")):
        rules = state["components"]["schemas"]["KlingV3I2vRequest"]["x-rules"]
        next(rule for rule in rules if rule["kind"] == "refers_to")["schema"] = {"pattern": pattern}
    assert told(compare(specs.contract(old), specs.contract(new))) == {
        ("ERR", "rule-added", "prompt-elements.refers_to"),
        ("INFO", "rule-removed", "prompt-elements.refers_to"),
    }
    assert compare(specs.contract(old), specs.contract(old)) == ()


def test_rules_over_very_many_fields_are_compared_on_bodies_drawn() -> None:
    old, new = document("novita"), document("novita")
    for state, dropped in ((old, 0), (new, 1)):
        schema = state["components"]["schemas"]["KlingV30StdI2vRequest"]
        names = [f"extra_{number}" for number in range(12)]
        schema["properties"] |= {name: {"type": "string", "enum": ["x", "y", "z"]} for name in names}
        pairs = list(itertools.pairwise(names))[dropped:]
        schema["x-rules"] += [
            {"id": f"{one}-{other}", "kind": "at_most_one", "fields": [f"/{one}", f"/{other}"]} for one, other in pairs
        ]
    found = compare(specs.contract(old), specs.contract(new))
    assert told(found) == {("INFO", "rule-removed", "extra_0-extra_1")}
    assert {"extra_0", "extra_1"} <= set(found[0].example or ())


def test_a_rule_that_only_refuses_what_a_new_bound_refuses_is_no_change() -> None:
    old, new = document("novita"), document("novita")
    schema = new["components"]["schemas"]["KlingV30StdI2vRequest"]
    schema["properties"]["duration"].update(maximum=10, enum=list(range(3, 11)))
    schema["x-rules"].append({"id": "short", "kind": "values_if", "fields": ["/duration"],
                              "when": {"field": "/sound", "is": True}, "schema": {"maximum": 12}})  # fmt: skip
    one, other = specs.contract(old), specs.contract(new)
    assert told(compare(one, other)) == {("ERR", "request-bound-tightened", "/duration")}
    assert told(compare(other, one)) == {("INFO", "request-bound-loosened", "/duration")}


def test_another_way_to_write_a_mention_is_told() -> None:
    old, new = document("mulerouter"), document("mulerouter")
    rules = new["components"]["schemas"]["KlingV3I2vRequest"]["x-rules"]
    next(rule for rule in rules if rule["kind"] == "refers_to")["schema"] = {"pattern": r"@(\d+)"}
    (change,) = compare(specs.contract(old), specs.contract(new))
    assert r"A mention matches `@(\d+)`, was `" in change.message


def test_what_stands_around_an_operation() -> None:
    def edited(**stated: Any) -> specs.Contract:
        new = document("novita")
        new["paths"]["/v3/async/kling-v3.0-std-i2v"]["post"].update(stated)
        return specs.contract(new)

    old = specs.load("novita")
    path = "/v3/async/kling-v3.0-std-i2v"
    for stated, severity, kind in (
        ({"deprecated": True}, "WARN", "operation-deprecated"), ({"security": []}, "INFO", "authentication-dropped"),
        ({"security": [{}]}, "INFO", "authentication-dropped"),
        ({"servers": [{"url": "https://other.example"}]}, "WARN", "operation-server-changed"),
        ({"operationId": "film"}, "ERR", "operation-renamed"),
    ):  # fmt: skip
        assert told(compare(old, edited(**stated))) == {(severity, kind, path)}
    assert told(compare(edited(security=[]), old)) == {("ERR", "authentication-changed", path)}
    assert compare(old, edited(servers=[{"url": server} for server in old.servers])) == ()


def test_an_operation_is_told_as_renamed_even_where_it_changed() -> None:
    new = document("novita")
    post = new["paths"]["/v3/async/kling-v3.0-std-i2v"]["post"]
    post["operationId"] = "film"
    new["components"]["schemas"]["KlingV30StdI2vRequest"]["properties"]["prompt"]["maxLength"] = 9
    changes = compare(specs.load("novita"), specs.contract(new))
    assert told(changes) == {
        ("ERR", "operation-renamed", "/v3/async/kling-v3.0-std-i2v"), ("ERR", "request-bound-tightened", "/prompt"),
    }  # fmt: skip
    assert {change.operations for change in changes} == {("film",)}


def test_times_are_told_as_what_they_are() -> None:
    def lasting(seconds: int) -> specs.Contract:
        new = document("novita")
        for item in new["paths"].values():
            if "post" in item:
                item["post"]["x-task"] |= {"resultTtl": seconds, "expected": {"base": 40, "perSecond": 12}}
        return specs.contract(new)

    assert [change.message for change in compare(specs.load("novita"), lasting(60))] == [
        "the result can be fetched for 60 s, was 3600 s", "a video of 5 s is guessed to take 100 s, was 90 s",
    ]  # fmt: skip
    assert told(compare(lasting(60), lasting(3600))) == {("INFO", "task-time-changed", "")}
    assert told(compare(lasting(3600), lasting(60))) == {("WARN", "task-lifetime-shortened", "")}
