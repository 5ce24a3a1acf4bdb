"""The committed clients against a provider in the process: tasks, errors, options, command line, webhooks."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import specs

URL = "https://example.com/a.png"


def connected(package: ModuleType, handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> Any:
    http = httpx.Client(transport=httpx.MockTransport(handler))
    return package.Client("key", http_client=http, **{"poll_interval": 0.0, **options})


def test_all_that_is_exported_is_there(client_package: ModuleType) -> None:
    assert sorted(client_package.__all__) == client_package.__all__
    for name in client_package.__all__:
        assert getattr(client_package, name) is not None
    assert client_package.__version__


def test_the_tree_in_the_docstring_is_the_tree_of_classes(novita: ModuleType) -> None:
    errors = import_module("novita_kling._runtime.errors")
    drawn: dict[str, int] = {}
    for line in errors.__doc__.splitlines():
        words = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ").split()
        if words and hasattr(errors, words[0]) and line.startswith("    "):
            drawn[words[0]] = (len(line) - len(line.lstrip(" │├└─"))) // 4
    classes = {
        name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert drawn == {
        name: len([base for base in value.__mro__ if base in classes.values()]) for name, value in classes.items()
    }
    assert set(classes) <= set(novita.__all__)


def test_what_cannot_work_is_refused_where_it_is_given(novita: ModuleType, make_fake: Any) -> None:
    with pytest.raises(novita.ConfigurationError, match=r"an httpx\.Client is needed .* not <httpx\.AsyncClient"):
        novita.Client("key", http_client=httpx.AsyncClient())
    with pytest.raises(novita.ConfigurationError, match=r"an httpx\.AsyncClient is needed .* not <httpx\.Client"):
        novita.AsyncClient("key", http_client=httpx.Client())
    for nothing in (None, "", 17):
        with pytest.raises(ValueError, match=f"a text; {nothing!r} is none"):
            connected(novita, make_fake("novita")).task(nothing)


def test_iteration_and_resumption(novita: ModuleType, make_fake: Any) -> None:
    fake = make_fake("novita")
    client = connected(novita, fake)
    task = client.kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    assert [str(snapshot.state) for snapshot in task] == ["running", "running", "succeeded"]
    again = connected(novita, fake).task(task.token)
    assert again.wait().video.url == "https://files.test/v.mp4"
    assert connected(novita, fake).task(task.id).refresh().ended
    assert fake.posts() == 1


def test_async_twin(novita: ModuleType, make_fake: Any, tmp_path: Path) -> None:
    fake, seen = make_fake("novita"), []

    async def news(snapshot: Any) -> None:
        await asyncio.sleep(0)
        seen.append(str(snapshot.state))

    async def answer(request: httpx.Request) -> httpx.Response:
        return fake(request)

    async def whole() -> Any:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with novita.AsyncClient("key", http_client=http, poll_interval=0.0) as client:
            operation = client.kling_v3_0_pro_i2v
            result = await operation.run(image=URL, prompt="boat", on_progress=news)
            await result.video.save(tmp_path / "v.mp4")
            outcomes = await client.run_many(
                [operation.request(image=URL, prompt=f"boat {n}") for n in range(5)],
                concurrency=2,
                journal=tmp_path / "j",
            )
            assert not http.is_closed
        return outcomes

    outcomes = asyncio.run(whole())
    assert seen == ["running", "running", "succeeded"]
    assert (tmp_path / "v.mp4").read_bytes() == b"a video"
    assert [outcome.index for outcome in outcomes] == list(range(5))
    assert all(outcome.error is None for outcome in outcomes)
    assert fake.posts() == 6


def test_every_error_after_a_submit_carries_the_task(novita: ModuleType, make_fake: Any) -> None:
    fake = make_fake("novita")

    def failing(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404, json={"code": 404, "reason": "TASK_NOT_FOUND", "message": "gone"})
        return fake(request)

    with pytest.raises(novita.TaskNotFound) as raised:
        connected(novita, failing).kling_v3_0_pro_i2v.run(image=URL, prompt="boat")
    assert raised.value.task.token.startswith("kling_v3_0_pro_i2v:")

    def interrupting(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as interrupted:
        connected(novita, fake).kling_v3_0_pro_i2v.run(image=URL, prompt="boat", on_progress=interrupting)
    assert "the task is kling_v3_0_pro_i2v:" in interrupted.value.__notes__[0]


@pytest.mark.parametrize("name", specs.providers())
def test_every_documented_code_has_its_class(name: str) -> None:
    from .conftest import package  # type: ignore[import-not-found, unused-ignore]

    client_package, contract = package(name), specs.load(name)
    errors = import_module(f"{client_package.__name__}._runtime.errors")
    core = import_module(f"{client_package.__name__}._runtime.core")
    effects = import_module(f"{client_package.__name__}._runtime.effects")
    settings = client_package.Client("key").settings
    for code in contract.errors.codes:
        pointer = contract.errors.pointers["code"][1:].split("/")
        body: Any = code.code
        for step in reversed(pointer):
            body = {step: body}
        found = core.provider_error(settings, effects.Answer(code.status, {}, json.dumps(body).encode()))
        assert type(found) is errors.BY_MEANING[code.meaning]
        assert found.code == code.code


def test_options_and_borrowed_clients(novita: ModuleType, make_fake: Any) -> None:
    seen: list[Any] = []
    fake = make_fake("novita")
    http = httpx.Client(transport=httpx.MockTransport(fake), headers={"x-secret": "mine"}, cookies={"c": "1"})
    with novita.Client("key", http_client=http) as client:
        quick = client.with_options(poll_interval=0.0, on_event=seen.append)
        quick.kling_v3_0_std_i2v.run(image=URL, prompt="boat")
        with pytest.raises(novita.ConfigurationError, match="no option"):
            client.with_options(colour="red")
    assert not http.is_closed
    assert {happening.kind for happening in seen} == {"request", "answer", "state"}
    assert all("x-secret" not in request.headers and "cookie" not in request.headers for request in fake.requests)


class Breaking(threading.Thread):
    """A server on a real socket that reads a request, answers with given bytes or nothing, and closes."""

    def __init__(self, content: bytes | None) -> None:
        super().__init__(daemon=True)
        self.content, self.count = content, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.open: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.count += b"POST" in connection.recv(65536)
            if self.content is None:
                self.open.append(connection)  # never answers
                continue
            connection.sendall(self.content)
            connection.close()


@pytest.fixture
def breaking() -> Iterator[Callable[[bytes | None], Breaking]]:
    made: list[Breaking] = []

    def make(content: bytes | None) -> Breaking:
        made.append(Breaking(content))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.socket.close()
        for connection in server.open:
            connection.close()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        b"nonsense",
    ],
    ids=["read time-out", "disconnect", "cut off", "500", "502", "garbage"],
)
def test_posts_on_a_real_wire(novita: ModuleType, breaking: Any, content: bytes | None) -> None:
    server = breaking(content)
    with novita.Client("key", server.address, read_timeout=0.2) as client, pytest.raises(novita.SubmitOutcomeUnknown):
        client.kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    assert server.count == 1


def test_a_refused_connection_is_tried_three_times(novita: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    seen: list[Any] = []
    client = novita.Client("key", address, on_event=seen.append, chance=lambda: -0.99)
    with client, pytest.raises(novita.ConnectionFailed):
        client.kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    assert [happening.kind for happening in seen].count("request") == 3


def test_a_dripping_answer_meets_the_deadline(novita: ModuleType) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(1000):
            now[0] += 1.0
            yield b" "

    now = [0.0]
    client = connected(novita, lambda _: httpx.Response(200, content=drip()), submit_timeout=30.0, clock=lambda: now[0])
    with pytest.raises(novita.SubmitOutcomeUnknown):
        client.kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    assert now[0] < 40


# --- command line -------------------------------------------------------------------------------------


def command(package: ModuleType, *arguments: str) -> int:
    return int(import_module(f"{package.__name__}.__main__").main(arguments))


def test_the_command_line(
    novita: ModuleType, make_fake: Any, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    fake = make_fake("novita")
    served(fake)
    monkeypatch.setenv("NOVITA_API_KEY", "key")
    monkeypatch.chdir(tmp_path)
    fast = ["--poll-interval", "0"]
    shots = ["--shot", "3:a boat", "--shot", "it sinks"]
    assert command(novita, "pro-i2v", "--image", URL, *shots, "-o", "a.mp4", *fast) == 0
    assert (tmp_path / "a.mp4").read_bytes() == b"a video"
    sent = json.loads(fake.requests[0].content)
    assert sent == {
        "image": URL,
        "multi_prompt": [{"duration": 3, "prompt": "a boat"}, {"prompt": "it sinks"}],
        "duration": 8,
    }
    assert "succeeded" in capsys.readouterr().err
    assert command(novita, "std-i2v", "--image", URL, "--prompt", "boat", "--sound", "--no-wait", *fast) == 0
    token = capsys.readouterr().out.strip()
    assert command(novita, "resume", token, "-o", "b.mp4", *fast) == 0
    assert command(novita, "pro-i2v", "--image", URL, "--duration", "99", *fast) == 2
    shown = capsys.readouterr().err
    assert "duration.maximum" in shown
    assert "multi_prompt-prompt.exactly_one" in shown
    monkeypatch.delenv("NOVITA_API_KEY")
    assert command(novita, "pro-i2v", "--image", URL, "--prompt", "boat", *fast) == 2
    assert "NOVITA_API_KEY" in capsys.readouterr().err


def test_the_batch_command_goes_on_where_it_was(
    novita: ModuleType, make_fake: Any, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    fake = make_fake("novita")
    served(fake)
    monkeypatch.setenv("NOVITA_API_KEY", "key")
    lines = [{"operation": "pro-i2v", "parameters": {"image": URL, "prompt": f"boat {n}"}} for n in range(3)]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    for _ in range(2):
        arguments = ["batch", str(tmp_path / "runs.jsonl"), "-o", str(tmp_path), "--poll-interval", "0"]
        assert command(novita, *arguments) == 0
        assert capsys.readouterr().out.count(".mp4") == 3
    assert fake.posts() == 3
    (tmp_path / "bad.jsonl").write_text('{"operation": "nothing"}')
    assert command(novita, "batch", str(tmp_path / "bad.jsonl")) == 2
    assert "line 1" in capsys.readouterr().err


# --- webhooks -----------------------------------------------------------------------------------------


def test_webhooks(novita: ModuleType) -> None:
    result = {
        "task": {"task_id": "t1", "status": "TASK_STATUS_SUCCEED", "new": 1},
        "videos": [{"video_url": "https://v"}],
    }
    event = novita.parse_webhook(json.dumps({"event_type": "ASYNC_TASK_RESULT", "payload": result, "more": 1}).encode())
    assert (event.type, event.videos, event.snapshot.id) == ("ASYNC_TASK_RESULT", ("https://v",), "t1")
    assert event.raw["more"] == 1
    assert novita.Client("key").task(event.token).id == "t1"
    assert novita.parse_webhook(json.dumps(result)).snapshot.state == "succeeded"
    for wrong in (b"", b"[]", b"{}", b"\xff", b'{"payload": {"task": 3}}'):
        with pytest.raises(novita.UnexpectedAnswer):
            novita.parse_webhook(wrong)
    assert novita.parse_webhook(json.dumps(result), {"Content-Type": "text/plain"}).token == event.token
    with pytest.raises(novita.UnexpectedAnswer, match=r"^the webhook's body \(text/html\) is no JSON object$"):
        novita.parse_webhook("<html>", {"Content-Type": "text/html"})
    result["task"]["task_type"] = "KLING_V3.0_STD_I2V"  # type: ignore[index]
    assert novita.parse_webhook(json.dumps(result)).token == "kling_v3_0_std_i2v:t1"  # noqa: S105 (no password)
