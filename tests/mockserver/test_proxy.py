from __future__ import annotations

import asyncio

import httpx
import orjson
import pytest

import specs
from mockserver import Clock, Engine, MockServer
from mockserver.proxy import Proxy
from mockserver.recording import Player, Recorder, load
from specs.errors import ReelspecError

KEY = "a-secret-test-key"
HEADERS = {"Authorization": f"Bearer {KEY}"}
BODY = {"image": "https://images.test/fox.png", "prompt": f"A fox that says {KEY}"}
PATH = "/v3/async/kling-v3.0-std-i2v"
POLL = "/v3/async/task-result"
CONTRACT = specs.load("novita")


@pytest.fixture(scope="module")
def upstream():
    with MockServer("novita", clock=Clock.steps()) as mock:
        yield mock


@pytest.fixture(autouse=True)
def _fresh(upstream):
    upstream.reset()


def asked(app, *requests):
    async def run():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://proxy.test", headers=HEADERS) as client:
            return [await client.request(method, path, **options) for method, path, options in requests]

    return asyncio.run(run())


def test_what_keeps_the_contract_passes_without_a_word(upstream):
    lines = []
    proxy = Proxy(Engine(CONTRACT), upstream.url, lines.append)
    (submitted,) = asked(proxy, ("POST", PATH, {"json": BODY}))
    (polled,) = asked(proxy, ("GET", POLL, {"params": submitted.json()}))
    assert polled.json()["task"]["status"] == "TASK_STATUS_QUEUED"
    assert lines == []


def test_deviations_of_both_sides_are_reported(upstream):
    lines = []
    proxy = Proxy(Engine(CONTRACT), upstream.url, lines.append)
    asked(proxy, ("POST", PATH, {"json": {**BODY, "duration": 99}}), ("GET", "/v3/other", {}))
    assert any("the request: `duration` must be at most 15" in line for line in lines)
    assert any("no such operation" in line for line in lines)
    lines.clear()
    upstream.faults.add("unknown_status", times=1)
    (submitted,) = asked(proxy, ("POST", PATH, {"json": BODY}))
    upstream.faults.add("garbage", on="submit")
    for _ in range(2):
        asked(proxy, ("GET", POLL, {"params": submitted.json()}))
    asked(proxy, ("POST", PATH, {"json": BODY}))
    assert any("'MOCK_UNHEARD_OF' is not documented" in line for line in lines)
    assert any("the answer 200: the body is no JSON" in line for line in lines)
    upstream.faults.clear()
    upstream.faults.add("status", status=418)
    lines.clear()
    asked(proxy, ("POST", PATH, {"json": BODY}))
    assert lines == [f"POST {PATH}: the answer 418: this status is not documented"]


def test_a_dry_proxy_bills_nothing(upstream):
    proxy = Proxy(Engine(CONTRACT), upstream.url, print, dry=True)
    refused, polled = asked(proxy, ("POST", PATH, {"json": BODY}), ("GET", POLL, {"params": {"task_id": "x"}}))
    assert (refused.status_code, polled.json()["reason"]) == (403, "TASK_NOT_FOUND")
    assert upstream.journal.submits == []


def test_a_provider_that_cannot_be_reached():
    lines = []
    (answered,) = asked(Proxy(Engine(CONTRACT), "http://127.0.0.1:1", lines.append), ("GET", POLL, {}))
    assert answered.status_code == 502
    assert "cannot be reached" in lines[-1]


def test_a_recording_holds_no_key_and_plays_back_in_turn(upstream, tmp_path):
    path = tmp_path / "recording.jsonl"
    proxy = Proxy(Engine(CONTRACT), upstream.url, print, recorder=Recorder(path))
    plain = {**BODY, "prompt": "A fox"}
    submitted, told = asked(proxy, ("POST", PATH, {"json": plain}), ("POST", PATH, {"json": BODY}))
    polls = [asked(proxy, ("GET", POLL, {"params": submitted.json()}))[0].content for _ in range(4)]
    proxy.close()
    assert KEY not in path.read_text()
    player = Player(Engine(CONTRACT), load(path))
    assert asked(player, ("POST", PATH, {"json": BODY}))[0].content == told.content
    assert asked(player, ("POST", PATH, {"json": plain}))[0].content == submitted.content
    played = [asked(player, ("GET", POLL, {"params": submitted.json()}))[0].content for _ in range(6)]
    assert played == [*polls, polls[-1], polls[-1]]
    assert orjson.loads(polls[-1])["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert asked(player, ("GET", "/other", {}))[0].json()["reason"] == "API_NOT_FOUND"


def test_recordings_that_are_none(tmp_path):
    with pytest.raises(ReelspecError, match="no such recording"):
        load(tmp_path / "none")
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text("{}\n")
    with pytest.raises(ReelspecError, match=r"wrong\.jsonl:1: is no recorded exchange"):
        load(wrong)
    with pytest.raises(ReelspecError, match="cannot be written"):
        Recorder(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["novita", "--proxy", "ftp://x"],
        ["--proxy", "https://x"],
        ["novita", "--play", "/no"],
        ["novita", "--dry"],
        ["novita", "--record", "x.jsonl"],
        ["novita", "--proxy", "https://x", "--log"],
        ["novita", "--play", "x.jsonl", "--proxy", "https://x"],
    ],
)
def test_bad_options_are_one_line_and_exit_2(arguments, capsys):
    from reelspec.__main__ import main

    assert main(["mock", *arguments, "--port", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
