"""Saving a video: complete or not there, resumed where it broke, and the key goes to nobody else."""

from __future__ import annotations

import asyncio
import io
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.runtime import core, errors
from codegen.runtime.description import Provider
from codegen.runtime.results import AsyncVideo, Video
from codegen.runtime.settings import Happening, Secret, Settings
from codegen.runtime.tasks import AsyncTask, Task
from codegen.runtime.wire import AsyncShell, SyncShell

VIDEO = bytes(range(256)) * 40


class Server:
    """A file server that breaks off after some bytes, as often as asked."""

    def __init__(self, breaks: list[int], etag: str | None = '"v1"', ranges: bool = True) -> None:
        self.breaks, self.etag, self.ranges = list(breaks), etag, ranges
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        start, status = 0, 200
        if self.ranges and "range" in request.headers and request.headers.get("if-range") == self.etag:
            start, status = int(request.headers["range"].removeprefix("bytes=").rstrip("-")), 206
        headers = {"content-length": str(len(VIDEO) - start)}
        if self.etag:
            headers["etag"] = self.etag
        if status == 206:
            headers["content-range"] = f"bytes {start}-{len(VIDEO) - 1}/{len(VIDEO)}"
        stop = self.breaks.pop(0) if self.breaks else None
        return httpx.Response(status, headers=headers, stream=Broken(VIDEO[start:], stop))


class Broken(httpx.SyncByteStream):
    def __init__(self, data: bytes, stop: int | None) -> None:
        self.data, self.stop = data, stop

    def __iter__(self) -> Any:
        yield self.data[: self.stop]
        if self.stop is not None:
            raise httpx.RemoteProtocolError("peer closed connection")


def video(
    provider: Provider, handler: Callable[[httpx.Request], httpx.Response], url: str = "https://cdn.test/v.mp4"
) -> Video:
    settings = Settings(provider, Secret("sk-very-secret"), "https://api.test", chance=lambda: 0.0)
    shell = SyncShell(settings, httpx.Client(transport=httpx.MockTransport(handler), headers={"authorization": "mine"}))
    shell.sleep = lambda _: None
    return Video(url, None, Task(shell, provider.operations["make"], "t1"))


def test_saves_and_reports_progress(provider: Provider, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = video(provider, Server([])).save(tmp_path / "v.mp4", on_bytes=lambda got, whole: seen.append((got, whole)))
    assert path.read_bytes() == VIDEO
    assert seen[-1] == (len(VIDEO), len(VIDEO))
    assert list(tmp_path.iterdir()) == [path]


@given(breaks=st.lists(st.integers(1, 3000), max_size=3))
def test_resumes_where_it_broke(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory, breaks: list[int]
) -> None:
    folder, server = tmp_path_factory.mktemp("v"), Server(breaks)
    assert video(provider, server).save(folder / "v.mp4").read_bytes() == VIDEO
    assert [request.headers.get("range") for request in server.seen][1:] == [
        f"bytes={sum(breaks[: n + 1])}-" for n in range(len(breaks))
    ]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_begins_anew_where_no_version_is_named(provider: Provider, tmp_path: Path, etag: str | None) -> None:
    server = Server([100], etag)
    assert video(provider, server).save(tmp_path / "v.mp4").read_bytes() == VIDEO
    assert "range" not in server.seen[1].headers


def test_begins_anew_where_ranges_are_not_offered(provider: Provider, tmp_path: Path) -> None:
    assert video(provider, Server([100], ranges=False)).save(tmp_path / "v.mp4").read_bytes() == VIDEO


def test_gives_up_where_nothing_arrives_and_leaves_nothing_behind(provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"older")
    with pytest.raises(errors.ConnectionFailed) as raised:
        video(provider, Server([0] * 50)).save(tmp_path / "v.mp4")
    assert raised.value.task is not None
    assert [path.name for path in tmp_path.iterdir()] == ["v.mp4"]
    assert (tmp_path / "v.mp4").read_bytes() == b"older"


def test_an_expired_address_is_the_providers_error(provider: Provider, tmp_path: Path) -> None:
    with pytest.raises(errors.PermissionDenied) as raised:
        video(provider, lambda _: httpx.Response(403)).save(tmp_path / "v.mp4")
    assert raised.value.task is not None
    assert list(tmp_path.iterdir()) == []


class Provided:
    """A provider that gives each poll's answer a fresh address; the addresses before it have expired."""

    def __init__(self, status: int = 403, polled: int = 200, fresh: bool = True) -> None:
        self.status, self.polled, self.fresh = status, polled, fresh
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(str(request.url))
        if request.url.path == "/result":
            new = "new" if self.fresh else "old"
            videos = [{"url": f"https://cdn.test/{name}.mp4"} for name in (f"{new}0", f"{new}1")]
            return httpx.Response(self.polled, json={"task": {"status": "DONE"}, "videos": videos})
        return httpx.Response(200, content=VIDEO) if "new" in request.url.path else httpx.Response(self.status)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_address_is_asked_for_anew(provider: Provider, tmp_path: Path, status: int) -> None:
    server = Provided(status)
    task = video(provider, server).task
    raw = {"videos": [{"url": "https://cdn.test/old0.mp4"}, {"url": "https://cdn.test/old1.mp4"}]}
    task.snapshot = core.snapshot(task.operation, "t1", {"task": {"status": "DONE"}, **raw})
    assert task.wait().videos[1].save(tmp_path / "v.mp4").read_bytes() == VIDEO
    assert server.seen == [
        "https://cdn.test/old1.mp4", "https://api.test/result?task_id=t1", "https://cdn.test/new1.mp4",
    ]  # fmt: skip
    assert task.snapshot.raw["videos"][1]["url"] == "https://cdn.test/new1.mp4"


@pytest.mark.parametrize("server", [Provided(fresh=False), Provided(polled=404)], ids=["the same address", "no task"])
def test_where_there_is_no_other_address_the_first_answer_counts(
    provider: Provider, tmp_path: Path, server: Provided
) -> None:
    with pytest.raises(errors.PermissionDenied):
        video(provider, server, "https://cdn.test/old0.mp4").save(tmp_path / "v.mp4")
    assert len(server.seen) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_or_a_missing_folder_is_told_before_anything_is_fetched(provider: Provider, tmp_path: Path) -> None:
    server = Server([])
    for target, kind in ((tmp_path, IsADirectoryError), (tmp_path / "no" / "v.mp4", FileNotFoundError)):
        with pytest.raises(kind) as raised:
            video(provider, server).save(target)
        assert "make:t1" in raised.value.__notes__[0]
    assert server.seen == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_what_is_no_regular_file_is_not_replaced(provider: Provider, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError):
        video(provider, Server([])).save(tmp_path / "pipe")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "v.mp4")
    for _ in range(2):
        assert video(provider, Server([])).save(tmp_path / "link.mp4") == tmp_path / "link.mp4"
        assert (tmp_path / "link.mp4").is_symlink()
        assert (tmp_path / "v.mp4").read_bytes() == VIDEO
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link.mp4", "v.mp4"}


