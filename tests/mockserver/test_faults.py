"""Every fault, seen through httpx: in process and over real HTTP alike."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from mockserver import Clock, MockProvider, MockServer
from mockserver.faults import FATES, KINDS, NOTICES, Faults, parse_fault, parse_short
from mockserver.scenario import load
from specs.errors import ReelspecError

BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"
POLL = "/v3/async/task-result"


@contextlib.contextmanager
def through(adapter):
    """Yield a mock, and a client that reaches it."""
    options = {"headers": {"Authorization": "Bearer a-test-key"}, "timeout": 0.4}
    if adapter == "respx":
        with MockProvider("novita", clock=Clock.manual()) as mock:
            yield mock, httpx.Client(base_url=mock.base_url, **options)
    else:
        with MockServer("novita", clock=Clock.manual()) as mock, httpx.Client(base_url=mock.url, **options) as http:
            yield mock, http


@pytest.fixture(scope="module", params=["respx", "http"])
def shared(request):
    with through(request.param) as found:
        yield found


@pytest.fixture
def pair(shared):
    shared[0].reset()
    return shared


class TestAnswers:
    def test_a_status_with_the_providers_code(self, pair):
        mock, http = pair
        mock.faults.add("status", status=429, times=1)
        refused = http.post(PATH, json=BODY)
        assert (refused.status_code, refused.json()["reason"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert http.post(PATH, json=BODY).status_code == 200
        assert len(mock.journal.submits) == 1

    def test_a_status_with_a_body(self, pair):
        mock, http = pair
        mock.faults.add("status", status=503, body="<h1>down</h1>", times=1)
        assert (http.post(PATH, json=BODY).text, http.post(PATH, json=BODY).status_code) == ("<h1>down</h1>", 200)

    def test_429_with_retry_after(self, pair):
        mock, http = pair
        mock.faults.add("rate_limited", seconds=7)
        refused = http.get(POLL, params={"task_id": "x"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")

    def test_a_refusal_by_meaning(self, pair):
        mock, http = pair
        mock.faults.add("refuse", meaning="content_refused")
        assert http.post(PATH, json=BODY).json()["reason"] == "ILLEGAL_PROMPT"

    def test_malformed_json(self, pair):
        mock, http = pair
        mock.faults.add("garbage")
        answered = http.post(PATH, json=BODY)
        assert answered.status_code == 200
        with pytest.raises(ValueError, match=r"."):
            answered.json()

    def test_a_page_instead_of_json(self, pair):
        mock, http = pair
        mock.faults.add("html")
        answered = http.post(PATH, json=BODY)
        assert (answered.status_code, answered.headers["content-type"]) == (502, "text/html")


class TestConnections:
    @pytest.mark.parametrize(("kind", "accepted"), [("reset_before", 0), ("reset_after", 1)])
    def test_resets(self, pair, kind, accepted):
        mock, http = pair
        mock.faults.add(kind, times=1)
        with pytest.raises(httpx.ReadError):
            http.post(PATH, json=BODY)
        assert len(mock.store.tasks("novita", 9)) == accepted

    @pytest.mark.parametrize(("kind", "accepted"), [("hang_before", 0), ("hang_after", 1)])
    def test_no_answer(self, pair, kind, accepted):
        mock, http = pair
        mock.faults.add(kind, times=1)
        with pytest.raises(httpx.ReadTimeout):
            http.post(PATH, json=BODY)
        assert len(mock.store.tasks("novita", 9)) == accepted

    @pytest.mark.parametrize("kind", ["delay", "drip"])
    def test_slow_answers(self, pair, kind):
        mock, http = pair
        mock.faults.add(kind, seconds=0.01, times=1)
        mock.faults.add(kind, seconds=2, times=1)
        assert http.post(PATH, json=BODY).json()["task_id"]
        with pytest.raises(httpx.ReadTimeout):
            http.post(PATH, json=BODY)

    def test_a_body_cut_short(self, pair):
        mock, http = pair
        mock.faults.add("truncate", times=1)
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(PATH, json=BODY)

    def test_a_video_cut_short(self, pair):
        mock, http = pair
        task = http.post(PATH, json={**BODY, "duration": 3}).json()
        mock.clock.advance(1000)
        url = http.get(POLL, params=task).json()["videos"][0]["video_url"]
        mock.faults.add("truncate", on="result", times=1)
        received = b""
        with contextlib.suppress(httpx.RemoteProtocolError), http.stream("GET", url, timeout=10) as stream:
            for part in stream.iter_raw():
                received += part
        assert received
        assert len(http.get(url, timeout=10).content) // 2 == len(received)


class TestFates:
    def fate(self, http, mock, **fault):
        mock.faults.add(**fault, times=1)
        task = http.post(PATH, json=BODY).json()
        mock.clock.advance(1000)
        return http.get(POLL, params=task)

    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("fail", "TASK_STATUS_FAILED"),
            ("cancel", "TASK_STATUS_CANCELED"),
            ("stuck", "TASK_STATUS_PROCESSING"),
            ("waiting", "TASK_STATUS_QUEUED"),
            ("unknown_status", "MOCK_UNHEARD_OF"),
            ("expire", "TASK_STATUS_SUCCEED"),
            ("slow", "TASK_STATUS_SUCCEED"),
        ],
    )
    def test_fates(self, pair, kind, status):
        mock, http = pair
        assert self.fate(http, mock, kind=kind).json()["task"]["status"] == status

    def test_a_failure_says_why(self, pair):
        mock, http = pair
        told = self.fate(http, mock, kind="fail", reason="The face is hidden.").json()
        assert told["task"]["reason"] == "The face is hidden."
        assert told["videos"] == []

    def test_a_vanished_task(self, pair):
        mock, http = pair
        assert self.fate(http, mock, kind="vanish").json()["reason"] == "TASK_NOT_FOUND"

    def test_an_expired_result(self, pair):
        mock, http = pair
        url = self.fate(http, mock, kind="expire").json()["videos"][0]["video_url"]
        assert http.get(url).status_code == 403

    def test_slowness(self, pair):
        mock, http = pair
        mock.faults.add("slow", pace=100)
        task = http.post(PATH, json=BODY).json()
        mock.clock.advance(5000)
        assert http.get(POLL, params=task).json()["task"]["status"] == "TASK_STATUS_PROCESSING"


class TestFailuresInOtherShapes:
    @pytest.mark.parametrize("variant", [None, "newer"])
    def test_a_failed_task_tells_code_and_title(self, call, variant):
        caller = call("mulerouter", variant=variant)
        operation = caller.engine.contract.submits[0]
        caller.engine.faults.add("fail", reason="No face was found.")
        task_id = caller.started(operation)
        caller.now += 1000
        told = [caller.told(operation, task_id, name, variant) for name in ("reason", "reason_code", "reason_title")]
        assert told == ["No face was found.", 3001, "Task failed"]


class TestChoice:
    def test_by_operation_and_place(self, pair):
        mock, http = pair
        mock.faults.add("status", operation="kling_v3_0_pro_i2v")
        mock.faults.add("rate_limited", on="poll")
        assert http.post(PATH, json=BODY).status_code == 200
        assert http.post(PATH.replace("std", "pro"), json=BODY).status_code == 503
        assert http.get(POLL, params={"task_id": "x"}).status_code == 429

    def test_after_so_many_requests(self, pair):
        mock, http = pair
        mock.faults.add("status", after=1, times=1)
        assert [http.post(PATH, json=BODY).status_code for _ in range(3)] == [200, 503, 200]

    def test_by_chance_that_can_be_repeated(self):
        runs = []
        for seed in (1, 1, 2):
            with MockProvider("novita", seed=seed) as mock, httpx.Client(headers={"Authorization": "Bearer k"}) as http:
                mock.faults.add("status", probability=0.5)
                url = mock.base_url + PATH
                runs.append([http.post(url, json=BODY).status_code for _ in range(20)])
        assert runs[0] == runs[1] != runs[2]
        assert set(runs[0]) == {200, 503}

    def test_by_header(self, pair):
        _, http = pair
        assert http.post(PATH, json=BODY, headers={"X-Mock-Fault": "status=500"}).status_code == 500
        refused = http.post(PATH, json=BODY, headers={"X-Mock-Fault": "nonsense"})
        assert (refused.status_code, "'nonsense' is unknown" in refused.text) == (400, True)

    def test_by_magic_words_in_any_prompt(self, pair):
        mock, http = pair
        shots = [{"prompt": "A fox"}, {"prompt": "mock:fail"}]
        body = {"image": BODY["image"], "multi_prompt": shots, "duration": 10}
        task = http.post(PATH.replace("std", "pro"), json=body).json()
        mock.clock.advance(1000)
        assert http.get(POLL, params=task).json()["task"]["status"] == "TASK_STATUS_FAILED"
        assert http.post(PATH, json={**BODY, "prompt": "so mock:status=500"}).status_code == 500
        assert http.post(PATH, json={**BODY, "prompt": "mock:nonsense=1 is a word"}).status_code == 200
        assert http.post(PATH, json={**BODY, "prompt": "A fox, mock:status=502."}).status_code == 502
        assert http.post(PATH, json={**BODY, "negative_prompt": "mock:status=501, mud"}).status_code == 501

    def test_a_reason_of_several_words_by_header(self, pair):
        mock, http = pair
        task = http.post(PATH, json=BODY, headers={"X-Mock-Fault": "fail=No face was found."}).json()
        mock.clock.advance(1000)
        assert http.get(POLL, params=task).json()["task"]["reason"] == "No face was found."

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_a_header_in_either_encoding(self, pair, encoding):
        mock, http = pair
        task = http.post(
            PATH, json=BODY, headers={"X-Mock-Fault": "fail=Kein Gesicht für mich".encode(encoding)}
        ).json()
        mock.clock.advance(1000)
        assert http.get(POLL, params=task).json()["task"]["reason"] == "Kein Gesicht für mich"

    def test_what_befalls_tasks_does_nothing_to_polls(self, pair):
        mock, http = pair
        task = http.post(PATH, json=BODY).json()
        http.get(POLL, params=task, headers={"X-Mock-Fault": "expire"})
        assert mock.journal.last.fault == ""
        assert http.get(POLL, params=task, headers={"X-Mock-Fault": "status=502"}).status_code == 502

    def test_by_magic_keys(self, pair):
        _, http = pair
        refused = http.post(PATH, json=BODY, headers={"Authorization": "Bearer mock-rate-limited"})
        assert refused.status_code == 429

    def test_none_befall_what_is_refused_anyway(self, pair):
        mock, http = pair
        mock.faults.add("status", times=1)
        assert http.post(PATH, json={}).status_code == 400
        assert http.post(PATH, json=BODY).status_code == 503

    def test_the_journal_knows(self, pair):
        mock, http = pair
        mock.faults.add("status")
        http.post(PATH, json=BODY)
        assert mock.journal.last.fault == "status"


class TestFaultsAsData:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_can_be_scripted_and_written_short(self, kind):
        assert parse_short(kind, "here") == parse_fault({"kind": kind}, "here")
        assert Faults().add(kind).befalls("any_operation", "submit")
        assert Faults().add(kind).befalls("any_operation", "poll") == (kind not in (*FATES, *NOTICES))

    @pytest.mark.parametrize(
        ("entry", "problem"),
        [
            ({}, "a fault is an object with a `kind`"),
            ([], "a fault is an object with a `kind`"),
            ({"kind": "explode"}, "here/kind: 'explode' is unknown"),
            ({"kind": "status", "stats": 1}, "here/stats: a fault has no such member"),
            ({"kind": "status", "status": 200}, "here/status: 200 is not a whole number of 400 to 599"),
            ({"kind": "status", "status": True}, "here/status: True is not"),
            ({"kind": "delay", "seconds": "1"}, "here/seconds: '1' is not a number"),
            ({"kind": "fail", "probability": 2}, "here/probability: 2 is not"),
            ({"kind": "fail", "reason": 1}, "here/reason: 1 is no text"),
            ({"kind": "fail", "on": "sunday"}, "here/on: 'sunday' is unknown"),
            ({"kind": "fail", "status": 500}, "here/status: 'fail' has no such option (it has reason)"),
            ({"kind": "status", "seconds": 2}, "here/seconds: 'status' has no such option (it has status and body)"),
            ({"kind": "stuck", "reason": "x"}, "here/reason: 'stuck' has no such option"),
            ({"kind": "fail", "on": "poll"}, "here/on: 'fail' befalls nothing but a submit"),
            ({"kind": "fail", "operation": "a"}, "here/operation: there is no operation 'a' (one of: one, two)"),
            ({"kind": "status", "on": "result", "operation": "two"}, "here/on: 'two' is no result"),
            ({"kind": "status", "on": "poll", "operation": "two"}, "here/on: 'two' is no poll"),
            ({"kind": "status", "on": "submit", "operation": "one"}, "here/on: 'one' is no submit"),
            ({"kind": "fail", "operation": "one"}, "here/operation: 'fail' befalls nothing but a submit"),
            ({"kind": "webhook_lost", "operation": "one"}, "here/operation: 'webhook_lost' befalls nothing but"),
            ({"kind": "status", "probability": 0}, "here/probability: a fault of probability 0 never happens"),
        ],
    )
    def test_what_is_none(self, entry, problem):
        with pytest.raises(ReelspecError) as caught:
            parse_fault(entry, "here", {"two": "submit", "one": "poll"})
        assert problem in str(caught.value)

    def test_an_operation_that_is_not_mocked_is_none(self, tmp_path):
        mock = MockProvider("novita", "mulerouter")
        assert mock.faults.add("fail", operation="kling_v3_i2v").operation == "kling_v3_i2v"
        with pytest.raises(ReelspecError, match="there is no operation 'kling'"):
            mock.faults.add("fail", operation="kling")
        with pytest.raises(ReelspecError, match="'task_result' is no submit"):
            mock.faults.add("status", operation="task_result", on="submit")
        assert mock.faults.add("status", operation="task_result", on="poll").operation == "task_result"
        path = tmp_path / "scenario.yaml"
        path.write_text("faults:\n  - {kind: stuck}\n  - {kind: fail, operation: kling}\n")
        with pytest.raises(ReelspecError, match="faults/1/operation: there is no operation 'kling'"):
            load(path).check(mock.faults.operations)

    @pytest.mark.parametrize("text", ["", "status=x", "stuck=1", "a b", "status=1.2.3"])
    def test_short_forms_that_are_none(self, text):
        with pytest.raises(ReelspecError):
            parse_short(text, "here")

    def test_a_scenario(self, tmp_path):
        path = tmp_path / "bad day.yaml"
        path.write_text("seed: 7\nfaults:\n  - {kind: status, status: 502, times: 2, on: submit}\n  - kind: fail\n")
        scenario = load(path)
        assert scenario.seed == 7
        assert [fault.kind for fault in scenario.faults] == ["status", "fail"]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("- a list", "a scenario is an object"),
            ("fault: []", "#/fault: a scenario has no such member"),
            ("faults: {}", "#/faults: it must be a list"),
            ("faults: [{kind: nothing}]", "#/faults/0/kind: 'nothing' is unknown"),
            ("seed: many", "#/seed: 'many' is no whole number"),
        ],
    )
    def test_scenarios_that_are_none(self, tmp_path, text, problem):
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        with pytest.raises(ReelspecError) as caught:
            load(path)
        assert problem in str(caught.value)

    def test_a_scenario_that_is_not_there(self, tmp_path):
        with pytest.raises(ReelspecError, match="no such file"):
            load(tmp_path / "none.yaml")
