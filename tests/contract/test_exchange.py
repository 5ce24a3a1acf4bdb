"""Recorded traffic against the contract: respx calls as they are, and answers that are not as documented."""

from __future__ import annotations

from typing import Any

import httpx
import respx

import contract

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