class FullDisk(io.FileIO):
    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_not_kept_full(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda path, mode: io.BufferedWriter(FullDisk(path, mode)))
    with pytest.raises(OSError, match="No space left"):
        video(provider, Server([])).save(tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sort", ["text/html; charset=utf-8", "application/json"])
def test_a_web_page_is_no_video(provider: Provider, tmp_path: Path, sort: str) -> None:
    page = httpx.Response(200, text="<html>sign in</html>", headers={"content-type": sort})
    with pytest.raises(errors.UnexpectedAnswer, match="web page") as raised:
        video(provider, lambda _: page).save(tmp_path / "v.mp4")
    assert raised.value.task is not None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("location", ["http://[", "", None])
def test_a_redirect_to_nowhere_is_the_providers_error(provider: Provider, tmp_path: Path, location: str | None) -> None:
    headers = {} if location is None else {"location": location}
    with pytest.raises(errors.ProviderError, match="HTTP 302"):
        video(provider, lambda _: httpx.Response(302, headers=headers)).save(tmp_path / "v.mp4")


def test_log_and_hooks_see_downloads_without_their_signature(
    provider: Provider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Happening] = []
    settings = Settings(provider, Secret("sk-very-secret"), "https://api.test", on_event=told.append)
    shell = SyncShell(settings, httpx.Client(transport=httpx.MockTransport(Server([]))))
    with caplog.at_level(logging.DEBUG, "test_kling"):
        url = "https://user:pw@cdn.test/v.mp4?X-Signature=abc#x"
        Video(url, None, Task(shell, provider.operations["make"], "t1")).save(tmp_path / "v.mp4")
    assert [(found.kind, found.detail, found.task) for found in told] == [
        ("request", "GET https://cdn.test/v.mp4", "t1"), ("answer", "200", "t1"),
    ]  # fmt: skip
    assert "abc" not in caplog.text.replace("HTTP Request", "")


@pytest.mark.parametrize("awaited", [True, False])
def test_an_async_client_awaits_what_can_be_awaited(provider: Provider, tmp_path: Path, awaited: bool) -> None:
    seen: list[int] = []

    async def slowly(got: int, _: int | None) -> None:
        await asyncio.sleep(0)
        seen.append(got)

    def at_once(got: int, _: int | None) -> None:
        seen.append(got)

    async def main() -> None:
        settings = Settings(provider, Secret("sk-very-secret"), "https://api.test")
        transport = httpx.MockTransport(lambda _: httpx.Response(200, content=VIDEO))
        shell = AsyncShell(settings, httpx.AsyncClient(transport=transport))
        result = AsyncVideo("https://cdn.test/v.mp4", None, AsyncTask(shell, provider.operations["make"], "t1"))
        await result.save(tmp_path / "v.mp4", on_bytes=slowly if awaited else at_once)

    asyncio.run(main())
    assert seen == [len(VIDEO)]


def test_a_sync_client_refuses_a_callback_that_it_cannot_await(provider: Provider, tmp_path: Path) -> None:
    async def news(*_: object) -> None:
        raise AssertionError

    with pytest.raises(errors.ConfigurationError, match="only an async client awaits"):
        video(provider, Server([])).save(tmp_path / "v.mp4", on_bytes=news)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://api.test/files/v.mp4", True),
        ("https://api.test:443/files/v.mp4", True),
        ("http://api.test/files/v.mp4", False),
        ("https://api.test:8443/v.mp4", False),
        ("https://api.test.evil.example/v.mp4", False),
        ("https://cdn.test/v.mp4", False),
    ],
)
def test_the_key_goes_to_the_apis_own_origin_only(provider: Provider, tmp_path: Path, url: str, key: bool) -> None:
    server = Server([])
    video(provider, server, url).save(tmp_path / "v.mp4")
    assert server.seen[0].headers.get("authorization") == ("Bearer sk-very-secret" if key else None)


