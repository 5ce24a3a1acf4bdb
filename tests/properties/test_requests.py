"""Requests made from the contract, against the contract itself, the mock and the generated client."""

from __future__ import annotations

import json
import warnings
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, find, given, settings

from contract import draw_body, expected, invalid_requests, plan, valid_requests
from contract.choose import Seeded
from contract.goals import goal_of
from specs import pointers
from specs.checks import places, total
from specs.errors import SpecError
from specs.media import Media, check_value
from specs.model import Operation
from specs.rules.formula import ABSENT
from specs.rules.model import Rule

FEW = settings(max_examples=4, suppress_health_check=list(HealthCheck), deadline=None)


def wrong(operation: Operation, body: Any) -> set[str]:
    """The ids of all that the contract finds wrong with a body, media included, warnings left out."""
    found = {violation.rule for violation in operation.validate(body) if violation.severity == "error"}
    for field in operation.at("body"):
        if field.media is not None and isinstance(body, dict):
            pointer = field.pointer + "/*" * ("array" in field.types)
            media, name = Media.from_json(field.media), pointers.name(pointer)
            for _, value in places(body, pointer):
                if isinstance(value, str):
                    found |= {f"{name}.{problem.keyword}" for problem in check_value(media, value)}
    return found


def post(bench: Any, operation: Operation, body: Any) -> httpx.Response:
    contract = bench.contract
    signed = f"{contract.authentication.prefix}a-key-for-tests"
    headers = {contract.authentication.header: signed, "content-type": "application/json"}
    content = json.dumps(body).encode()
    return bench.http.post(f"{contract.servers[0]}{operation.path}", content=content, headers=headers)


def as_sent(operation: Operation, body: dict[str, Any]) -> dict[str, Any]:
    """What a client sends for a body: nulls left out, an absent total filled in from the shots."""
    sent = without_nulls(body)
    for rule in operation.rules:
        if rule.kind == "sum" and rule.total is not None:
            array, _, member = rule.fields[0].partition("/*/")
            name = rule.total.removeprefix("/")
            default = operation.field(rule.fields[0]).default
            shots = sent.get(array.removeprefix("/"))
            default = None if default is ABSENT else default
            if name not in sent and shots and (found := total(shots, (member,), default)) is not None:
                sent[name] = found
    return sent


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def refused_by_client(bench: Any, operation: Operation, body: dict[str, Any]) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(bench.client, operation.id).submit(**body)
        except bench.refusal as refused:
            return {violation.rule for violation in refused.violations}
    return set()


def test_valid_requests_are_accepted_by_mock_and_client(submit: tuple[str, Operation], benches: dict[str, Any]) -> None:
    provider, operation = submit
    bench = benches[provider]

    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(valid_requests(operation))
    def check(body: dict[str, Any]) -> None:
        assert wrong(operation, body) == set()
        answer = post(bench, operation, body)
        assert answer.is_success, answer.text
        if not wrong(operation, as_sent(operation, body)):  # a total that is filled in may leave its range
            assert refused_by_client(bench, operation, body) == set()

    check()


def test_a_request_that_breaks_one_thing_is_refused_for_it(target: Any, benches: dict[str, Any]) -> None:
    operation, bench = target.operation, benches[target.provider]
    ids = expected(operation, target.broken)
    warns = isinstance(target.broken, Rule) and target.broken.severity == "warning"

    @FEW
    @given(invalid_requests(operation, target.broken))
    def check(body: Any) -> None:
        bench.mock.journal.clear()
        if warns:
            assert {violation.rule for violation in operation.validate(body)} == ids
            assert post(bench, operation, body).is_success
            return
        assert wrong(operation, body) == ids
        answer = post(bench, operation, body)
        assert 400 <= answer.status_code < 500
        assert set(bench.mock.journal.last.rules) == ids
        if isinstance(body, dict):
            refused_before_sending(body)

    def refused_before_sending(body: dict[str, Any]) -> None:
        bench.mock.journal.clear()
        found = refused_by_client(bench, operation, body)
        still_wrong = wrong(operation, as_sent(operation, body))
        assert bool(found) == bool(still_wrong)
        assert found <= still_wrong
        if found:
            assert len(bench.mock.journal) == 0
        if isinstance(target.broken, Rule) and still_wrong == ids:
            assert found == ids

    check()


