"""Recorded traffic against the contract: respx calls as they are, and answers that are not as documented."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
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


@pytest.mark.parametrize(
    ("request_", "response", "kinds"),
    [
        (GOOD, httpx.Response(200, json={"task_id": "t"}), []),
        (GOOD, httpx.Response(200, content=b'{"task_id": "t"}'), []),
        (
            GOOD,
            httpx.Response(200, content=b'{"task_id": "t"}', headers={"content-type": "text/html"}),
            ["content_type"],
        ),
        (GOOD, httpx.Response(200, json={"task_id": ""}), ["no_id"]),
        (httpx.Request("POST", URL, content=b'{"prompt": '), httpx.Response(200, json={"task_id": "t"}), ["accepted"]),
        (httpx.Request("POST", URL, content=b""), httpx.Response(200, json={"task_id": "t"}), ["accepted"]),
        (None, httpx.Response(200, json={"task_id": "t"}), ["accepted"]),
        (b"null", httpx.Response(200, json={"task_id": "t"}), ["accepted"]),
        (httpx.Request("POST", URL, json=GOOD), httpx.Response(200, json={"task_id": "t"}), []),
    ],
)
def test_one_exchange(helpers: Any, request_: Any, response: httpx.Response, kinds: list[str]) -> None:
    known = helpers.contract_of("novita")
    found = contract.check_exchange(known.operation("kling_v3_0_pro_i2v"), request_, response, known)
    assert [deviation.kind for deviation in found] == kinds
