"""What a page is told, and when."""

from __future__ import annotations

import asyncio
import threading

import orjson
import pytest

from mockserver import Clock
from mockserver.asgi import App
from mockserver.dashboard.live import Watch, shown
from mockserver.http import Request
from mockserver.mock import Mock
from mockserver.stores import MemoryStore, open_store

HEADERS = {b"authorization": b"Bearer a-test-key", b"content-type": b"application/json"}
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}


class Page:
    """An application, a real time that the test moves, and a watch on both."""

    def __init__(self, mock: Mock) -> None:
        self.app, self.real = App(mock.engines.values(), mock.clock), 0.0
        self.mock, self.watch = mock, Watch(self.app, lambda: self.real)

    def news(self):
        return asyncio.run(self.watch.news())

    def post(self, body=BODY):
        path = "/v3/async/kling-v3.0-std-i2v"
        request = Request("POST", path, b"", HEADERS, orjson.dumps(body), "http://mock.test")
        return self.mock.engine.handle(request, self.mock.clock.now())


@pytest.fixture
def page():
    return Page(Mock("novita", clock=Clock.manual()))


def test_everything_at_first_then_nothing(page):
    page.post()
    kind, told = page.news()
    assert (kind, len(told["tasks"]), len(told["exchanges"]), told["faults"]) == ("start", 1, 1, [])
    assert page.news() is None


def test_exchanges_with_their_tasks(page):
    page.news()
    page.post()
    page.post({"prompt": 3})
    kind, told = page.news()
    assert kind == "news"
    assert [one["number"] for one in told["exchanges"]] == [1, 2]
    assert [one["state"] for one in told["tasks"]] == ["queued"]
    assert page.news() is None


def test_a_task_is_told_again_only_when_its_state_changes(page):
    page.post()
    page.news()
    states = []
    for _ in range(100):
        page.mock.clock.advance(2)
        states += [task["state"] for task in page.news()[1].get("tasks", ())]
    assert states == ["running", "succeeded"]


def test_the_clock_whoever_moved_it(page):
    page.news()
    page.mock.clock.advance(30)
    kind, told = page.news()
    assert (kind, set(told), told["clock"]["now"]) == ("news", {"clock"}, page.mock.clock.now())
    assert page.news() is None
    page.mock.clock.speed = 60
    assert page.news()[1]["clock"]["speed"] == 60


def test_a_clock_that_goes_as_told_is_no_news():
    page = Page(Mock("novita", clock=Clock(60, 0, since=0, real=lambda: page.real)))
    page.news()
    page.real += 10
    assert page.news() is None


def test_faults_as_they_are_scripted_and_used_up(page):
    page.news()
    page.mock.faults.add("status", times=1)
    assert [one["left"] for one in page.news()[1]["faults"]] == [1]
    page.post()
    assert page.news()[1]["faults"] == []


@pytest.mark.parametrize("again", [0, 3])
def test_a_reset_starts_anew(page, again):
    page.post()
    page.post()
    page.news()
    page.mock.reset()
    for _ in range(again):
        page.post()
    kind, told = page.news()
    assert (kind, len(told["tasks"]), len(told["exchanges"])) == ("start", again, again)


def test_tasks_that_another_process_accepted(tmp_path):
    place = str(tmp_path / "tasks.db")
    here, there = (Page(Mock("novita", clock=Clock.manual(), store=open_store(place), worker=n)) for n in (1, 2))
    here.news()
    there.post()
    news = [found for _ in range(20) if (found := here.news())]
    assert [len(told["tasks"]) for _, told in news] == [1]
    for page in (here, there):
        page.app.store.close()


class Asked(MemoryStore):
    """A store that knows in which threads tasks were read from it."""

    def __init__(self):
        super().__init__()
        self.threads = []

    def get(self, provider, task_id):
        self.threads.append(threading.get_ident())
        return super().get(provider, task_id)


def test_a_task_is_read_once_and_not_where_requests_are_answered():
    store = Asked()
    page = Page(Mock("novita", clock=Clock.manual(), store=store))
    for _ in range(3):
        page.post()
    page.news()
    page.post()
    page.news()
    page.mock.clock.advance(1_000)
    assert [task["state"] for task in page.news()[1]["tasks"]] == ["succeeded"] * 4
    assert len(store.threads) == 4
    assert threading.get_ident() not in store.threads


def test_a_store_that_fails_ends_the_stream(page, caplog):
    from mockserver.dashboard.live import stream

    def fails(*_):
        raise OSError("gone")

    sent = []

    async def send(message):
        sent.append(message)

    page.mock.store.newest = fails
    asyncio.run(stream(page.app, Request("GET", "", b"", {}, b"", ""), asyncio.Event().wait, send))
    assert sent[-1] == {"type": "http.response.body", "body": b""}
    assert "gone" in caplog.text
    assert page.mock.journal.listeners == [page.watch._hear]


def test_a_closed_watch_is_not_told(page):
    page.watch.close()
    assert page.mock.journal.listeners == []


def test_long_texts_are_cut_so_that_the_rest_of_the_body_is_seen(page):
    page.post({**BODY, "image": "data:image/png;base64," + "A" * 100_000, "cfg_scale": 7})
    found = shown(page.mock.journal.last, 1)
    assert found["request"]["cfg_scale"] == 7
    assert found["request"]["image"].endswith("… (100,022 characters)")
    assert len(orjson.dumps(found)) < 5_000


def test_a_body_that_is_no_json_is_shown_as_text(page):
    page.mock.engine.handle(Request("POST", "/v3/async/kling-v3.0-std-i2v", b"", HEADERS, b"{nope", ""), 0)
    assert shown(page.mock.journal.last, 1)["request"] == "{nope"


def test_the_stream_ends_with_its_page(page):
    from mockserver.dashboard.live import stream

    sent = []

    async def run():
        async def send(message):
            sent.append(message)

        async def receive():
            while len(sent) < 2:
                await asyncio.sleep(0)
            return {"type": "http.disconnect"}

        await asyncio.wait_for(stream(page.app, Request("GET", "", b"", {}, b"", ""), receive, send), 5)

    before = len(page.mock.journal.listeners)
    asyncio.run(run())
    assert sent[1]["body"].startswith(b"event: start\ndata: {")
    assert len(page.mock.journal.listeners) == before
