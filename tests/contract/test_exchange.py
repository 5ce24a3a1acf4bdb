"""Recorded traffic against the contract: respx calls as they are, and answers that are not as documented."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

import contract
from contract.exchange import Answer
from contract.runner import retry_after

URL = "https://api.novita.ai"
GOOD = {"image": "https://example.com/a.png", "prompt": "a"}


def test_respx_calls_are_held_against_the_contract(helpers: Any) -> None:
    known = helpers.contract_of("novita")
    with respx.mock() as router:
        router.post(url__startswith=URL).mock(return_value=httpx.Response(200, json={"task_id": "t"}))
        router.get(url__startswith=URL).mock(return_value=httpx.Response(200, json={"task": {"status": 7}}))
        path = known.operation("kling_v3_0_pro_i2v").path
        httpx.post(URL + path, json=GOOD)
        httpx.post(URL + path, json={**GOOD, "multi_prompt": [{"prompt": "b"}]})
        httpx.get(URL + known.operation("task_result").path, params={"task_id": "t"})
        found = []
        for call in router.calls:
            operation = contract.operation_at(known, call.request.method, str(call.request.url))
            assert operation is not None
            found.append(contract.check_exchange(operation, call.request, call.response, known))
    assert found[0] == ()
    assert [deviation.kind for deviation in found[1]] == ["accepted"]
    assert "multi_prompt-prompt.exactly_one" in found[1][0].message
    assert "shape" in {deviation.kind for deviation in found[2]}
    assert contract.operation_at(known, "POST", URL + "/elsewhere") is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 1),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 1),
        ({"retry-after": "soon"}, 1),
        ({}, 1),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(Answer(429, b"", headers)) == seconds
