"""One peer in a process of its own, in the peers' environment: what a call of its client costs, and what it sends.

`overhead PEER` prints the time of a call against the raw HTTP library with the same body and an answer from within the
process. `posts PEER ADDRESSES` calls once at each address and prints how many POSTs the client began. It imports
nothing of the project: only the peer, and the HTTP library that the peer itself uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

ROUNDS, CALLS = 11, 150
READ_TIMEOUT = 0.3
BODY = {
    "image": "https://example.com/first.png",
    "negative_prompt": "blurred, low quality",
    "sound": True,
    "duration": 9,
    "cfg_scale": 0.7,
    "multi_prompt": [{"prompt": f"shot {number}", "duration": 3} for number in range(3)],
}
Call = Callable[[], Any]
TASK = b'{"task_id":"t1"}'
MODEL = "m-1"


def openai(http: Any, address: str, *, is_async: bool) -> Call:
    """A chat completion."""
    import openai

    make = openai.AsyncOpenAI if is_async else openai.OpenAI
    client = make(api_key="k", base_url=address, http_client=http)
    messages: Any = [{"role": "user", "content": "A paper boat sails down a rainy street."}]
    return lambda: client.chat.completions.create(model=MODEL, messages=messages)


def anthropic(http: Any, address: str, *, is_async: bool) -> Call:
    """A message."""
    import anthropic

    make = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
    client = make(api_key="k", base_url=address, http_client=http)
    messages: Any = [{"role": "user", "content": "A paper boat sails down a rainy street."}]
    return lambda: client.messages.create(model=MODEL, max_tokens=64, messages=messages)


def runwayml(http: Any, address: str, *, is_async: bool) -> Call:
    """A video from an image."""
    import runwayml

    make = runwayml.AsyncRunwayML if is_async else runwayml.RunwayML
    client = make(api_key="k", base_url=address, http_client=http)
    body: Any = {"model": "gen4_turbo", "prompt_image": BODY["image"], "prompt_text": "A boat.", "ratio": "1280:720"}
    return lambda: client.image_to_video.create(**body)


def openapi_python_client(http: Any, address: str, *, is_async: bool) -> Call:
    """A submit through the client that openapi-python-client generates from our spec."""
    package = importlib.import_module("novita_opc")
    operation = importlib.import_module("novita_opc.api.default.kling_v3_0_pro_i2v")
    request = importlib.import_module("novita_opc.models.kling_v30_pro_i2v_request").KlingV30ProI2VRequest
    client = package.AuthenticatedClient(base_url=address, token="k")
    if is_async:
        client.set_async_httpx_client(http)
        return lambda: operation.asyncio(client=client, body=request.from_dict(BODY))
    client.set_httpx_client(http)
    return lambda: operation.sync(client=client, body=request.from_dict(BODY))


def datamodel_code_generator(http: Any, address: str, *, is_async: bool) -> Call:
    """A submit through the client that datamodel-code-generator generates from our spec."""
    package = importlib.import_module("novita_dcg.client")
    request = importlib.import_module("novita_dcg.models").KlingV30ProI2vRequest
    make = package.AsyncClient if is_async else package.Client
    client = make(base_url=address, bearer="k", http_client=http)
    return lambda: client.default.kling_v3_0_pro_i2v(body=request.model_validate(BODY))


def ours(http: Any, address: str, *, is_async: bool) -> Call:
    """A submit through our own client."""
    package = importlib.import_module("novita_kling")
    make = package.AsyncClient if is_async else package.Client
    client = make("k", address, http_client=http, read_timeout=READ_TIMEOUT)
    return lambda: client.kling_v3_0_pro_i2v.submit(**BODY)


CHAT = {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}  # fmt: skip
MESSAGE = {"id": "m", "type": "message", "role": "assistant", "model": MODEL, "stop_reason": "end_turn",
           "stop_sequence": None, "content": [{"type": "text", "text": "yes"}],
           "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
PEERS: dict[str, tuple[Callable[..., Call], str, bytes]] = {
    "openai": (openai, "httpx2", json.dumps(CHAT).encode()),
    "anthropic": (anthropic, "httpx2", json.dumps(MESSAGE).encode()),
    "runwayml": (runwayml, "httpx", b'{"id":"17f20503-6c24-4c16-946b-35dbbce2af2f"}'),
    "openapi-python-client": (openapi_python_client, "httpx", TASK),
    "datamodel-code-generator": (datamodel_code_generator, "httpx2", TASK),
    "ours": (ours, "httpx", TASK),
}


def overhead(name: str) -> dict[str, float]:
    """Return the median ratios of a call, sync and async, to the same body sent by the HTTP library alone."""
    make, library, content = PEERS[name]
    http = importlib.import_module(library)
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        if not seen:
            seen.append(request)
        return http.Response(200, content=content, headers={"content-type": "application/json"})

    async def later(request: Any) -> Any:
        return answer(request)

    call = make(http.Client(base_url="https://api.test", transport=http.MockTransport(answer)), "https://api.test",
                is_async=False)  # fmt: skip
    call()
    url, body = str(seen[0].url), json.loads(seen[0].content)
    raw = http.Client(transport=http.MockTransport(answer), headers={"Authorization": "Bearer k"})
    sync = median(spent(call) / spent(lambda: raw.post(url, json=body).json()) for _ in range(ROUNDS))

    async def both() -> float:
        client = http.AsyncClient(base_url="https://api.test", transport=http.MockTransport(later))
        araw = http.AsyncClient(transport=http.MockTransport(later), headers={"Authorization": "Bearer k"})
        acall = make(client, "https://api.test", is_async=True)

        async def posted() -> Any:
            return (await araw.post(url, json=body)).json()

        await acall(), await posted()
        return median([await aspent(acall) / await aspent(posted) for _ in range(ROUNDS)])

    return {"sync": sync, "async": asyncio.run(both())}


def spent(call: Call) -> float:
    """Return the processor time of some calls."""
    begun = time.process_time()
    for _ in range(CALLS):
        call()
    return time.process_time() - begun


async def aspent(call: Callable[[], Awaitable[Any]]) -> float:
    """Return the processor time of some awaited calls."""
    begun = time.process_time()
    for _ in range(CALLS):
        await call()
    return time.process_time() - begun


def posts(name: str, addresses: dict[str, str]) -> dict[str, int]:
    """Return how many POSTs one call began at each address. Pauses between them are not slept."""
    make, library, _ = PEERS[name]
    http = importlib.import_module(library)
    begun: list[str] = []

    class Counting(http.HTTPTransport):  # type: ignore[misc, name-defined]
        def handle_request(self, request: Any) -> Any:
            begun.append(request.method)
            return super().handle_request(request)

    time.sleep = lambda _: None
    found = {}
    for kind, address in addresses.items():
        begun.clear()
        client = http.Client(base_url=address, transport=Counting(), timeout=READ_TIMEOUT)
        with contextlib.suppress(Exception):  # each peer says in its own way that it did not work
            make(client, address, is_async=False)()
        found[kind] = begun.count("POST")
        client.close()
    return found


if __name__ == "__main__":
    role, peer, *more = sys.argv[1:]
    print(json.dumps(overhead(peer) if role == "overhead" else posts(peer, json.loads(more[0]))))
