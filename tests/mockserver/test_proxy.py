from __future__ import annotations

import asyncio
import base64
import io
from pathlib import Path

import httpx
import orjson
import pytest
import respx
from PIL import Image

import specs
from mockserver import Clock, Engine, MockServer
from mockserver.proxy import Proxy
from mockserver.recording import Player, Recorder, load
from mockserver.settings import Settings
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


def status_of(app, method, target):
    """Send a request whose target is no path, which httpx cannot."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": target, "raw_path": target.encode()}
    asyncio.run(app({**scope, "query_string": b"", "headers": []}, receive, send))
    return sent[0]["status"]


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


def test_media_parameters_and_content_type_are_judged_too(upstream):
    lines = []
    proxy = Proxy(Engine(CONTRACT), upstream.url, lines.append)
    picture = io.BytesIO()
    Image.new("RGB", (100, 400)).save(picture, "PNG")
    small = base64.b64encode(picture.getvalue()).decode()
    asked(proxy, ("POST", PATH, {"json": {**BODY, "image": small}}), ("GET", POLL, {}))
    asked(proxy, ("POST", PATH, {"content": orjson.dumps(BODY), "headers": {"content-type": "text/plain"}}))
    for said in ("`image`: the width is 100 px", "`task_id` is required", "the Content-Type is 'text/plain'"):
        assert len([line for line in lines if "the request: " + said in line]) == 1


def test_what_is_for_the_server_itself_is_not_passed_on(upstream, tmp_path):
    path = tmp_path / "recording.jsonl"
    engine = Engine(CONTRACT, Settings(body_limit=1_000))
    for app in (Proxy(engine, upstream.url, print, recorder=Recorder(path)), Player(engine, [])):
        large = {**BODY, "negative_prompt": "x" * 2_000}
        health, refused = asked(app, ("GET", "/healthz", {}), ("POST", PATH, {"json": large}))
        assert (health.status_code, refused.status_code, status_of(app, "OPTIONS", "*")) == (200, 400, 404)
        assert "more than 1,000 bytes" in refused.json()["message"]
        app.close()
    assert (path.read_text(), len(upstream.journal)) == ("", 0)


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
    other_order = b'{"prompt": "A fox",  "image": "https://images.test/fox.png"}'
    json_type = {"content-type": "application/json"}
    again = asked(player, ("POST", PATH, {"content": other_order, "headers": json_type}))[0]
    assert again.content == submitted.content
    assert asked(player, ("GET", "/other", {}))[0].json()["reason"] == "API_NOT_FOUND"


def test_a_stand_in_key_is_no_secret_and_a_quoted_one_is(upstream, tmp_path):
    path = tmp_path / "recording.jsonl"
    proxy = Proxy(Engine(CONTRACT), upstream.url, print, recorder=Recorder(path))
    for key in ("test", "se/cret+test=key"):
        headers = {"Authorization": f"Bearer {key}"}
        asked(proxy, ("GET", POLL, {"params": {"task_id": f"{key} x"}, "headers": headers}))
    proxy.close()
    short, long = load(path)
    assert ("test" in short.query, "test" in long.query, "(key removed)" in long.query) == (True, False, True)
    player = Player(Engine(CONTRACT), [short])
    request = ("GET", POLL, {"params": {"task_id": "test x"}, "headers": {"Authorization": "Bearer test"}})
    assert asked(player, request)[0].json()["reason"] == "TASK_NOT_FOUND"


def test_a_key_in_a_path_is_neither_recorded_nor_reported(upstream, tmp_path):
    path, lines = tmp_path / "recording.jsonl", []
    proxy = Proxy(Engine(CONTRACT), upstream.url, lines.append, recorder=Recorder(path))
    (answered,) = asked(proxy, ("GET", f"/v3/{KEY}/x", {}))
    proxy.close()
    assert KEY not in path.read_text() + "".join(lines)
    assert "GET /v3/(key removed)/x: the request: the contract has no such operation" in lines
    (played,) = asked(Player(Engine(CONTRACT), load(path)), ("GET", f"/v3/{KEY}/x", {}))
    assert (played.status_code, played.json()["reason"]) == (answered.status_code, "API_NOT_FOUND")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_loses_no_answer(upstream):
    lines = []
    proxy = Proxy(Engine(CONTRACT), upstream.url, lines.append, recorder=Recorder(Path("/dev/full")))
    answers = asked(proxy, *[("POST", PATH, {"json": BODY})] * 2)
    proxy.close()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert lines == [f"POST {PATH}: the recording ends before this answer: No space left on device"]


def test_headers_of_an_answer_are_passed_on_and_played(tmp_path):
    path = tmp_path / "recording.jsonl"
    headers = {
        "Location": f"https://files.test/?key={KEY}", "Retry-After": "7", "X-Request-Id": "r-1", "Set-Cookie": "a=b",
        "Connection": "close, X-Hop", "X-Hop": "1", "Content-Encoding": "identity", "Date": "long ago",
    }  # fmt: skip
    proxy = Proxy(Engine(CONTRACT), "https://upstream.test", print, recorder=Recorder(path))
    with respx.mock() as router:
        router.get(f"https://upstream.test{POLL}").respond(429, headers=headers)
        (passed,) = asked(proxy, ("GET", POLL, {}))
    proxy.close()
    assert dict(passed.headers) == {
        "location": headers["Location"], "retry-after": "7", "x-request-id": "r-1", "set-cookie": "a=b",
        "content-length": "0",
    }  # fmt: skip
    assert "a=b" not in path.read_text()
    assert KEY not in path.read_text()
    (played,) = asked(Player(Engine(CONTRACT), load(path)), ("GET", POLL, {}))
    assert dict(played.headers) == {
        "location": "https://files.test/?key=(key removed)", "retry-after": "7", "x-request-id": "r-1",
        "content-length": "0",
    }  # fmt: skip


RECORDED = {"method": "GET", "path": "/", "query": "", "request": "", "status": 200, "content_type": "", "answer": ""}


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"answer": None}, "/answer null is not of type"),
        ({"answer": "base64:A"}, "is no recorded exchange"),
        ({"status": 7}, "/status 7 is less"),
        ({"content_type": "a\nb"}, "/content_type"),
        ({"headers": {"a": "b"}}, "/headers"),
        ({"more": 1}, "more"),
    ],
)
def test_a_recording_whose_members_are_none_is_refused(tmp_path, wrong, problem):
    path = tmp_path / "recording.jsonl"
    path.write_bytes(orjson.dumps(RECORDED))
    assert load(path)[0].headers == ()
    path.write_bytes(orjson.dumps(RECORDED | wrong))
    with pytest.raises(ReelspecError, match=rf"jsonl:1: .*{problem}"):
        load(path)


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
        ["novita", "--proxy", "http://"],
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
