"""What single cases show: sums one beyond, items in the middle, every listed value, both sides of rules."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from contract.cases import Case
from contract.suites import suite
from specs.checks import places
from specs.domains import domain_of, first_branch
from specs.model import Operation


def of(helpers: Any, operation: Operation, provider: str) -> list[Case]:
    return [case for case in suite(helpers.contract_of(provider)) if case.operation.id == operation.id]


def sums(operation: Operation, cases: list[Case]) -> list[tuple[float, int, bool]]:
    """How much each refused sum is off, of how many items, and whether the total is given."""
    rule = next(rule for rule in operation.rules if rule.kind == "sum")
    default = {
        pointer: operation.field(pointer).schema.get("default") for pointer in (rule.fields[0], rule.total or "")
    }
    found = []
    for body in (case.call.json for case in cases if case.checks == rule.id and not case.expects.accepted):
        shots, name = body["multi_prompt"], (rule.total or "").removeprefix("/")
        terms = [shot.get("duration", default[rule.fields[0]]) for shot in shots]
        found.append((sum(terms) - body.get(name, default[rule.total or ""]), len(shots), name in body))
    return found


def test_sums_are_broken_by_one_in_both_directions_and_for_each_number_of_items(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        found = sums(operation, of(helpers, operation, provider))
        assert {off for off, _, _ in found} >= {1, -1}
        assert {count for off, count, _ in found if abs(off) == 1} >= {1, 2}
        assert {count for _, count, _ in found} >= {1, 2, 3}
        assert {given for _, _, given in found} == {True, False}


def test_a_wrong_item_stands_between_two_that_are_good(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        for case in of(helpers, operation, provider):
            if not case.expects.accepted and case.checks.startswith("multi_prompt[].") and "-" not in case.checks:
                shots = case.call.json["multi_prompt"]
                assert len(shots) == 3, case.id
                alone = operation.validate({**case.call.json, "multi_prompt": [shots[0], shots[2]]})
                assert case.checks not in {found.rule for found in alone}, case.id


def test_each_listed_value_and_each_of_few_integers_is_accepted_once(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        accepted = [case.call.json for case in of(helpers, operation, provider) if case.expects.accepted]
        for field in operation.at("body"):
            domain = domain_of(first_branch(field.schema))
            wanted = set(domain.values) if domain.kind == "values" else set()
            if domain.kind == "number" and domain.integral and "*" not in field.pointer:
                wanted = {n for low, high in domain.spans if high - low < 20 for n in range(int(low), int(high) + 1)}
            shown = [value for body in accepted for _, value in places(body, field.pointer)]
            assert all(value in shown for value in wanted), field.pointer


@pytest.mark.parametrize("text", ["", " ", "\n", "\t", "ש", "🎬"])
def test_texts_that_trip_careless_code_are_accepted(helpers: Any, provider: str, text: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        accepted = [case.call.json for case in of(helpers, operation, provider) if case.expects.accepted]
        prompts = [body.get("prompt") for body in accepted]
        assert any(prompt == text if not text.strip() and text != "\n" and text != "\t" else text in (prompt or "")
                   for prompt in prompts)  # fmt: skip


def test_each_rule_alone_has_an_accepted_and_a_refused_case(helpers: Any, provider: str) -> None:
    """As `verify --rule` and the marker `rules` choose them: a body that tells of two rules is a case of both."""
    for operation in helpers.contract_of(provider).submits:
        for rule in operation.rules:
            chosen = [case for case in of(helpers, operation, provider) if rule.id in case.about]
            verdicts = {case.expects.accepted for case in chosen}
            assert verdicts == ({True} if rule.severity == "warning" else {True, False}), rule.id


def test_each_two_fields_stand_together_in_an_accepted_body_unless_a_rule_forbids_it(
    helpers: Any, provider: str
) -> None:
    for operation in helpers.contract_of(provider).submits:
        bodies = [case.call.json for case in of(helpers, operation, provider) if case.expects.accepted]
        names = [field.name for field in operation.at("body") if field.pointer.count("/") == 1]
        given = [{name for name, value in body.items() if value is not None} for body in bodies]
        apart = {pair for pair in combinations(names, 2) if not any(set(pair) <= there for there in given)}
        excluding = [rule for rule in operation.rules if rule.kind in ("at_most_one", "exactly_one")]
        forbidden = {pair for rule in excluding for pair in combinations(names, 2)
                     if {f"/{name}" for name in pair} <= set(rule.fields)}  # fmt: skip
        assert apart == forbidden


def test_each_two_values_of_fields_with_few_stand_together(helpers: Any) -> None:
    operation = helpers.contract_of("mulerouter").submits[0]
    bodies = [case.call.json for case in of(helpers, operation, "mulerouter") if case.expects.accepted]
    seen = {(body.get("mode"), body.get("sound")) for body in bodies}
    assert seen >= {("std", "on"), ("std", "off"), ("pro", "on"), ("pro", "off")}


def test_urls_of_every_form_are_accepted_where_a_url_is(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        accepted = [case.call.json for case in of(helpers, operation, provider) if case.expects.accepted]
        for field in operation.at("body"):
            if field.media is None or "*" in field.pointer:
                continue
            urls = [body[field.name] for body in accepted if str(body.get(field.name)).startswith("http")]
            assert any(url.startswith("http://") for url in urls)
            assert any("?" in url and "%" in url for url in urls)
            assert any(len(url) > 255 for url in urls)
            assert any("." not in url.rpartition("/")[2] for url in urls)
