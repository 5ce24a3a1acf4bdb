"""Many at once, as users call it: callbacks that fail, interrupts, what is known then; both twins alike."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

URL = "https://example.com/a.png"
Handler = Callable[[httpx.Request], httpx.Response]


class Provider:
    """Accepts everything; a prompt says how its task ends; files are at `files.test`."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.fetched: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "files.test":
            self.fetched.append(request.url.path[1:])
            return httpx.Response(200, content=b"a video")
        if request.method == "POST":
            self.prompts.append(json.loads(request.content)["prompt"])
            return httpx.Response(200, json={"task_id": f"id-{self.prompts[-1]}"})
        task = request.url.params["task_id"]
        word = next((word for word in ("FAILED", "PROCESSING") if word.lower() in task), "SUCCEED")
        body = {"task": {"task_id": task, "status": f"TASK_STATUS_{word}"}}
        return httpx.Response(200, json={**body, "videos": [{"video_url": f"https://files.test/{task}"}]})


@pytest.fixture(params=["sync", "async"])
def run_many(request: pytest.FixtureRequest, novita: ModuleType) -> Callable[..., Any]:
    """`client.run_many` of either twin, over a handler and prompts."""

    def run(handler: Handler, prompts: Any, **options: Any) -> Any:
        def made(client: Any) -> Iterator[Any]:
            return (client.kling_v3_0_pro_i2v.request(image=URL, prompt=prompt) for prompt in prompts)

        async def answer(given: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0)
            return handler(given)

        async def twin() -> Any:
            http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
            async with novita.AsyncClient("key", http_client=http, poll_interval=0.001) as client:
                return await asyncio.wait_for(client.run_many(made(client), **options), 20)

        if request.param == "async":
            return asyncio.run(twin())
        http = httpx.Client(transport=httpx.MockTransport(handler))
        with novita.Client("key", http_client=http, poll_interval=0.001) as client:
            return client.run_many(made(client), **options)

    return run


