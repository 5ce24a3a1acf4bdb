"""A fetcher is polite: it waits between two requests to one host, and as long as a site asks for."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from codegen import fetch
from codegen.fetch import Fetcher
from specs.errors import PageError


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def fetcher(time: Time, *replies: httpx.Response) -> tuple[Fetcher, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    left = list(replies)

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0) if len(left) > 1 else left[0]

    transport = httpx.MockTransport(handler)
    return Fetcher(transport=transport, pause=0.5, sleep=time.sleep, clock=time.clock), asked


def test_a_pause_between_two_requests_to_one_host() -> None:
    time = Time()
    found, _ = fetcher(time, httpx.Response(200, content=b"page"))
    with found:
        for address in ("https://one.example/a", "https://two.example/a", "https://one.example/b"):
            assert found.fetch(address).body == b"page"
    assert time.slept == [0.5]


def test_what_is_known_is_not_sent_again() -> None:
    found, asked = fetcher(Time(), httpx.Response(304, headers={"etag": '"b"'}))
    with found:
        answer = found.fetch("https://one.example/a", '"a"', "Sat, 21 Nov 2026 08:00:00 GMT")
    assert answer.body is None
    assert asked[0].headers["if-none-match"] == '"a"'
    assert asked[0].headers["if-modified-since"] == "Sat, 21 Nov 2026 08:00:00 GMT"


def test_a_site_says_how_long_to_wait() -> None:
    time = Time()
    busy = httpx.Response(429, headers={"retry-after": "7"})
    found, asked = fetcher(time, busy, httpx.Response(200, content=b"page"))
    with found:
        assert found.fetch("https://one.example/a").body == b"page"
    assert time.slept == [7.0]
    assert len(asked) == 2


def test_a_site_says_until_when_to_wait() -> None:
    time = Time()
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
    busy = httpx.Response(503, headers={"retry-after": until})
    found, _ = fetcher(time, busy, httpx.Response(200, content=b"page"))
    with found:
        assert found.fetch("https://one.example/a").body == b"page"
    assert 0 < time.slept[0] <= 15.0


@pytest.mark.parametrize("after", ["²", "soon", "-1", ""])
def test_who_does_not_say_how_long_is_asked_again_as_ever(after: str) -> None:
    time = Time()
    busy = httpx.Response(503, headers=[(b"retry-after", after.encode())])
    found, _ = fetcher(time, busy, httpx.Response(200, content=b"page"))
    with found:
        assert found.fetch("https://one.example/a").body == b"page"
    assert time.slept == [1.0]


def refused(time: Time, reply: httpx.Response, said: str) -> list[httpx.Request]:
    found, asked = fetcher(time, reply)
    with found, pytest.raises(PageError, match=said):
        found.fetch("https://one.example/a")
    return asked


def test_attempts_end() -> None:
    time = Time()
    assert len(refused(time, httpx.Response(502), r"answers 502 .*\(the site has trouble: try again later\)")) == 3
    assert time.slept == [1.0, 2.0]


def test_who_asks_for_an_hour_is_not_waited_for() -> None:
    time = Time()
    assert len(refused(time, httpx.Response(503, headers={"retry-after": "3600"}), "answers 503")) == 1
    assert time.slept == []


def test_what_is_gone_is_not_asked_for_again() -> None:
    assert len(refused(Time(), httpx.Response(410), r"answers 410 .*\(check the address\)")) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (httpx.Response(302), "answers 302 and not where the page is"),
        (httpx.Response(302, headers={"location": "https://one.example:port/"}), "Invalid URL in location"),
        (httpx.Response(302, headers={"location": f"https://{'a' * 70}.example/"}), "redirects to a+.example"),
    ],
)
def test_a_redirect_to_nowhere_is_an_error(reply: httpx.Response, said: str) -> None:
    refused(Time(), reply, said)


TEXT = "# 视频生成\n\n每次最多 15 秒。\n"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (TEXT.encode("gb18030"), "GB18030"),
        (TEXT.encode("utf-16"), None),
        (TEXT.encode("utf-16-le"), "utf-16le"),
        (TEXT.encode(), "ISO-8859-1"),
        (TEXT.encode(), None),
    ],
)
def test_a_page_in_another_encoding_is_the_same_page(data: bytes, charset: str | None) -> None:
    kind = "text/markdown" + (f"; charset={charset}" if charset else "")
    found, _ = fetcher(Time(), httpx.Response(200, headers={"content-type": kind}, content=data))
    with found:
        assert found.fetch("https://one.example/a").body == TEXT.encode()


def test_a_page_in_no_known_encoding_is_an_error() -> None:
    for charset, said in (("klingon", "no known encoding"), ("ascii", "says it is in ascii, and is not")):
        kind = {"content-type": f"text/plain; charset={charset}"}
        refused(Time(), httpx.Response(200, headers=kind, content=b"caf\xe9"), said)


def test_headers_that_never_end_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.2)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            peer, _ = server.accept()
            with peer, suppress(OSError):
                peer.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ended.wait(0.02):
                    peer.sendall(b"X-More: yes\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(PageError, match=r"took more than 0.2 s"):
                fetch.get(f"http://127.0.0.1:{server.getsockname()[1]}/a")
        finally:
            ended.set()
            thread.join()
