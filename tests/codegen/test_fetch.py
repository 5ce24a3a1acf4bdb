"""A fetcher is polite: it waits between two requests to one host, and as long as a site asks for."""

from __future__ import annotations

import httpx
import pytest

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
    answer = found.fetch("https://one.example/a", '"a"', "Sat, 21 Nov 2026 08:00:00 GMT")
    assert answer.body is None
    assert asked[0].headers["if-none-match"] == '"a"'
    assert asked[0].headers["if-modified-since"] == "Sat, 21 Nov 2026 08:00:00 GMT"


def test_a_site_says_how_long_to_wait() -> None:
    time = Time()
    busy = httpx.Response(429, headers={"retry-after": "7"})
    found, asked = fetcher(time, busy, httpx.Response(200, content=b"page"))
    assert found.fetch("https://one.example/a").body == b"page"
    assert time.slept == [7.0]
    assert len(asked) == 2


def test_attempts_end() -> None:
    time = Time()
    found, asked = fetcher(time, httpx.Response(502))
    with pytest.raises(PageError, match="answers 502"):
        found.fetch("https://one.example/a")
    assert len(asked) == 3
    assert time.slept == [1.0, 2.0]


def test_who_asks_for_an_hour_is_not_waited_for() -> None:
    time = Time()
    found, asked = fetcher(time, httpx.Response(503, headers={"retry-after": "3600"}))
    with pytest.raises(PageError, match="answers 503"):
        found.fetch("https://one.example/a")
    assert (len(asked), time.slept) == (1, [])


def test_what_is_gone_is_not_asked_for_again() -> None:
    found, asked = fetcher(Time(), httpx.Response(410))
    with pytest.raises(PageError, match="answers 410"):
        found.fetch("https://one.example/a")
    assert len(asked) == 1