def test_a_redirect_does_not_take_the_key_along(provider: Provider, tmp_path: Path) -> None:
    server = Server([])

    def redirecting(request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.test":
            server.seen.append(request)
            return httpx.Response(302, headers={"location": "https://cdn.test/v.mp4?signed=1"})
        return server(request)

    video(provider, redirecting, "https://api.test/v.mp4").save(tmp_path / "v.mp4")
    assert [request.headers.get("authorization") for request in server.seen] == ["Bearer sk-very-secret", None]


def test_redirects_end(provider: Provider, tmp_path: Path) -> None:
    loop = lambda request: httpx.Response(302, headers={"location": str(request.url)})  # noqa: E731
    with pytest.raises(errors.ProviderError):
        video(provider, loop).save(tmp_path / "v.mp4")


class Changing:
    """A file server whose file is another one after the first answer broke off."""

    def __init__(self, careless: bool) -> None:
        self.versions = [VIDEO, bytes(reversed(VIDEO))]
        self.careless = careless
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        version = min(len(self.seen), 2)
        data, etag = self.versions[version - 1], f'"v{version}"'
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start and not self.careless and request.headers["if-range"] != etag:
            start = 0
        headers = {"content-length": str(len(data) - start), "etag": etag}
        if start:
            headers["content-range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return httpx.Response(
            206 if start else 200, headers=headers, stream=Broken(data[start:], [700, None][version - 1])
        )


@pytest.mark.parametrize("careless", [False, True], ids=["the server minds If-Range", "the server does not"])
def test_parts_of_two_versions_are_not_put_together(provider: Provider, tmp_path: Path, careless: bool) -> None:
    server = Changing(careless)
    path = video(provider, server).save(tmp_path / "v.mp4")
    assert path.read_bytes() == server.versions[1]
    assert server.seen[1].headers["range"] == "bytes=700-"
    assert len(server.seen) == (3 if careless else 2)


@given(sent=st.integers(1, len(VIDEO) - 1))
def test_less_than_was_announced_is_not_kept(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory, sent: int
) -> None:
    folder = tmp_path_factory.mktemp("v")

    def short(request: httpx.Request) -> httpx.Response:
        if "range" in request.headers:
            return httpx.Response(416, headers={"content-range": f"bytes */{sent}"})
        headers = {"content-length": str(len(VIDEO)), "etag": '"v1"'}
        return httpx.Response(200, headers=headers, stream=Broken(VIDEO[:sent], None))

    with pytest.raises(errors.ConnectionFailed) as raised:
        video(provider, short).save(folder / "v.mp4")
    assert f"{sent} of {len(VIDEO)} bytes arrived" in str(raised.value) or "416" in str(raised.value)
    assert list(folder.iterdir()) == []


@given(extra=st.integers(1, 5000))
def test_more_than_was_announced_is_not_kept(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory, extra: int
) -> None:
    folder, longer = tmp_path_factory.mktemp("v"), VIDEO + bytes(extra)

    def long(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(len(VIDEO))}, stream=Broken(longer, None))

    with pytest.raises(errors.ConnectionFailed, match=f"{len(longer)} of {len(VIDEO)} bytes"):
        video(provider, long).save(folder / "v.mp4")
    assert list(folder.iterdir()) == []


def test_a_range_the_server_does_not_have_begins_anew(provider: Provider, tmp_path: Path) -> None:
    seen: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("range"))
        if seen[-1] is not None:
            return httpx.Response(416)
        headers = {"content-length": str(len(VIDEO)), "etag": '"v1"'}
        return httpx.Response(200, headers=headers, stream=Broken(VIDEO, None if len(seen) > 1 else 50))

    assert video(provider, handler).save(tmp_path / "v.mp4").read_bytes() == VIDEO
    assert seen == [None, "bytes=50-", None]
