"""The same requests at the same times get the same answers, in process, through ASGI and over real HTTP."""

from __future__ import annotations

import asyncio
import random

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from mockserver import Clock, Engine, MockProvider, MockServer
from mockserver.asgi import App

CONTRACT = specs.load("novita")
PATHS = [operation.path for operation in CONTRACT.submits]
POLL = CONTRACT.operation(CONTRACT.submits[0].task.poll).path  # type: ignore[union-attr]

KEYS = ["Bearer k", "Bearer k", "Bearer k", "Bearer", "k", "Bearer mock-no-balance", None]
WORDS = ["", "A fox", "Ein Füchslein", "狐", "mock:fail", "mock:stuck", "mock:status=500", '"\\\n']
MEMBERS = {
    "image": ["https://images.test/a.png", "https://images.test/a.png", "nonsense", 7],
    "prompt": WORDS,
    "duration": [2, 3, 10, 15, 16, "5", 5.0, None],
    "sound": [True, False, 1],
    "multi_prompt": [
        [],
        [{"prompt": "One", "duration": 4}, {"prompt": "Two", "duration": 6}],
        [{"prompt": "mock:fail"}, {"prompt": "Two", "duration": 5}],
        [{"duration": 99}, "none"],
    ],
    "end_image": ["https://images.test/b.png", "data:image/png;base64,AAAA"],
    "unknown": [None],
}


def drawn_steps(chance):
    """Yield submits of plain and wrong bodies, bytes that are no JSON, polls, and moves of the clock."""
    for _ in range(400):
        names = ["image", "prompt", *(name for name in MEMBERS if chance.random() < 0.2)]
        body = {name: chance.choice(MEMBERS[name]) for name in names}
        yield "submit", chance.choice([*PATHS, *PATHS, "/nowhere"]), body, chance.choice(KEYS)
        yield "submit", chance.choice(PATHS), {name: MEMBERS[name][0] for name in ("image", "prompt")}, KEYS[0]
        yield "raw", chance.choice(PATHS), chance.randbytes(chance.randrange(8)), chance.choice(KEYS)
        yield "poll", chance.randrange(4), None, chance.choice(KEYS)
        yield "advance", chance.randrange(4_000), None, None


steps = st.sampled_from(list(drawn_steps(random.Random(0))))


def requests_of(sequence, base):
    """Yield each step as a request, given the answers so far; None moves the clock instead."""
    ids = []
    for kind, what, body, key in sequence:
        headers = {"authorization": key} if key is not None else {}
        if kind == "advance":
            yield what
            continue
        if kind == "poll":
            task = ids[what] if what < len(ids) else "x%20/?"
            answer = yield httpx.Request("GET", base + POLL, params={"task_id": task}, headers=headers)
        elif kind == "submit":
            answer = yield httpx.Request("POST", base + what, json=body, headers=headers)
        else:
            headers["content-type"] = "application/json"
            answer = yield httpx.Request("POST", base + what, content=body, headers=headers)
        if kind == "submit" and answer.status_code == 200:
            ids.append(answer.json()["task_id"])


def test_a_spoilt_result_is_the_same_in_process_and_over_http():
    faults = ("delay=0.01", "drip=0.001", "truncate", "garbage")
    wanted = [(method, fault) for fault in faults for method in ("GET", "HEAD")]
    answers = []
    for mock in (MockProvider(CONTRACT, instant=True), MockServer(CONTRACT, instant=True)):
        with mock, httpx.Client(timeout=20, limits=httpx.Limits(max_keepalive_connections=0)) as client:
            base = mock.url if isinstance(mock, MockServer) else mock.base_url
            body = {"image": "https://images.test/a.png", "prompt": "A fox", "duration": 3}
            told = client.post(base + PATHS[0], json=body, headers={"authorization": "Bearer k"}).json()
            url = f"{base}/_mock/results/{told['task_id']}.mp4"
            answers.append([spoilt(client, method, url, fault) for method, fault in wanted])
    assert answers[0] == answers[1]
    assert dict(zip(wanted, answers[0], strict=True))["GET", "truncate"] is httpx.RemoteProtocolError
    assert all(answer[2] == b"" for answer in answers[0][1::2])


def spoilt(client, method, url, fault):
    try:
        answer = client.request(method, url, headers={"x-mock-fault": fault})
    except httpx.TransportError as error:
        return type(error)
    return answer.status_code, answer.headers["content-length"], answer.content


def essence(response):
    return response.status_code, response.headers["content-type"], response.headers.get("allow"), response.content


async def through(app, clock, sequence, client, base):
    transport = httpx.ASGITransport(app) if app is not None else None
    answers = []
    steps_of = requests_of(sequence, base)
    try:
        wanted = next(steps_of)
        while True:
            if isinstance(wanted, int):
                clock.advance(wanted)
                wanted = steps_of.send(None)
                continue
            if transport is None:
                answer = client.send(wanted)
            else:
                got = await transport.handle_async_request(wanted)
                answer = httpx.Response(got.status_code, headers=got.headers, content=await got.aread())
            answers.append(essence(answer))
            wanted = steps_of.send(answer)
    except StopIteration:
        return answers


def test_in_process_and_asgi():
    clock = Clock.manual()
    app = App([Engine(CONTRACT)], clock)

    @settings(max_examples=1_000, deadline=None)
    @given(st.lists(steps, max_size=4))
    def check(sequence):
        mock.reset()
        app.reset()
        one = asyncio.run(through(None, mock.clock, sequence, client, mock.base_url))
        other = asyncio.run(through(app, clock, sequence, None, mock.base_url))
        assert one == other

    with MockProvider(CONTRACT, clock=Clock.manual()) as mock, httpx.Client() as client:
        check()


def test_asgi_and_a_real_server():
    clock = Clock.manual()
    app = App([Engine(CONTRACT)], clock)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(steps, max_size=4))
    def check(sequence):
        mock.reset()
        app.reset()
        one = asyncio.run(through(None, mock.clock, sequence, client, mock.url))
        other = asyncio.run(through(app, clock, sequence, None, mock.url))
        assert one == other

    with MockServer(CONTRACT, clock=Clock.manual()) as mock, httpx.Client() as client:
        check()
