from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress

import httpx
import pytest

from mockserver import Clock, MockProvider, MockServer, pump
from mockserver.webhooks import RETRIES, Notice, Webhooks

KEY = {"Authorization": "Bearer a-test-key"}
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"
HOOK = "https://hooks.test/done"


@pytest.fixture
def mock():
    found = MockProvider("novita", clock=Clock.manual(), webhook=HOOK)
    with found:
        yield found


def submit(mock, **more):
    answer = httpx.post(mock.base_url + PATH, json={**BODY, **more}, headers=KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()["task_id"]


def test_the_end_is_told_with_what_a_poll_would_answer(mock):
    hook = mock.router.post(HOOK).respond(204)
    task_id = submit(mock)
    assert mock.deliver_webhooks() == []
    mock.clock.advance(1000)
    (sent,) = mock.deliver_webhooks()
    polled = httpx.get(mock.base_url + "/v3/async/task-result", params={"task_id": task_id}, headers=KEY).json()
    assert sent.event == {"event_type": "ASYNC_TASK_RESULT", "payload": polled}
    assert (sent.status, hook.call_count) == (204, 1)
    assert mock.deliver_webhooks() == []


def test_a_hook_that_fails_is_tried_five_times_more(mock):
    mock.router.post(HOOK).mock(side_effect=[httpx.Response(500), httpx.ConnectError("refused")] * 3)
    submit(mock)
    mock.clock.advance(1000)
    for _ in range(20):
        mock.deliver_webhooks()
        mock.clock.advance(100)
    assert [attempt.status for attempt in mock.webhooks.sent] == [500, 0] * 3
    assert len(mock.webhooks.sent) == 1 + RETRIES


@pytest.mark.parametrize(("kind", "count"), [("webhook_lost", 0), ("webhook_repeated", 2), ("fail", 1), ("stuck", 0)])
def test_faults(mock, kind, count):
    mock.router.post(HOOK).respond(200)
    mock.faults.add(kind)
    submit(mock)
    mock.clock.advance(1000)
    assert len(mock.deliver_webhooks()) == count


def test_a_request_names_its_own_hook_where_unknown_members_are_forgiven():
    extra = {"webhook": {"url": HOOK, "test_mode": {"enabled": True, "return_task_status": "TASK_STATUS_FAILED"}}}
    with MockProvider("novita", clock=Clock.manual(), lenient=["unknown_fields"]) as mock:
        mock.router.post(HOOK).respond(200)
        submit(mock, extra=extra)
        (sent,) = mock.deliver_webhooks()
    assert sent.event["payload"]["task"]["status"] == "TASK_STATUS_FAILED"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9/x", True),
        ("http://[::1]:9/x", True),
        ("http://localhost/x", True),
        ("http://10.0.0.1/x", False),
        ("http://example.test/x", False),
        ("file:///etc/passwd", False),
        ("http://[oops", False),
        ("http://localhost:abc/", False),
        ("http://127.0.0.1:99999/", False),
        ("http://localhost\n/x", False),
    ],
)
def test_only_this_host_is_sent_to_by_default(url, allowed):
    hooks = Webhooks()
    hooks.plan(Notice(0, url, "novita", "id", ""))
    assert hooks.pending == allowed
    assert len(hooks.sent) == (not allowed)


def test_a_served_mock_sends_by_itself():
    with MockServer("novita", clock=Clock.manual()) as receiver:
        with MockServer("novita", instant=True, webhook=f"{receiver.url}/hook") as mock:
            assert httpx.post(mock.url + PATH, json=BODY, headers=KEY).status_code == 200
            end = time.monotonic() + 10
            while not len(receiver.journal) and time.monotonic() < end:
                time.sleep(0.01)
        assert receiver.journal[0].json["payload"]["task"]["status"] == "TASK_STATUS_SUCCEED"


WRONG = ["http://localhost:abc/", "http://[oops", "http://" + "a" * 70 + ".test/", "http://a\x01b/", "http://xn--/"]


