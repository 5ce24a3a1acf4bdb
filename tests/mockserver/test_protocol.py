"""Requests on a wire, byte by byte: heads that are known, bodies in pieces, several at once, answers that wait for the
store."""

from __future__ import annotations

import re
import socket
import sqlite3
import time
from contextlib import suppress

import httpx
import orjson
import pytest

import specs
from mockserver import Clock, MockProvider, MockServer
from mockserver.stores import MemoryStore
from mockserver.stores.sqlite import SqliteStore

CONTRACT = specs.load("novita")
PATH = CONTRACT.submits[0].path
BODY = orjson.dumps({"image": "https://images.test/fox.png", "prompt": "A fox"})
SPENT = orjson.dumps({"image": "https://images.test/fox.png", "prompt": "A fox", "duration": 99})


def request(body=BODY, path=PATH, *more, method="POST"):
    lines = [f"{method} {path} HTTP/1.1", "Host: mock.test", "Authorization: Bearer k", *more]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body if method == "POST" else b"")


class Wire:
    """A connection that is written to and read from answer by answer."""

    def __init__(self, server):
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part)

    def answer(self, *, head_only=False):
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        size = int(found[1]) if found and not head_only else 0
        while len(self.rest) < size:
            self._more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return int(head.split()[1]), body

    def asked(self, *parts):
        self.send(*parts)
        return self.answer()

    def _more(self):
        part = self.socket.recv(65_536)
        assert part, "the server closed the connection"
        self.rest += part


@pytest.fixture(scope="module")
def server():
    with MockServer(CONTRACT, clock=Clock.manual()) as mock:
        yield mock


@pytest.fixture
def wire(server):
    server.reset()
    found = Wire(server)
    yield found
    found.socket.close()


def test_a_head_that_is_known_is_answered_like_a_new_one(server, wire):
    told = [[wire.asked(request()), wire.asked(request(SPENT))] for _ in range(3) if server.reset() is None]
    assert told[0] == told[1] == told[2]
    assert [status for status, _ in told[0]] == [200, 400]


def test_a_body_that_comes_in_pieces(wire):
    whole = request()
    end = whole.index(b"\r\n\r\n") + 4
    statuses = [wire.asked(whole)[0]]
    statuses += [wire.asked(whole[:cut], whole[cut:])[0] for cut in (end, end - 1, end + 1, len(whole) - 1, 7)]
    statuses.append(wire.asked(*(whole[at : at + 1] for at in range(len(whole))))[0])
    assert statuses == [200] * 7


def test_requests_that_are_sent_at_once_are_answered_in_turn(wire):
    wire.asked(request())
    wire.send(request() + request(SPENT) + request(path="/healthz", method="GET") + request())
    assert [wire.answer()[0] for _ in range(4)] == [200, 400, 200, 200]
    wire.send(request() + request(SPENT)[:40])
    wire.send(request(SPENT)[40:])
    assert [wire.answer()[0] for _ in range(2)] == [200, 400]


def test_a_head_request_has_no_body(wire):
    for _ in range(3):
        wire.send(request(path="/nowhere", method="HEAD"))
        status, _ = wire.answer(head_only=True)
        assert status == 404
    assert wire.asked(request())[0] == 200


def test_blank_lines_before_a_request_are_no_head(wire):
    assert wire.asked(b"\r\n\r\n" + request(path="/nowhere", method="GET"))[0] == 404
    wire.send(b"\r\n\r\n")
    assert wire.asked(request())[0] == 200


def test_chunks_are_put_together(wire):
    plain = request()
    head, _, body = plain.partition(b"\r\n\r\n")
    chunked = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head) + b"\r\n\r\n"
    for text, status in ((body, 200), (SPENT, 400), (body, 200)):
        assert wire.asked(chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text))[0] == status


def test_a_body_beyond_the_limit_is_refused_each_time():
    with MockServer(CONTRACT, clock=Clock.manual(), body_limit=1_000) as mock:
        wire = Wire(mock)
        for size in (900, 1_100, 5_000, 5_000, 900):
            body = orjson.dumps({"image": "https://images.test/fox.png", "prompt": "x" * size})
            status, told = wire.asked(request(body))
            assert (status, b"more than 1,000 bytes" in told) == ((400, True) if len(body) > 1_000 else (200, False))
        wire.socket.close()


def test_nothing_is_answered_before_it_is_committed(tmp_path):
    path = tmp_path / "mock.sqlite3"
    with MockServer(CONTRACT, store=SqliteStore(path, grouped=True), requests_per_minute=1_000) as mock:
        wires = [Wire(mock) for _ in range(20)]
        for turn in range(4):
            for wire in wires:
                wire.send(request() * (1 + turn % 2))
            for wire in wires:
                for _ in range(1 + turn % 2):
                    status, body = wire.answer()
                    assert status == 200
                    assert _kept(path, orjson.loads(body)["task_id"])
        mock.reset()
        assert not sqlite3.connect(path).execute("SELECT count(*) FROM tasks").fetchone()[0]
        for wire in wires:
            wire.socket.close()


def _kept(path, task_id):
    other = sqlite3.connect(path)
    try:
        return other.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,)).fetchone() is not None
    finally:
        other.close()


class FullDisk(MemoryStore):
    """A store that takes everything and keeps nothing."""

    pending = True

    def commit(self):
        raise OSError("the disk is full")


