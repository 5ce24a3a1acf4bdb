"""Schemathesis on the served OpenAPI documents: no 5xx, nothing outside of them, in 2,000 requests and more in all."""

from __future__ import annotations

import pytest

import specs

EXAMPLES = {"mulerouter": 34, "ppio": 44}
"""Of each operation and phase, so that every provider is sent the least number of requests."""

LEAST = 400


@pytest.mark.parametrize("provider", specs.providers())
def test_schemathesis_finds_nothing(provider):
    from benchmarks.second_opinion import ask  # Schemathesis takes a second to import

    found = ask(specs.load(provider), EXAMPLES.get(provider, 30))
    assert found.problems == ()
    assert found.requests >= LEAST, found
    assert len(specs.providers()) * LEAST >= 2_000
    assert {"coverage", "fuzzing", "stateful"} <= set(found.phases)
    accepted = sum(count for status, count in found.statuses.items() if status < 300)
    assert min(accepted, found.requests - accepted) > 100