def notes(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", ()))


@pytest.mark.parametrize("callback", ["on_progress", "on_result"])
def test_a_callback_that_fails_is_the_error_of_its_request(run_many: Callable[..., Any], callback: str) -> None:
    def failing(*news: Any) -> None:
        if getattr(news[0], "index", news[0]) == 1:
            raise KeyError("my bug")

    provider = Provider()
    outcomes = run_many(provider, ["a", "b", *"cdefgh"], concurrency=1, **{callback: failing})
    assert [outcome.error is None for outcome in outcomes] == [True] + [False] * 7
    assert provider.prompts == ["a", "b"]
    assert all("not sent: the batch was stopped by KeyError('my bug')" in str(found.error) for found in outcomes[2:])
    with pytest.raises(KeyError, match="my bug") as raised:
        outcomes[1].unwrap()
    assert vars(raised.value)["task"].id == "id-b"
    assert notes(raised.value).count("kling_v3_0_pro_i2v:id-b") == 1


def test_what_stops_a_batch_tells_the_tasks_begun(novita: ModuleType, run_many: Callable[..., Any]) -> None:
    provider = Provider()
    with pytest.raises(novita.InvalidRequest) as raised:
        run_many(provider, ["a processing", "b", "x" * 3000, "never"], concurrency=4)
    for prompt in provider.prompts:
        assert f"kling_v3_0_pro_i2v:id-{prompt}" in notes(raised.value)
    assert "never" not in provider.prompts


def test_an_interrupt_stops_submitting_and_tells_the_tasks(
    run_many: Callable[..., Any],
) -> None:
    provider = Provider()

    def interrupting(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised:
        run_many(provider, map(str, range(40)), concurrency=2, on_progress=interrupting)
    assert len(provider.prompts) <= 4
    context = raised.value if notes(raised.value) else raised.value.__context__
    if context is not None:  # asyncio.run raises another one where the loop itself was interrupted
        assert "kling_v3_0_pro_i2v:id-0" in notes(context)


@pytest.mark.parametrize("concurrency", [0, -1])
def test_no_concurrency_is_refused(novita: ModuleType, run_many: Callable[..., Any], concurrency: int) -> None:
    with pytest.raises(novita.ConfigurationError, match="at least 1"):
        run_many(Provider(), ["a"], concurrency=concurrency)


def test_each_video_is_saved_as_its_task_ends(
    request: pytest.FixtureRequest, run_many: Callable[..., Any], tmp_path: Path
) -> None:
    provider, order = Provider(), list[str]()

    def handler(asked: httpx.Request) -> httpx.Response:
        order.append(asked.url.host if asked.method == "GET" else "POST")
        return provider(asked)

    async def later(index: int, result: Any) -> Path:
        return await result.video.save(tmp_path / f"{index}.mp4")  # type: ignore[no-any-return]

    def save(index: int, result: Any) -> Path:
        return result.video.save(tmp_path / f"{index}.mp4")  # type: ignore[no-any-return]

    options = {"concurrency": 1, "journal": tmp_path / "j"}
    options["on_result"] = later if "async" in request.node.name else save
    for _ in range(2):
        outcomes = run_many(handler, ["a", "b failed", "c"], **options)
        assert [outcome.saved and outcome.saved.name for outcome in outcomes] == ["0.mp4", None, "2.mp4"]
        assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert order == [
        "POST",
        "api.novita.ai",
        "files.test",
        "POST",
        "api.novita.ai",
        "POST",
        "api.novita.ai",
        "files.test",
    ]
    (tmp_path / "0.mp4").unlink()
    again = run_many(handler, ["a", "b failed", "c"], **options, again={"failed"})
    assert [outcome.saved is not None for outcome in again] == [True, False, True]
    assert provider.prompts == ["a", "b failed", "c", "b failed"]
    assert (tmp_path / "0.mp4").read_bytes() == b"a video"


def test_a_journal_of_the_mock_is_not_believed_for_the_api(novita: ModuleType, tmp_path: Path) -> None:
    provider = Provider()
    http = httpx.Client(transport=httpx.MockTransport(provider))
    for address in ("http://localhost:8000/novita", "https://api.novita.ai"):
        client = novita.Client("key", address, http_client=http, poll_interval=0)
        requests = [client.kling_v3_0_pro_i2v.request(image=URL, prompt="a")]
        if "localhost" in address:
            client.run_many(requests, journal=tmp_path / "j")
        else:
            with pytest.raises(novita.ConfigurationError, match=r"localhost:8000/novita.*https://api\.novita\.ai"):
                client.run_many(requests, journal=tmp_path / "j")
    assert len(provider.prompts) == 1


STOPPED = """
import asyncio, os, signal, sys, time
import httpx
sys.path.insert(0, sys.argv[1])
import novita_kling

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background may ignore it

def answer(request):
    if request.method == "POST":
        return httpx.Response(200, json={"task_id": "t1"})
    return httpx.Response(200, json={"task": {"task_id": "t1", "status": "TASK_STATUS_PROCESSING"}})

def handler(request):
    if request.method == "POST":
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
    return answer(request)

async def handler_awaiting(request):
    if request.method == "POST":
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.1)
    return answer(request)

def requests(client):
    yield client.kling_v3_0_pro_i2v.request(image="https://example.com/a.png", prompt="boat")

async def main():
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler_awaiting))
    client = novita_kling.AsyncClient("key", http_client=http)
    await client.run_many(requests(client), journal=sys.argv[2])

if sys.argv[3] == "async":
    asyncio.run(main())
client = novita_kling.Client("key", http_client=httpx.Client(transport=httpx.MockTransport(handler)))
client.run_many(requests(client), journal=sys.argv[2])
"""


@pytest.mark.skipif(os.name != "posix", reason="sends itself SIGINT")
@pytest.mark.parametrize("twin", ["sync", "async"])
def test_ctrl_c_loses_no_id_that_is_on_its_way(twin: str, tmp_path: Path) -> None:
    home, journal = Path(__file__).parents[2] / "generated" / "novita", tmp_path / "runs.jsonl"
    done = subprocess.run(  # noqa: S603 (ours)
        [sys.executable, "-c", STOPPED, str(home), str(journal), twin],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "KeyboardInterrupt" in done.stderr
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["step"] for line in lines] == ["begun", "sending", "accepted"], done.stderr


def test_ctrl_c_while_a_thread_is_being_started_loses_no_id(
    novita: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch has no handle on that thread yet; a second Ctrl-C comes while it looks what is on its way."""
    book, journal = import_module("novita_kling._runtime.batch").Journal, tmp_path / "j"
    start, sending = threading.Thread.start, book.sending
    begun, looked = threading.Event(), threading.Event()

    def starting(thread: threading.Thread) -> None:
        start(thread)
        assert begun.wait(20)
        raise KeyboardInterrupt

    def looking(journal: Any) -> Any:
        if not looked.is_set():
            looked.set()
            raise KeyboardInterrupt
        return sending(journal)

    def handler(request: httpx.Request) -> httpx.Response:
        begun.set()
        assert looked.wait(20)
        return Provider()(request)

    monkeypatch.setattr(threading.Thread, "start", starting)
    monkeypatch.setattr(book, "sending", looking)
    client = novita.Client("key", http_client=httpx.Client(transport=httpx.MockTransport(handler)))
    requests = (client.kling_v3_0_pro_i2v.request(image=URL, prompt=prompt) for prompt in "ab")
    with pytest.raises(KeyboardInterrupt) as raised:
        client.run_many(requests, journal=journal)
    assert [json.loads(line)["step"] for line in journal.read_text().splitlines()][:3] == [
        "begun", "sending", "accepted",
    ]  # fmt: skip
    assert "kling_v3_0_pro_i2v:id-a" in notes(raised.value)


@pytest.mark.parametrize("how", ["an error of the iterable", "a cancellation"])
def test_an_async_batch_that_is_stopped_lets_submits_end(novita: ModuleType, tmp_path: Path, how: str) -> None:
    async def main() -> None:
        begun, told = asyncio.Event(), list[str]()

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                return httpx.Response(200, json={"task": {"task_id": "t", "status": "TASK_STATUS_PROCESSING"}})
            prompt = json.loads(request.content)["prompt"]
            if prompt == "refused":  # and so the third one is asked for
                return httpx.Response(400)
            begun.set()
            for _ in range(20):
                await asyncio.sleep(0)
            told.append(prompt)
            return httpx.Response(200, json={"task_id": f"id-{told[-1]}"})

        def requests(client: Any) -> Iterator[Any]:
            for prompt in ("refused", "b", "c"):
                yield client.kling_v3_0_pro_i2v.request(image=URL, prompt=prompt)
            if how.startswith("an error"):
                raise KeyError("my bug")

        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with novita.AsyncClient("key", http_client=http, poll_interval=30) as client:
            running = asyncio.create_task(client.run_many(requests(client), concurrency=2, journal=tmp_path / "j"))
            await asyncio.wait_for(begun.wait(), 20)
            if how == "a cancellation":
                running.cancel()
            with pytest.raises((KeyError, asyncio.CancelledError)) as raised:
                await asyncio.wait_for(running, 20)
        if how == "a cancellation":
            assert isinstance(raised.value, asyncio.CancelledError)
        assert [f"id-{prompt}" in notes(raised.value) for prompt in told] == [True] * len(told)

    asyncio.run(main())
    text = (tmp_path / "j").read_text()
    assert text.count('"sending"') - 1 == text.count('"accepted"') > 0


def test_a_batch_begins_with_nothing_where_no_http_client_can_be_made(
    novita: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "foo://proxy.test")
    client = novita.Client("key")
    with pytest.raises(novita.ConfigurationError, match="no HTTP client can be made"):
        client.run_many([client.kling_v3_0_pro_i2v.request(image=URL, prompt="a")], journal=tmp_path / "j")
    assert not (tmp_path / "j").exists()
