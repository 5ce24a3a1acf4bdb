"""Recorded traffic against the contract: respx calls as they are, and answers that are not as documented."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
import respx

import contract
from contract.bodies import simplest_body
from contract.cases import Call, address
from contract.exchange import task_id
from contract.hooks import put
from contract.plans import Goal, plan
from contract.runner import poll_call
from contract.senders import in_process
from mockserver.mock import Mock

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


@pytest.mark.parametrize(
    "request_", [bytearray(b'{"image": "https://example.com/a.png", "prompt": "a"}'), memoryview(b"{}")]
)
def test_bytes_of_any_kind_are_a_body_and_other_things_are_an_error(helpers: Any, request_: Any) -> None:
    known = helpers.contract_of("novita")
    operation, answer = known.operation("kling_v3_0_pro_i2v"), httpx.Response(200, json={"task_id": "t"})
    found = contract.check_exchange(operation, request_, answer, known)
    assert [deviation.kind for deviation in found] == ([] if len(request_) > 2 else ["accepted"])
    with pytest.raises(TypeError, match="a SimpleNamespace is neither"):
        contract.check_exchange(operation, SimpleNamespace(prompt="a"), answer, known)


def test_what_is_told_of_a_task_is_held_against_the_contract(helpers: Any, provider: str) -> None:
    known = helpers.contract_of(provider)
    submit = known.submits[0]
    poll, mock = known.operation(submit.task.poll), Mock(known)
    body = orjson.dumps(simplest_body(plan(submit, Goal(warn=False))))
    send, signed = in_process(mock), {known.authentication.header: f"{known.authentication.prefix}k"}
    started = send(Call("POST", submit.path, content=body), {**signed, "Content-Type": "application/json"})
    asked = poll_call(poll.path, submit.task.parameter, str(task_id(submit, started)))
    mock.clock.advance(10_000)
    answer = send(asked, signed)
    request = httpx.Request("GET", address(URL, asked))
    assert contract.check_exchange(poll, request, answer, known) == ()
    assert contract.check_exchange(poll, asked, answer, known) == ()
    for quantity, value, kind in (
        ("status", "WEIRD", "status_word"), ("status", None, "status_word"), ("id", "another", "task_id"),
        ("video", None, "video"), ("video", "/v.mp4", "video"),
    ):  # fmt: skip
        if quantity not in submit.task.polled:
            continue
        odd = replace(answer, body=orjson.dumps(put(answer.json, submit.task.polled[quantity], value)))
        assert kind in {found.kind for found in contract.check_exchange(poll, request, odd, known)}
        assert quantity == "id" or contract.check_exchange(poll, None, odd, known)
    failed = next(word for word, state in submit.task.statuses.items() if state == "failed")
    odd = replace(answer, body=orjson.dumps(put(answer.json, submit.task.polled["status"], failed)))
    assert contract.check_exchange(poll, request, odd, known) == ()
