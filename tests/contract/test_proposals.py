"""Proposals as actions of an overlay: moved into one, the contract then says what the provider did."""

from __future__ import annotations

from typing import Any

import pytest

import specs
from codegen import overlay
from contract.actions import action
from contract.faults import Fault, faulty
from contract.judge import Finding
from contract.runner import Budget, Run
from contract.seeds import seeded

PATIENT = Budget(paid=10**6, interval=30)


def findings(helpers: Any, name: str) -> list[Finding]:
    contract = helpers.contract_of("novita")
    fault = next(fault for fault in seeded(contract) if fault.name == name)
    _, send = faulty(contract, fault)
    running = Run(contract, helpers.light("novita"), send, "a-key", PATIENT, sleep=lambda _: None)
    return [finding for result in running.results() for finding in result.findings]


def decided(helpers: Any, found: dict[str, Any]) -> Any:
    """The contract after the action."""
    document = overlay.parse({"overlay": "1.0.0", "actions": [found]}, "proposal")
    return specs.contract(overlay.apply(helpers.contract_of("novita").document, document), "decided", "novita")


@pytest.mark.parametrize(
    "name",
    [
        "kling_v3_0_pro_i2v/duration/maximum one looser",
        "kling_v3_0_pro_i2v/duration/minimum one looser",
        "kling_v3_0_pro_i2v/prompt/maxLength one looser",
        "kling_v3_0_pro_i2v/multi_prompt/*/duration/minimum one looser",
        "kling_v3_0_pro_i2v/image/not required",
        "kling_v3_0_pro_i2v/end_image-multi_prompt.at_most_one/removed",
    ],
)
def test_what_was_accepted_is_accepted_by_the_contract_after_the_action(helpers: Any, name: str) -> None:
    found = next(one for one in findings(helpers, name) if one.deviation.kind == "accepted")
    proposed = action(found)
    assert isinstance(proposed, dict), proposed
    operation = decided(helpers, proposed).operation(found.case.operation.id)
    wrong = [violation.rule for violation in operation.validate(found.case.call.json) if violation.severity == "error"]
    assert wrong == []
    before = found.case.operation.validate(found.case.call.json)
    assert [violation.rule for violation in before if violation.severity == "error"] == [found.case.checks]


def test_an_undocumented_code_is_added_with_its_meaning(helpers: Any) -> None:
    found = next(one for one in findings(helpers, "error code changed") if "NOPE" in one.message)
    proposed = action(found)
    assert isinstance(proposed, dict)
    known = next(code for code in decided(helpers, proposed).errors.codes if code.code == "NOPE")
    assert (known.status, known.meaning) == (400, found.case.expects.meanings[0])


def test_a_code_with_another_status_gets_it(helpers: Any) -> None:
    found = next(one for one in findings(helpers, "refused with 422") if one.deviation.kind == "error_status")
    proposed = action(found)
    assert isinstance(proposed, dict)
    assert 422 in {code.status for code in decided(helpers, proposed).errors.codes}


def test_what_the_finding_does_not_tell_is_left_to_a_person(helpers: Any) -> None:
    for name, kind in (("wrong error code", "error_code"), ("errors as HTML", "body"), ("no video", "video")):
        told = [action(found) for found in findings(helpers, name) if found.deviation.kind == kind]
        assert told
        assert all(isinstance(one, str) for one in told)


def test_every_seeded_fault_gets_an_action_that_fits_the_document_or_a_reason(helpers: Any, provider: str) -> None:
    contract = helpers.contract_of(provider)
    for fault in seeded(contract)[::4]:
        assert isinstance(fault, Fault)
        running = Run(contract, helpers.light(provider), faulty(contract, fault)[1], "a-key", sleep=lambda _: None)
        found = next((one for result in running.results() for one in result.findings), None)
        proposed = "" if found is None or found.answer is None else action(found)
        if isinstance(proposed, dict):
            parsed = overlay.parse({"overlay": "1.0.0", "actions": [proposed]}, fault.name)
            overlay.apply(contract.document, parsed)
