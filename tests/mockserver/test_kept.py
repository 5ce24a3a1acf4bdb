"""What a store kept is served by a mock whose contract has changed meanwhile; what it lost is refused."""

from __future__ import annotations

import httpx
import orjson
import pytest

from mockserver import MockServer
from mockserver.http import Request
from mockserver.keeping import keep
from mockserver.mock import Mock
from mockserver.stores import MemoryStore
from mockserver.stores.sqlite import SqliteStore
from specs import loader, yaml12

BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
HEADERS = {"Authorization": "Bearer a-test-key"}
PATHS = {kind: f"/v3/async/kling-v3.0-{kind}-i2v" for kind in ("pro", "std")}


@pytest.fixture
def changed(tmp_path):
    """Write the spec of a provider without one of its paths."""

    def write(kind):
        document = yaml12.load(loader.HOME / "novita" / "openapi.yaml")
        del document["paths"][PATHS[kind]]
        path = tmp_path / "openapi.yaml"
        path.write_text(yaml12.dumps(document), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("lost", ["pro", "std"])
def test_tasks_of_an_operation_that_is_gone_are_not_known(changed, lost):
    store, kept = MemoryStore(), "std" if lost == "pro" else "pro"
    with MockServer("novita", store=store, instant=True) as mock, httpx.Client(headers=HEADERS) as http:
        ids = {kind: http.post(mock.url + path, json=BODY).json()["task_id"] for kind, path in PATHS.items()}
    with MockServer(changed(lost), store=store, instant=True) as mock, httpx.Client(headers=HEADERS) as http:
        (listed,) = http.get(f"{mock.url}/_mock/tasks").json()
        assert (listed["id"], listed["operation"]) == (ids[kept], f"kling_v3_0_{kept}_i2v")
        polls = {kind: http.get(f"{mock.url}/v3/async/task-result?task_id={ids[kind]}") for kind in PATHS}
        assert polls[kept].json()["task"]["task_type"] == f"KLING_V3_0_{kept.upper()}_I2V"
        assert polls[lost].json()["reason"] == "TASK_NOT_FOUND"
        assert http.head(f"{mock.url}/_mock/results/{ids[lost]}.mp4").status_code == 404
        with http.stream("GET", f"{mock.url}/_mock/dashboard/live") as live:
            assert next(live.iter_lines()) == "event: start"


@pytest.mark.parametrize("lost", ["pro", "std"])
def test_an_id_alone_names_no_operation_of_another_contract(changed, lost):
    with MockServer("novita", instant=True) as mock:
        task_id = httpx.post(mock.url + PATHS["pro"], json=BODY, headers=HEADERS).json()["task_id"]
    with MockServer(changed(lost), instant=True) as mock:
        told = httpx.get(f"{mock.url}/v3/async/task-result?task_id={task_id}", headers=HEADERS).json()
    assert told["reason"] == "TASK_NOT_FOUND"


def test_what_was_accepted_before_the_store_failed_is_refused_with_it(tmp_path):
    store = SqliteStore(tmp_path / "mock.sqlite3", grouped=True)
    mock = Mock("novita", store=store)
    store._db.execute("PRAGMA max_page_count = 9")  # a disk that is soon full
    body = orjson.dumps({**BODY, "prompt": "x" * 2_000})
    headers = {b"authorization": b"Bearer a-key", b"content-type": b"application/json"}
    replies = []
    while not replies or replies[-1].status == 200:
        request = Request("POST", PATHS["std"], b"", headers, body, "http://mock.test")
        replies.append(mock.engine.handle(request, mock.clock.now()))
    assert len(replies) > 1
    assert store.pending
    assert not len(mock.journal)
    keep(store, mock.engines.values())
    assert {reply.status for reply in replies} == {500}
    assert [found.verdict for found in mock.journal] == ["server_error"] * len(replies)
    assert store.tasks("novita", 9) == []
    store.close()
