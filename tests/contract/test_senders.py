"""Sending over HTTP to servers that behave badly, and how long a 429 is waited out."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.cases import Call
from contract.exchange import Answer
from contract.runner import Unreachable
from contract.senders import http
from contract.waiting import pause, retry_after

POST = Call("POST", "/x", content=b'{"a": 1}')


@contextmanager
def server(answer: bytes | None) -> Iterator[str]:
    """A server that reads a request and sends the bytes; None keeps silent until the caller goes away."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            if answer is None:
                while connection.recv(65536):
                    continue
            else:
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def failure(url: str, headers: dict[str, str] | None = None, timeout: float = 30) -> Unreachable:
    with pytest.raises(Unreachable) as found, http(url, timeout) as send:
        send(POST, headers or {})
    return found.value


def test_a_connection_that_drops_after_the_request_tells_that_it_was_sent() -> None:
    with server(b"") as url:
        assert failure(url).sent


def test_a_server_that_keeps_silent_is_left_in_time() -> None:
    with server(None) as url:
        found = failure(url, timeout=0.2)
    assert found.sent
    assert str(found) == "no answer within 0 s"


def test_nobody_there_and_no_address_tell_that_nothing_was_sent() -> None:
    assert not failure("http://127.0.0.1:1").sent
    assert not failure("http://exa mple:x").sent


def test_a_header_that_cannot_be_sent_is_not_repeated() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = failure(f"http://127.0.0.1:{listening.getsockname()[1]}", {"Authorization": "Bearer the-secret-key\r"})
    assert not found.sent
    assert "secret" not in str(found)


def test_a_body_is_unpacked_where_it_is_packed_and_taken_as_it_is_where_not(helpers: Any) -> None:
    for body in (gzip.compress(b'{"a": 1}'), b'{"a": 1}'):
        with helpers.served(lambda *_, b=body: Answer(400, b, {"Content-Encoding": "gzip"})) as url, http(url) as send:
            found = send(POST, {})
        assert (found.status, found.body) == (400, b'{"a": 1}')


def test_sending_works_where_an_event_loop_runs(helpers: Any) -> None:
    import asyncio

    async def inside(url: str) -> int:
        with http(url) as send:
            return send(POST, {}).status

    with helpers.served(lambda *_: Answer(404, b"{}")) as url:
        assert asyncio.run(inside(url)) == 404


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "30.5"}, 30.5),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "9" * 400}, 3600),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 -0000", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 1),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:45 GMT"}, 45),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:45 GMT", "date": "today"}, 45),
        ({"retry-after": "²"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Answer(429, b"", headers), datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds


def waits(headers: dict[str, str]) -> list[float]:
    found: list[float] = []
    while (wait := pause(Answer(429, b"", headers), found)) is not None:
        found.append(wait)
    return found


def test_waits_double_up_to_a_minute_and_a_half() -> None:
    assert waits({}) == waits({"retry-after": "0"}) == [1, 2, 4, 8, 16, 32, 27]
    assert waits({"retry-after": "20"}) == [20] * 5
    assert waits({"retry-after": "Sat, 21 Nov 2015 11:00:00 GMT"}) == [1, 2, 4, 8, 16]
