from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest

import specs
from mockserver import serve
from mockserver.asgi import App
from mockserver.clock import Clock
from mockserver.engine import Engine
from mockserver.settings import Settings

KEY = {"Authorization": "Bearer a-test-key"}
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"


def ask(app, *requests):
    """Send requests, (method, path, options), one after the other."""

    async def run():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test:8000", headers=KEY) as http:
            return [await http.request(method, path, **options) for method, path, options in requests]

    return asyncio.run(run())


def app_of(*names, **settings):
    return App([Engine(specs.load(name), Settings(**settings)) for name in names], Clock.manual())


def test_one_provider_is_at_the_root():
    app = app_of("novita", instant=True)
    (submitted,) = ask(app, ("POST", PATH, {"json": BODY}))
    health, polled = ask(app, ("GET", "/healthz", {}), ("GET", "/v3/async/task-result", {"params": submitted.json()}))
    assert health.json() == {"status": "ok"}
    url = polled.json()["videos"][0]["video_url"]
    assert url.startswith("http://mock.test:8000/_mock/results/")
    (video,) = ask(app, ("GET", url, {}))
    assert video.content[4:8] == b"ftyp"


def test_several_are_below_their_names():
    app = app_of("novita", "mulerouter", instant=True)
    submitted, lost = ask(app, ("POST", "/novita" + PATH, {"json": BODY}), ("POST", PATH, {"json": BODY}))
    assert lost.status_code == 404
    assert "/mulerouter/" in lost.json()["error"]
    (polled,) = ask(app, ("GET", "/novita/v3/async/task-result", {"params": submitted.json()}))
    assert polled.json()["videos"][0]["video_url"].startswith("http://mock.test:8000/novita/_mock/results/")


def test_a_host_that_is_none_does_not_get_into_urls():
    app = app_of("novita", instant=True)
    (submitted,) = ask(app, ("POST", PATH, {"json": BODY}))
    (polled,) = ask(
        app, ("GET", "/v3/async/task-result", {"params": submitted.json(), "headers": {"host": 'evil"/<b>'}})
    )
    assert "evil" not in polled.text


def test_a_body_in_pieces_and_one_beyond_the_limit():
    async def pieces(size):
        for _ in range(size):
            yield b" " * 100

    app = app_of("novita", body_limit=1000)
    fits, exceeds = (
        ask(app, ("POST", PATH, {"content": pieces(size), "headers": {"content-type": "application/json"}}))[0]
        for size in (10, 11)
    )
    assert "no JSON" in fits.json()["message"]
    assert "more than 1,000 bytes" in exceeds.json()["message"]


def test_a_busy_port_is_one_line_and_exit_2():
    with serve.listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "reelspec", "mock", "novita", "--port", port, "--store", "memory"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    assert ended.returncode == 2
    assert ended.stderr == f"reelspec: 127.0.0.1:{port}: cannot listen: Address already in use (give another --port)\n"


@pytest.mark.parametrize("arguments", [["nowhere"], ["novita", "--lenient", "much"], ["novita", "--variant", "x"]])
def test_bad_options_are_one_line_and_exit_2(arguments, capsys):
    from reelspec.__main__ import main

    assert main(["mock", *arguments, "--port", "0", "--store", "memory"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