@pytest.mark.parametrize("url", WRONG)
def test_a_url_that_is_none_holds_up_nobody(url):
    with MockProvider("novita", clock=Clock.manual(), webhook=HOOK, lenient=["unknown_fields"]) as mock:
        mock.router.post(HOOK).respond(200)
        mock.router.route(host__regex="^a+.test$").pass_through()
        submit(mock, callback_url=url)
        submit(mock)
        mock.clock.advance(1000)
        mock.deliver_webhooks()
        assert sorted(sent.status for sent in mock.webhooks.sent) == [0, 200]
        assert all(sent.error for sent in mock.webhooks.sent if not sent.status)


def test_a_served_mock_delivers_past_a_url_that_is_none():
    with MockServer("novita", clock=Clock.manual()) as receiver:
        with MockServer(
            "novita", instant=True, webhook=f"{receiver.url}/hook", webhooks=Webhooks(anywhere=True), lenient=True
        ) as mock:
            for more in ({"callback_url": url} for url in WRONG):
                assert httpx.post(mock.url + PATH, json={**BODY, **more}, headers=KEY).status_code == 200
            assert httpx.post(mock.url + PATH, json=BODY, headers=KEY).status_code == 200
            end = time.monotonic() + 10
            while not len(receiver.journal) and time.monotonic() < end:
                time.sleep(0.01)
        assert len(receiver.journal) == 1


@contextmanager
def receiver_that(answers):
    """Serve `answers(connection)` in a thread for each connection; yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError):
                while True:
                    connection = listening.accept()[0]
                    threading.Thread(target=served, args=(connection,), daemon=True).start()

        def served(connection):
            with connection, suppress(OSError):
                connection.recv(65_536)
                answers(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        listening.shutdown(socket.SHUT_RDWR)


def drips(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def floods(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


@pytest.mark.parametrize(("answers", "status"), [(drips, 0), (floods, 200)])
def test_a_receiver_that_never_ends_holds_up_nobody(answers, status, monkeypatch):
    monkeypatch.setattr(pump, "TIMEOUT", 0.4)
    with receiver_that(answers) as slow, MockServer("novita", clock=Clock.manual()) as receiver:
        hook = f"{receiver.url}/hook"
        with MockServer("novita", instant=True, webhook=slow, lenient=["unknown_fields"]) as mock:
            for more in ({}, {"callback_url": hook}):
                httpx.post(mock.url + PATH, json={**BODY, **more}, headers=KEY)
            end = time.monotonic() + 10
            while len(mock.webhooks.sent) < 2 and time.monotonic() < end:
                time.sleep(0.01)
    sent = {attempt.url: attempt.status for attempt in mock.webhooks.sent}
    assert sent == {slow: status, hook: 404}
    if not status:
        assert [attempt.url for attempt in mock.webhooks.sent] == [hook, slow]
        assert mock.webhooks.sent[1].error == "no answer within 0.4 s"


def test_what_no_route_takes_is_a_failed_attempt(mock):
    submit(mock)
    mock.clock.advance(1000)
    (sent,) = mock.deliver_webhooks()
    assert sent.status == 0
    assert "not mocked" in sent.error
    mock.router.post(HOOK).respond(200)
    mock.clock.advance(1)
    assert [attempt.status for attempt in mock.deliver_webhooks()] == [200]


def test_one_is_sent_again_with_what_it_said_then():
    with MockServer("novita", clock=Clock.manual()) as receiver:
        hook = f"{receiver.url}/hook"
        with MockServer("novita", instant=True, webhook=hook) as mock:
            httpx.post(mock.url + PATH, json=BODY, headers=KEY)

            def received(count):
                end = time.monotonic() + 10
                while len(mock.webhooks.sent) < count and time.monotonic() < end:
                    time.sleep(0.01)
                assert len(mock.webhooks.sent) == count

            received(1)
            (first,) = httpx.get(f"{mock.url}/_mock/webhooks").json()
            for pending in mock.webhooks.due(float("inf")):  # the receiver refused: what would be tried again
                assert pending.attempts == 1
            mock.store.reset()
            again = httpx.post(f"{mock.url}/_mock/webhooks", json={"task": first["task"], "url": hook})
            assert again.status_code == 200
            received(2)
            assert [sent.attempt for sent in mock.webhooks.sent] == [1, 2]
            assert receiver.journal[0].json == receiver.journal[1].json == first["event"]
            wrong = {"task": "x", "url": hook}
            assert "nothing was sent" in httpx.post(f"{mock.url}/_mock/webhooks", json=wrong).json()["error"]