def test_what_cannot_be_kept_is_not_accepted():
    with MockServer(CONTRACT, store=FullDisk()) as mock:
        wires = [Wire(mock) for _ in range(3)]
        for wire in wires:
            wire.send(request(), request(BODY, PATH, "X-Mock-Fault: drip=0.001"), request(SPENT))
        for wire in wires:
            answers = [wire.answer() for _ in range(3)]
            assert [status for status, _ in answers] == [500, 500, 400]
            for _, told in answers[:2]:
                assert orjson.loads(told)["reason"] == CONTRACT.errors.for_meaning("server_error").code
            wire.socket.close()


@pytest.mark.parametrize("at_once", [False, True])
def test_the_journal_and_webhooks_know_nothing_of_a_task_that_was_not_kept(at_once):
    webhook = {"url": "http://127.0.0.1:9/hook", "test_mode": {"enabled": at_once}}
    told = orjson.dumps({**orjson.loads(BODY), "extra": {"webhook": webhook}})
    with MockServer(CONTRACT, store=FullDisk(), lenient=True) as mock:
        wire = Wire(mock)
        assert wire.asked(request(told))[0] == 500
        wire.socket.close()
        assert [(found.verdict, found.status, found.task) for found in mock.journal] == [("server_error", 500, "")]
        assert mock.journal.submits == []
        assert not mock.webhooks.pending
        time.sleep(0.2)  # for what would be sent all the same
        assert list(mock.webhooks.sent) == []


def test_in_process_too_a_task_is_kept_before_it_is_told_of(tmp_path):
    path = tmp_path / "mock.sqlite3"
    asked = {"json": orjson.loads(BODY), "headers": {"Authorization": "Bearer a-key"}}
    with MockProvider(CONTRACT, store=SqliteStore(path, grouped=True)) as mock:
        answer = httpx.post(CONTRACT.servers[0] + PATH, **asked)
        assert _kept(path, answer.json()["task_id"])
        assert mock.journal.submits
    with MockProvider(CONTRACT, store=FullDisk()) as mock:
        assert httpx.post(CONTRACT.servers[0] + PATH, **asked).status_code == 500
        assert not mock.journal.submits


class Broken(MemoryStore):
    """A store with a mistake in it."""

    asked = 0

    def add(self, *_):
        self.asked += 1
        raise RuntimeError("a mistake")


@pytest.mark.parametrize("times", [1, 3])
def test_a_request_on_which_the_mock_fails_is_handled_once(times, capsys):
    store = Broken()
    with MockServer(CONTRACT, store=store) as mock:
        for _ in range(times):
            wire = Wire(mock)
            assert wire.asked(request(SPENT))[0] == 400
            assert wire.asked(request())[0] == 500
            wire.socket.close()
    assert store.asked == times
    assert capsys.readouterr().err.count("RuntimeError: a mistake") == times


UPGRADE = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB")


@pytest.mark.parametrize("wish", [UPGRADE, ("Upgrade: websocket", "Connection: keep-alive, upgrade")])
@pytest.mark.parametrize("size", [10_000, 350, 30, 1])
def test_a_wish_for_another_protocol_is_not_heard(wire, size, wish):
    polled = request(b"", "/v3/async/task-result?task_id=x", *wish, method="GET")
    for asked, expected in ((request(BODY, PATH, *wish), 200), (polled, 404), (request(SPENT, PATH, *wish), 400)) * 2:
        parts = [asked[start : start + size] for start in range(0, len(asked), size)]
        assert wire.asked(*parts)[0] == expected
    wire.send(request(BODY, PATH, *wish), polled + request(SPENT))
    assert [wire.answer()[0] for _ in range(3)] == [200, 404, 400]


def test_head_and_body_of_a_wish_for_another_protocol_in_two_parts(wire):
    asked = request(BODY, PATH, *UPGRADE)
    end = asked.index(b"\r\n\r\n") + 4
    for _ in range(3):
        assert wire.asked(asked[:end], asked[end:])[0] == 200


@pytest.mark.parametrize("path", ["/_mock/events", "/_mock/dashboard/live"])
def test_a_stream_ends_when_the_server_stops(path, capsys):
    with MockServer(CONTRACT) as mock:
        wire = Wire(mock)
        wire.send(request(b"", path, method="GET"))
        while b"data: " not in wire.rest and b": the" not in wire.rest:
            wire._more()
    assert capsys.readouterr().err == ""
    wire.socket.close()


@pytest.mark.parametrize(("fault", "answered"), [("hang_after", False), ("delay=3000", True), ("drip=3000", True)])
def test_nothing_that_passes_the_time_keeps_the_server_from_stopping(fault, answered, capsys):
    with MockServer(CONTRACT) as mock:
        wire = Wire(mock)
        wire.send(request(BODY, PATH, f"X-Mock-Fault: {fault}"))
        while not mock.journal:
            continue
    if answered:
        assert wire.answer()[0] == 200
    assert wire.socket.recv(1) == b""
    assert capsys.readouterr().err == ""
    wire.socket.close()


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "truncate"])
def test_a_broken_connection_is_no_mistake_of_the_server(fault, capsys):
    with MockServer(CONTRACT) as mock:
        wire = Wire(mock)
        wire.send(request(BODY, PATH, f"X-Mock-Fault: {fault}"))
        with suppress(ConnectionResetError):
            while wire.socket.recv(1_000):
                continue
    assert capsys.readouterr().err == ""
    wire.socket.close()
