"""Bodies from a seed: the same each time, all of the kind that was asked for, spread over what is possible."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from contract import sample_requests
from specs import SpecError


def wrong(operation: Any, body: Any) -> set[str]:
    return {found.rule for found in operation.validate(body) if found.severity == "error"}


def test_valid_ones_keep_everything_and_have_what_was_asked_for(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        found = list(sample_requests(operation, 200, seed=3, having="/multi_prompt"))
        assert len(found) == 200
        assert [body for body in found if wrong(operation, body) or not body.get("multi_prompt")] == []
        assert found == list(sample_requests(operation, 200, seed=3, having="/multi_prompt"))
        assert found != list(sample_requests(operation, 200, seed=4, having="/multi_prompt"))


def test_broken_ones_break_just_that(helpers: Any, provider: str) -> None:
    for operation in helpers.contract_of(provider).submits:
        for broken in ("multi_prompt[].duration-duration.sum", "duration.maximum"):
            bodies = list(sample_requests(operation, 50, broken=broken))
            assert all(wrong(operation, body) - {"duration.enum"} == {broken} for body in bodies)


def test_nearly_every_pair_of_duration_and_shots_is_met(helpers: Any) -> None:
    """The bar: 70 of 77 in 2,000. mulerouter has 1 to 6 shots in 3 to 15 seconds, 72 of these 78 pairs are possible."""
    operation = helpers.contract_of("mulerouter").operation("kling_v3_i2v")
    bodies = sample_requests(operation, 2000, having="/multi_prompt")
    pairs = {(body.get("duration", 5), len(body["multi_prompt"])) for body in bodies}
    assert pairs == {(seconds, shots) for seconds in range(3, 16) for shots in range(1, 7) if shots <= seconds}


def test_what_cannot_be_is_an_error_that_says_so(helpers: Any) -> None:
    contract = helpers.contract_of("novita")
    operation = contract.submits[0]
    with pytest.raises(ValueError, match="cannot be used together"):
        sample_requests(operation, 1, broken="duration.maximum", having="/duration")
    with pytest.raises(SpecError, match="has no rule or limit 'nonsense'"):
        sample_requests(operation, 1, broken="nonsense")
    with pytest.raises(SpecError, match="takes no body"):
        sample_requests(contract.operation("task_result"), 1)


def test_who_samples_needs_no_hypothesis() -> None:
    code = "import sys, contract; contract.sample_requests; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 (our own code)
