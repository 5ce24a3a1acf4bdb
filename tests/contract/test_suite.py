"""The deterministic suite: right by the contract, clean against a correct mock, and free where it says so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.cases import Case
from contract.exchange import Answer
from contract.runner import Budget, Run, Unreachable
from contract.senders import in_process
from contract.suites import suite
from mockserver import Settings
from mockserver.engine import Engine
from mockserver.mock import Mock


def bodies(cases: tuple[Case, ...]) -> list[Case]:
    return [
        case for case in cases if case.operation.task and case.signed == "key" and case.checks not in ("json", "method")
    ]


def test_every_verdict_is_what_the_contract_says(helpers: Any, provider: str) -> None:
    media = {"encodings", "formats", "minWidth", "minHeight", "minAspectRatio", "maxAspectRatio", "maxBytes"}
    for case in bodies(helpers.light(provider)):
        found = {v.rule for v in case.operation.validate(case.call.json) if v.severity == "error"}
        stated = {rule for rule in case.expects.rules if rule.rpartition(".")[2] not in media}
        assert found == stated, case.id
        assert case.expects.accepted == (not case.expects.rules)


def test_ids_are_unique_and_stable(helpers: Any, provider: str) -> None:
    first, again = suite(helpers.contract_of(provider)), suite.__wrapped__(helpers.contract_of(provider))
    assert [case.id for case in first] == [case.id for case in again]
    assert [case.call for case in first] == [case.call for case in again]
    assert len({case.id for case in first}) == len(first)


def test_the_size_of_the_suite_and_its_order(helpers: Any, provider: str) -> None:
    cases = suite(helpers.contract_of(provider))
    for operation in helpers.contract_of(provider).submits:
        assert 100 <= sum(case.operation is operation for case in cases) <= 220
    order = [(case.large, case.cost) for case in cases]
    assert order == sorted(order)
    assert [len(case.call.content or b"") > 10_000_000 for case in cases] == [case.large for case in cases]


def test_every_rule_and_every_limit_is_tried(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    for operation in contract.submits:
        mine = [case for case in suite(contract) if case.operation is operation]
        refused = {rule for case in mine for rule in case.expects.rules}
        accepted = {case.checks for case in mine if case.expects.accepted}
        for rule in operation.rules:
            assert rule.id in accepted or any(rule.id == case.checks for case in mine)
            assert rule.severity == "warning" or rule.id in refused
        for field in operation.at("body"):
            for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "enum"):
                if field.schema.get(keyword):
                    name = ".".join(field.pointer.removeprefix("/").split("/")).replace(".*", "[]")
                    assert f"{name}.{keyword}" in refused


@pytest.mark.parametrize("seed", [0, 7])
def test_no_false_alarm_on_the_correct_mock(helpers: Any, provider: str, seed: int) -> None:
    contract = helpers.contract_of(provider)
    _, results = helpers.ran(contract, helpers.light(provider), in_process(Mock(contract, seed=seed)))
    assert [finding.message for result in results for finding in result.findings] == []
    assert {result.outcome for result in results} == {"kept"}


def test_free_mode_starts_no_task_at_a_correct_provider(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    mock = Mock(contract)
    running, results = helpers.ran(contract, suite(contract), in_process(mock), Budget())
    assert len(results) > 20
    assert running.paid == len(mock.journal.submits) == 0
    assert all(result.outcome == "kept" for result in results)


def test_free_mode_leaves_out_what_is_only_inferred(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    running = Run(contract, suite(contract), in_process(Mock(contract)), "a-key", Budget())
    planned = running.planned()
    assert not any(case.expects.accepted for case in planned)
    assert not any(case.checks.endswith("additionalProperties") for case in planned)
    assert not any(case.checks == "method" for case in planned)
    inferred = {rule.id for o in contract.submits for rule in o.rules if rule.status != "stated"}
    stated = {rule.id for o in contract.submits for rule in o.rules if rule.status == "stated"}
    assert not {case.checks for case in planned} & (inferred - stated)


def test_free_mode_stops_at_the_first_task_and_names_it(helpers: Any) -> None:
    contract = helpers.contract_of("mulerouter")
    mock = Mock(contract)
    everything = Engine(contract, Settings())
    mock.engines[contract.provider] = everything
    for submit in everything.submits.values():
        submit.find = lambda _: ()
    running, results = helpers.ran(contract, helpers.light("mulerouter"), in_process(mock), Budget())
    assert running.paid == 1
    broken = next(result for result in results if result.outcome == "broken")
    assert running.stopped is not None
    assert broken.task
    assert broken.task in running.stopped
    assert results[-1].outcome == "skipped"


def test_paid_submits_stay_within_the_budget(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    mock = Mock(contract)
    running, results = helpers.ran(contract, helpers.light(provider), in_process(mock), Budget(paid=3, interval=30))
    assert running.paid == len(mock.journal.submits) == 3
    assert any(result.outcome == "skipped" for result in results)
    assert not any(result.outcome == "broken" for result in results)


def test_a_429_is_waited_out_and_the_rate_is_kept(helpers: Any) -> None:
    contract = helpers.contract_of("novita")
    mock = Mock(contract)
    mock.faults.add("rate_limited", seconds=7, times=1)
    waits: list[float] = []
    running = Run(
        contract,
        helpers.light("novita")[:3],
        in_process(mock),
        "a-key",
        Budget(rate=2),
        sleep=waits.append,
        now=lambda: 0.0,
    )
    assert [result.outcome for result in running.results()] == ["kept"] * 3
    assert 7 in waits
    assert {wait for wait in waits if wait != 7} == {0.5, 1.0, 1.5}


def test_a_body_that_is_no_json_is_wrong_in_nothing_else(helpers: Any, provider: str) -> None:
    for case in helpers.light(provider):
        content = case.call.content or b""
        if case.checks == "json" and content:
            assert case.call.json is None
            mended = content.replace(b"\xe9", b"") if b"\xe9" in content else content + b"}"
            assert not case.operation.validate(json.loads(mended))


def test_what_a_lenient_reader_makes_a_video_of_is_not_sent_for_free_and_counts_as_billed(helpers: Any) -> None:
    contract, sold = helpers.contract_of("novita"), 0

    def lenient(*_: object) -> Answer:
        nonlocal sold
        sold += 1
        raise Unreachable("ReadError: dropped")

    cases = tuple(case for case in helpers.light("novita") if "json.latin1" in case.id)
    assert len(cases) == 2
    helpers.ran(contract, cases, lenient, Budget())
    assert sold == 0
    running, _ = helpers.ran(contract, cases, lenient, Budget(paid=1))
    assert (sold, running.unknown) == (1, 1)


@pytest.mark.parametrize("answer", [Answer(405, b"<html>"), Answer(404, b"", {"content-type": "text/plain"})])
def test_another_method_may_be_refused_in_the_words_of_any_framework(helpers: Any, answer: Answer) -> None:
    cases = tuple(case for case in helpers.light("novita") if case.checks == "method")
    _, results = helpers.ran(helpers.contract_of("novita"), cases, lambda *_: answer)
    assert {result.outcome for result in results} == {"kept"}
    for wrong in (200, 302, 500):
        _, results = helpers.ran(helpers.contract_of("novita"), cases, lambda *_, w=wrong: replace(answer, status=w))
        assert {result.outcome for result in results} <= {"broken", "skipped"}
