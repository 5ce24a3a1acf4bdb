from __future__ import annotations

import httpx
import orjson
import pytest

from mockserver import Clock, MockServer
from mockserver.clock import END

KEY = {"Authorization": "Bearer a-test-key"}
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"


@pytest.fixture(scope="module")
def shared():
    with MockServer("novita", clock=Clock.manual()) as mock, httpx.Client(base_url=mock.url, headers=KEY) as http:
        yield mock, http


@pytest.fixture
def served(shared):
    shared[0].reset()
    return shared


def test_the_journal_masks_keys_and_can_be_read_from_a_number_on(served):
    _, http = served
    for _ in range(3):
        http.post(PATH, json=BODY)
    http.post(PATH, json={})
    kept = http.get("/_mock/journal").json()
    assert [found["number"] for found in kept] == [1, 2, 3, 4]
    assert kept[0]["headers"]["authorization"] == "Bearer …"
    assert kept[3]["verdict"] == "invalid_request"
    assert "image.required" in [found["rule"] for found in kept[3]["violations"]]
    assert [found["number"] for found in http.get("/_mock/journal?after=1&limit=2").json()] == [3, 4]
    assert http.delete("/_mock/journal").json() == {"exchanges": 0}
    assert http.get("/_mock/journal").json() == []


def test_tasks_tell_their_shots(served):
    mock, http = served
    shots = [{"prompt": "One", "duration": 4}, {"prompt": "Two", "duration": 6}]
    http.post(PATH, json={**BODY, "multi_prompt": shots, "duration": 10})
    mock.clock.advance(10_000)
    (task,) = http.get("/_mock/tasks").json()
    assert task["shots"] == [["One", 4], ["Two", 6]]
    assert (task["state"], task["seconds"]) == ("succeeded", 10)
    mock.faults.add("stuck")
    http.post(PATH, json=BODY)
    assert http.get("/_mock/tasks?limit=1").json()[0]["finished"] is None


def test_shots_are_told_of_the_body_as_it_was_understood():
    shots = [{"prompt": "One", "duration": 2}, {"prompt": "Two", "duration": 3}]
    body = {"first_frame": BODY["image"], "multi_shot": "true", "shot_type": "customize", "multi_prompt": shots}
    with MockServer("mulerouter", clock=Clock.manual(), lenient=["text_booleans"]) as mock:
        path = mock.engine.contract.submits[0].path
        assert httpx.post(mock.url + path, json=body | {"prompt": "Both"}, headers=KEY).status_code == 202
        (task,) = httpx.get(f"{mock.url}/_mock/tasks").json()
    assert task["shots"] == [["One", 2], ["Two", 3]]


def test_the_clock_is_moved_over_http(served):
    mock, http = served
    before = http.get("/_mock/clock").json()["now"]
    assert http.post("/_mock/clock", json={"advance": 30}).json()["now"] == before + 30 == mock.clock.now()
    assert http.post("/_mock/clock", json={"speed": 2}).json()["speed"] == 2
    http.post("/_mock/clock", json={"speed": 0})


def test_faults_are_scripted_over_http(served):
    _, http = served
    (added,) = http.post("/_mock/faults", json={"kind": "status", "status": 500, "times": 2}).json()
    assert (added["kind"], added["left"]) == ("status", 2)
    assert http.post(PATH, json=BODY).status_code == 500
    assert http.get("/_mock/faults").json()[0]["left"] == 1
    assert http.delete("/_mock/faults").json() == []
    assert http.post(PATH, json=BODY).status_code == 200


def test_reset(served):
    mock, http = served
    http.post(PATH, json=BODY)
    http.post("/_mock/reset", json={})
    assert len(mock.journal) == 0
    assert http.get("/_mock/tasks").json() == []


def test_events_as_they_happen_and_those_that_were_missed(served):
    _, http = served
    http.post(PATH, json=BODY)
    seen = []
    with http.stream("GET", "/_mock/events", headers={"Last-Event-ID": "0"}) as stream:
        lines = stream.iter_lines()
        for wanted in (1, 2):
            while not (line := next(lines)).startswith("data: "):
                continue
            seen.append(orjson.loads(line[6:])["number"])
            if wanted == 1:
                http.post(PATH, json=BODY)
    assert seen == [1, 2]


def test_the_document_names_this_server(served):
    mock, http = served
    document = http.get("/_mock/openapi.json").json()
    assert document["servers"] == [{"url": mock.url}]
    assert PATH in document["paths"]


def test_an_event_id_that_is_none_misses_nothing(served):
    _, http = served
    http.post(PATH, json=BODY)
    with http.stream("GET", "/_mock/events", headers={"Last-Event-ID": "9" * 5_000}) as stream:
        assert next(stream.iter_lines()) == ": the mock's exchanges"


def test_the_clock_ends_with_the_last_year_that_can_be_written(served):
    mock, http = served
    before, body = mock.clock.now(), orjson.dumps({"advance": 1_000_000_000})
    for _ in range(300):
        http.post("/_mock/clock", content=body, headers={"content-type": "application/json"})
    assert http.get("/_mock/clock").json()["now"] == END
    task = http.post(PATH, json=BODY)
    assert task.status_code == 200
    assert http.get("/v3/async/task-result", params=task.json()).status_code == 200
    mock.clock.pass_by(before - mock.clock.now())


def as_json(body):
    return {"content": body, "headers": {"content-type": "application/json"}}


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "problem"),
    [
        ("GET", "/_mock/nothing", {}, 404, "nothing at"),
        ("PUT", "/_mock/clock", {}, 405, "use GET or POST"),
        ("POST", "/_mock/clock", {"json": {"advance": -1}}, 400, "advance: -1"),
        ("POST", "/_mock/clock", {"json": {"speed": 1_000_001}}, 400, "speed: 1000001 is no number of 0 to 1,000,000"),
        ("POST", "/_mock/clock", {"json": {}}, 400, "`advance`"),
        ("POST", "/_mock/clock", {"json": []}, 400, "no object"),
        ("POST", "/_mock/clock", {"content": "{", "headers": {"content-type": "application/json"}}, 400, "no JSON"),
        ("POST", "/_mock/reset", {"data": {"a": 1}}, 415, "application/json"),
        ("POST", "/_mock/faults", {"json": {"kind": "x"}}, 400, "'x' is unknown"),
        ("GET", "/_mock/journal?after=x", {}, 400, "'x' is no whole number"),
        ("GET", "/_mock/tasks?limit=99999999999999999999", {}, 400, "up to 15 digits"),
        ("GET", f"/_mock/journal?limit={'9' * 5_000}", {}, 400, "up to 15 digits"),
        ("POST", "/_mock/faults", as_json(b"[" * 900 + b"]" * 900), 400, "nested more than 64 levels deep"),
        ("POST", "/_mock/dashboard/check", as_json(b"[" * 900 + b"]" * 900), 400, "body"),
        ("GET", "/", {}, 404, "look below /_mock/"),
        ("GET", "/_mock/openapi.json?provider=x", {}, 400, "'x' is not served"),
    ],
)
def test_bad_requests_are_told_why(served, method, path, options, status, problem):
    answered = served[1].request(method, path, **options)
    assert (answered.status_code, problem in answered.json()["error"]) == (status, True)
