"""What the clients promise, tried as a user would: tasks that survive, errors that carry them, secrets that stay in."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

GENERATED = Path(__file__).parents[2] / "generated"
URL = "https://example.com/a.png"
KEY = "sk-0123456789-very-secret"
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True, scope="module")
def no_sleep() -> Iterator[None]:
    async def quick(_: float) -> None: ...

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("time.sleep", lambda _: None)
        patched.setattr("asyncio.sleep", quick)
        yield


def connected(package: ModuleType, handler: Handler, **options: Any) -> Any:
    http = httpx.Client(transport=httpx.MockTransport(handler))
    return package.Client(KEY, http_client=http, **{"poll_interval": 0.0, "chance": lambda: -1.0, **options})


def answering(status: int, word: str = "", **more: Any) -> Handler:
    """Accept the submit, then answer every poll alike."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"task_id": "t1"})
        body = {"task": {"task_id": "t1", "status": word, "reason": f"because of {KEY}"}, "code": 5, **more}
        return httpx.Response(status, json=body)

    return handler


def breaking(error: type[Exception]) -> Handler:
    """Accept the submit, then break every poll."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"task_id": "t1"})
        raise error(f"cannot reach it with {KEY}")

    return handler


AFTER_SUBMIT: dict[str, tuple[Handler, str]] = {
    "failed": (answering(200, "TASK_STATUS_FAILED"), "TaskFailed"),
    "canceled": (answering(200, "TASK_STATUS_CANCELED"), "TaskCanceled"),
    "for ever": (answering(200, "TASK_STATUS_PROCESSING"), "DeadlineExceeded"),
    "unknown for ever": (answering(200, "TASK_STATUS_DREAMING"), "DeadlineExceeded"),
    "key revoked": (answering(403, reason="INVALID_API_KEY", message=f"bad key {KEY}"), "InvalidApiKey"),
    "forgotten": (answering(404, reason="TASK_NOT_FOUND", message=f"no task for {KEY}"), "TaskNotFound"),
    "broken server": (answering(500, reason="BROKEN", message=KEY), "ServerError"),
    "no connection": (breaking(httpx.ConnectError), "ConnectionFailed"),
    "timed out": (breaking(httpx.ReadTimeout), "ConnectionFailed"),
}


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("trouble", AFTER_SUBMIT)
def test_every_error_after_a_submit_has_its_task_and_no_secret(
    novita: ModuleType, trouble: str, is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    handler, kind = AFTER_SUBMIT[trouble]
    now = count()
    options: dict[str, Any] = {"clock": lambda: float(next(now)), "poll_interval": 0.0, "chance": lambda: -1.0}

    async def later(request: httpx.Request) -> httpx.Response:
        return handler(request)

    async def whole() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(later))
        client = novita.AsyncClient(KEY, http_client=http, **options)
        await client.kling_v3_0_pro_i2v.run(image=URL, prompt="boat", timeout=60)

    caplog.set_level(logging.DEBUG, "novita_kling")
    run = connected(novita, handler, **options).kling_v3_0_pro_i2v.run
    with pytest.raises(novita.ClientError) as raised:
        asyncio.run(whole()) if is_async else run(image=URL, prompt="boat", timeout=60)
    error = raised.value
    expected = {getattr(novita, kind), novita.DeadlineExceeded} if kind in ("ConnectionFailed", "ServerError") else {
        getattr(novita, kind)
    }  # fmt: skip
    assert type(error) in expected
    assert error.task.token.split(":") == ["kling_v3_0_pro_i2v", "t1"]
    told = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    assert KEY not in told


replies = st.one_of(
    st.builds(lambda kind, text: kind(f"{text} {KEY}"), st.sampled_from(
        [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.PoolTimeout, httpx.DecodingError]),
        st.text(max_size=5)),
    st.builds(lambda status, body: httpx.Response(status, content=body), st.integers(200, 599), st.sampled_from([
        b"", b"[]", KEY.encode(), json.dumps({"task_id": {"a": KEY}}).encode(), json.dumps({"reason": KEY}).encode(),
        json.dumps({"code": KEY, "message": [KEY], "reason": {KEY: KEY}, "metadata": {"x": KEY}}).encode(),
    ])),
)  # fmt: skip


@given(reply=replies, operation=st.sampled_from(["submit", "poll"]))
def test_no_way_to_fail_tells_the_key(reply: Exception | httpx.Response, operation: str) -> None:
    sys.path.insert(0, str(GENERATED / "novita"))
    package = import_module("novita_kling")
    lines: list[str] = []
    happened: list[object] = []

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, content=reply.content)

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger, keeping = logging.getLogger("novita_kling"), Keeping()
    logger.addHandler(keeping)
    logger.setLevel(logging.DEBUG)
    try:
        ticks = count()
        client = connected(package, handler, attempts=1, on_event=happened.append, clock=lambda: float(next(ticks)))
        if operation == "submit":
            client.kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
        else:
            client.task("t1", operation="kling_v3_0_pro_i2v").refresh()
    except package.ClientError as error:
        parts: list[BaseException | None] = [error]
        while parts:
            each = parts.pop()
            if each is not None:
                lines.append("".join(traceback.format_exception(each)) + repr(each) + repr(vars(each)))
                parts += [getattr(each, "cause", None)]
    finally:
        logger.removeHandler(keeping)
        logger.setLevel(logging.NOTSET)
    assert KEY not in "".join(lines) + repr(happened) + repr(client) + repr(client.settings)


def test_a_token_goes_on_in_another_process(novita: ModuleType) -> None:
    task = connected(novita, answering(200, "")).kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from novita_kling import Client; "
        "task = Client('k').task(sys.argv[2]); print(task.token, task.id, task.operation.id)"
    )
    command = [sys.executable, "-I", "-c", code, str(GENERATED / "novita"), task.token]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    assert done.stdout.split() == [task.token, "t1", "kling_v3_0_pro_i2v"]


def test_the_deadline_comes_from_the_expected_time_unless_it_is_none(novita: ModuleType) -> None:
    now = [0.0]
    polled = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal polled
        if request.method == "GET":
            now[0] += 100.0
            polled += 1
        word = "TASK_STATUS_SUCCEED" if polled >= 50 else "TASK_STATUS_PROCESSING"
        return answering(200, word, videos=[{"video_url": "https://files.test/v.mp4"}])(request)

    client = connected(novita, handler, clock=lambda: now[0])
    with pytest.raises(novita.DeadlineExceeded):
        client.kling_v3_0_pro_i2v.run(image=URL, prompt="boat", duration=5)
    expected = (30 + 12 * 5) * 10 + 60  # x-task.expected of the contract, tenfold, and a minute
    assert expected - 100 < now[0] <= expected + 100
    result = client.kling_v3_0_pro_i2v.run(image=URL, prompt="boat", timeout=None)
    assert result.video.url == "https://files.test/v.mp4"
    assert polled == 50


def test_unknown_members_of_answers_are_kept(novita: ModuleType) -> None:
    handler = answering(200, "TASK_STATUS_PROCESSING", tomorrow={"new": [1]})
    task = connected(novita, handler).kling_v3_0_pro_i2v.submit(image=URL, prompt="boat")
    assert task.refresh().raw["tomorrow"] == {"new": [1]}
    found = connected(novita, handler).task_result(task_id="t1")
    assert found.model_extra["tomorrow"] == {"new": [1]}


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_batch_is_bounded_in_order_and_resumable(novita: ModuleType, tmp_path: Path, is_async: bool) -> None:
    open_now, most, posted, seen = set[str](), [0], list[str](), list[Any]()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            name = json.loads(request.content)["prompt"]
            posted.append(name)
            open_now.add(name)
            most[0] = max(most[0], len(open_now))
            return httpx.Response(200, json={"task_id": name})
        name = request.url.params["task_id"]
        ended = name not in open_now or len(seen) % 2 == 1
        if ended:
            open_now.discard(name)
        word = "TASK_STATUS_SUCCEED" if ended else "TASK_STATUS_PROCESSING"
        task = {"task_id": name, "status": word}
        return httpx.Response(200, json={"task": task, "videos": [{"video_url": f"https://files.test/{name}"}]})

    async def later(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return handler(request)

    names = [f"p{number}" for number in range(12)]

    def sync() -> list[Any]:
        client = connected(novita, handler)
        requests = [client.kling_v3_0_pro_i2v.request(image=URL, prompt=name) for name in names]
        return list(client.run_many(requests, concurrency=3, journal=tmp_path / "j", on_progress=seen.append))

    async def asynchronous() -> list[Any]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(later))
        client = novita.AsyncClient(KEY, http_client=http, poll_interval=0.0)
        requests = [client.kling_v3_0_pro_i2v.request(image=URL, prompt=name) for name in names]
        return list(await client.run_many(requests, concurrency=3, journal=tmp_path / "j", on_progress=seen.append))

    first = asyncio.run(asynchronous()) if is_async else sync()
    assert [outcome.unwrap().video.url.rpartition("/")[2] for outcome in first] == names
    assert [outcome.index for outcome in first] == list(range(12))
    assert {progress.index for progress in seen} == set(range(12))
    assert most[0] <= 3
    again = sync() if is_async else asyncio.run(asynchronous())  # one journal serves both
    assert [outcome.unwrap().task.id for outcome in again] == names
    assert sorted(posted) == sorted(names)
    assert KEY not in (tmp_path / "j").read_text()


@pytest.mark.parametrize(("one", "twin"), [("Client", "AsyncClient"), ("Task", "AsyncTask"), ("Video", "AsyncVideo"),
                                           ("VideoResult", "AsyncVideoResult")])  # fmt: skip
def test_the_twins_have_the_same_names_and_parameters(client_package: ModuleType, one: str, twin: str) -> None:
    def public(kind: type) -> dict[str, list[str]]:
        return {name: list(inspect.signature(value).parameters) if callable(value) else []
                for name, value in inspect.getmembers(kind) if not name.startswith("_")}  # fmt: skip

    assert public(getattr(client_package, one)) == public(getattr(client_package, twin))


def test_one_module_alone_names_the_http_library(client_package: ModuleType) -> None:
    home = Path(str(client_package.__file__)).parent
    naming = {
        path.name
        for path in home.rglob("*.py")
        if re.search(r"^\s*(import|from) httpx|\bhttpx\.", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert naming == {"wire.py"}


@pytest.mark.usefixtures("novita")
def test_the_command_tells_how_it_ended(
    served: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("NOVITA_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    main = import_module("novita_kling.__main__").main
    command = ["pro-i2v", "--image", URL, "--prompt", "boat", "--poll-interval", "0"]
    served(answering(200, "TASK_STATUS_FAILED"))
    assert main(command) == 1
    assert "resume" not in capsys.readouterr().err  # it has ended
    served(answering(404, reason="TASK_NOT_FOUND"))
    assert main(command) == 1
    assert "resume kling_v3_0_pro_i2v:t1" in capsys.readouterr().err

    def interrupting(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            raise KeyboardInterrupt
        return httpx.Response(200, json={"task_id": "t1"})

    served(interrupting)
    assert main(command) == 130
    shown = capsys.readouterr().err
    assert "kling_v3_0_pro_i2v:t1" in shown
    assert KEY not in shown


@pytest.mark.usefixtures("novita")
def test_a_terminal_gets_a_bar( monkeypatch: pytest.MonkeyPatch, served: Any, capsys: Any,
                               tmp_path: Path, make_fake: Any) -> None:  # fmt: skip
    served(make_fake("novita"))
    monkeypatch.setenv("NOVITA_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    command = ["pro-i2v", "--image", URL, "--prompt", "boat", "--poll-interval", "0"]
    assert import_module("novita_kling.__main__").main(command) == 0
    shown = capsys.readouterr().err
    assert "\r" in shown
    assert "█" * 30 in shown
    assert "100 % succeeded" in shown
