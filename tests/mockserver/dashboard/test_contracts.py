"""What the forms are made from: fields, rules and examples of every operation of every provider."""

from __future__ import annotations

import functools

import orjson
import pytest

import specs
from mockserver.dashboard.contracts import described
from mockserver.dashboard.examples import breaking, examples
from mockserver.dashboard.faults import kinds
from mockserver.faults import KINDS, parse_fault

load = functools.cache(specs.load)
PROVIDERS = specs.providers()
SUBMITS = [(name, operation.id) for name in PROVIDERS for operation in load(name).submits]


@pytest.mark.parametrize(("provider", "operation"), SUBMITS)
def test_examples_are_accepted(provider, operation):
    checked = load(provider).operation(operation)
    found = examples(checked)
    assert [name for name, _ in found] == ["Plain", "Several shots"]
    for _, body in found:
        assert not checked.validate(body)


@pytest.mark.parametrize(("provider", "operation"), SUBMITS)
def test_every_rule_has_a_body_that_breaks_it(provider, operation):
    checked = load(provider).operation(operation)
    found = breaking(checked)
    assert set(found) == {rule.id for rule in checked.rules}
    for rule, body in found.items():
        assert rule in {violation.rule for violation in checked.validate(body)}


def test_a_body_breaks_one_rule_alone_where_that_can_be():
    checked = load("novita").operation("kling_v3_0_pro_i2v")
    for rule, body in breaking(checked).items():
        assert [violation.rule for violation in checked.validate(body)] == [rule]


def _pointers(nodes):
    for node in nodes:
        yield node["pointer"]
        yield from _pointers(node.get("members", ()))
        yield from _pointers(node.get("item", {}).get("members", ()))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_field_and_rule_is_described(provider):
    contract = load(provider)
    found = orjson.loads(orjson.dumps(described(contract, "/there"), option=orjson.OPT_NON_STR_KEYS))
    assert found["prefix"] == "/there"
    for operation, shown in zip(contract.operations, found["operations"], strict=True):
        assert set(_pointers(shown["body"])) == {one.pointer for one in operation.at("body") if one.name != "*"}
        asked = [*operation.at("path"), *operation.at("query")]
        assert [node["name"] for node in shown["parameters"]] == [one.name for one in asked]
        assert [rule["id"] for rule in shown["rules"]] == [rule.id for rule in operation.rules]


def test_fields_tell_kind_limits_and_source():
    found = described(load("mulerouter"), "")["operations"][0]
    fields = {node["name"]: node for node in found["body"]}
    assert fields["duration"]["limits"] == ["3 to 15"]
    assert fields["sound"]["choices"] == ["on", "off"]
    assert fields["first_frame"]["encodings"] == ["url", "base64"]
    assert (fields["prompt"]["length"], fields["prompt"]["long"]) == (2500, True)
    assert fields["multi_shot"]["kind"] == "boolean"
    assert fields["multi_prompt"]["item"]["members"][0]["source"].startswith("kling-v3-image-to-video:")
    pictures = fields["elements"]["item"]["members"][1]
    assert (pictures["name"], pictures["item"]["kind"]) == ("reference_images", "string")


def test_every_kind_of_fault_is_explained_and_can_be_scripted_as_proposed():
    found = kinds()
    shown = [one for group in found["groups"] for one in group["kinds"]]
    assert [one["kind"] for one in shown] == list(KINDS)
    for one in shown:
        assert one["about"].endswith(".")
        option = one.get("option")
        parse_fault({"kind": one["kind"], **({option["name"]: option["value"]} if option else {})}, "form")