def rules_of(benches: dict[str, Any], kind: str, fields: set[str]) -> list[tuple[Any, Operation, str]]:
    """The rules of a kind that are about all of the fields, over all providers."""
    return [
        (bench, operation, rule.id)
        for bench in benches.values()
        for operation in bench.contract.submits
        for rule in operation.rules
        if rule.kind == kind and fields <= set(rule.mentioned())
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "given_together"),
    [
        ("at_most_one", {"/end_image", "/multi_prompt"}, {"end_image", "multi_prompt"}),
        ("exactly_one", {"/prompt", "/multi_prompt"}, {"prompt", "multi_prompt"}),
        ("sum", {"/multi_prompt/*/duration", "/duration"}, {"multi_prompt"}),
    ],
    ids=["end_image with multi_prompt", "prompt with multi_prompt", "shot durations that do not sum up"],
)
def test_named_mistakes(kind: str, fields: set[str], given_together: set[str], benches: dict[str, Any]) -> None:
    found = rules_of(benches, kind, fields)
    assert found
    for bench, operation, rule in found:
        body = find(
            invalid_requests(operation, rule),
            lambda b: given_together <= set(b),
            settings=settings(FEW, max_examples=60),
        )
        bench.mock.journal.clear()
        assert 400 <= post(bench, operation, body).status_code < 500
        assert bench.mock.journal.last.rules == (rule,)
        bench.mock.journal.clear()
        assert refused_by_client(bench, operation, {**body, "duration": body.get("duration", 5)}) == {rule}
        assert len(bench.mock.journal) == 0


def test_strategies_shrink_to_the_minimal_body(benches: dict[str, Any]) -> None:
    operation = benches["novita"].contract.operation("kling_v3_0_pro_i2v")
    minimal = find(valid_requests(operation), lambda _: True)
    assert minimal == {"image": "https://example.com/frame.png", "prompt": "a"}
    shots = find(valid_requests(operation), lambda body: len(body.get("multi_prompt", ())) > 1)
    assert shots == {
        "image": "https://example.com/frame.png", "duration": 6,
        "multi_prompt": [{"prompt": "a", "duration": 3}, {"prompt": "a", "duration": 3}],
    }  # fmt: skip
    loud = find(valid_requests(operation), lambda body: body.get("sound") is True)
    assert loud == {"image": "https://example.com/frame.png", "sound": True, "prompt": "a"}
    operation = benches["mulerouter"].contract.operation("kling_v3_i2v")
    assert find(valid_requests(operation), lambda _: True) == {
        "last_frame": "https://example.com/frame.png", "prompt": "a",
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_test_does_not_need_is_left_out_field_by_field(benches: dict[str, Any], seed: int) -> None:
    def found(provider: str, operation: str, test: Any) -> Any:
        known = benches[provider].contract.operation(operation)
        return find(
            valid_requests(known), test, random=Random(seed), settings=settings(max_examples=2000, database=None)
        )

    least = {"last_frame": "https://example.com/frame.png", "prompt": "a"}
    body = found("mulerouter", "kling_v3_i2v", lambda b: bool(b.get("elements")))
    assert (list(body["elements"][0]), {**body, "elements": 1}) == (["frontal_image"], {**least, "elements": 1})
    seconds = found("mulerouter", "kling_v3_i2v", lambda b: b.get("duration") in (10, 11, 12))
    assert seconds == {**least, "duration": 10}
    seconds = found("novita", "kling_v3_0_std_i2v", lambda b: b.get("duration") == 10)
    assert seconds == {"image": "https://example.com/frame.png", "prompt": "a", "duration": 10}


def test_a_seed_gives_the_same_body(benches: dict[str, Any]) -> None:
    operation = benches["novita"].contract.submits[0]
    made = plan(operation, goal_of(operation, operation.rules[0].id))
    for seed in range(50):
        assert draw_body(made, Seeded(seed)) == draw_body(made, Seeded(seed))


def test_what_nobody_can_break_is_an_error_that_says_so(benches: dict[str, Any]) -> None:
    operation = benches["novita"].contract.submits[0]
    with pytest.raises(SpecError, match="has no rule or limit 'nonsense'"):
        invalid_requests(operation, "nonsense")
    with pytest.raises(SpecError, match="takes no body"):
        valid_requests(benches["novita"].contract.operation("task_result"))
