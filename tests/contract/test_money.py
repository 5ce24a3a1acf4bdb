"""What a run may cost: lost answers, interruptions, budgets and resumed runs, counted at the mock."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.cases import Call
from contract.commands import verify
from contract.exchange import Answer
from contract.faults import faulty
from contract.runner import Budget, Run, Send, Unreachable
from contract.seeds import seeded
from contract.senders import in_process
from contract.suites import suite
from mockserver.mock import Mock
from specs.errors import ReelspecError

Headers = dict[str, str]
OPERATION = "kling_v3_0_std_i2v"
ONE = ("--operation", OPERATION, "--rule", "minimal")


@pytest.fixture
def held(helpers: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command against what sends; returns its exit status."""
    monkeypatch.setenv("NOVITA_API_KEY", "a-key-of-many-letters")

    def hold(send: Send, *options: str, sleep: Callable[[float], None] = lambda _: None) -> int:
        @contextmanager
        def opened(_: str) -> Iterator[Send]:
            yield send

        parser = argparse.ArgumentParser()
        verify.configure(parser)
        given = parser.parse_args(["novita", "--base-url", "http://server.test", "--interval", "30", *options])
        return verify.hold(helpers.contract_of("novita"), given, opened, sleep)

    return hold


class Seller:
    """A server that starts a task for every signed object, and of which the answer may get lost on the way."""

    def __init__(self, *, lost: bool = False, status: int = 200, answer: str = '{{"task_id": "task-{}"}}') -> None:
        self.sold, self.lost, self.status, self.answer = 0, lost, status, answer

    def __call__(self, call: Call, headers: Headers) -> Answer:
        if call.method != "POST":
            return Answer(404, b'{"code": 404, "reason": "TASK_NOT_FOUND", "message": "no", "metadata": {}}')
        if not isinstance(call.json, dict):
            return Answer(400, b'{"code": 400, "reason": "INVALID_REQUEST_BODY", "message": "no", "metadata": {}}')
        if headers.get("Authorization") != "Bearer a-key-of-many-letters":
            return Answer(403, b'{"code": 403, "reason": "INVALID_API_KEY", "message": "no", "metadata": {}}')
        self.sold += 1
        if self.lost:
            raise Unreachable("ReadError: the connection was dropped")
        return Answer(self.status, self.answer.format(self.sold).encode())


# --- the budget ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [{"lost": True}, {"status": 504}])
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_lost_answers_count_as_billed(
    allowed: int, way: dict[str, Any], held: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    seller = Seller(**way)
    assert held(seller, "--allow-paid", str(allowed)) == 1
    printed = capsys.readouterr().out
    assert "outcome unknown, may have been billed" in printed
    assert seller.sold == max(allowed, 1)
    assert f"{seller.sold} submits of unknown outcome may have been billed" in printed


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_no_more_is_bought_than_allowed_where_everything_is_accepted(allowed: int, held: Callable[..., int]) -> None:
    seller = Seller()
    assert held(seller, "--allow-paid", str(allowed)) == 1
    assert seller.sold == max(allowed, 1)


def test_what_no_video_can_be_made_of_is_not_counted_as_billed(helpers: Any) -> None:
    contract = helpers.contract_of("novita")
    fault = next(found for found in seeded(contract) if found.name == "broken JSON breaks it")
    running = Run(contract, helpers.light("novita"), faulty(contract, fault)[1], "a-key", sleep=lambda _: None)
    assert any(result.findings for result in running.results())
    assert (running.unknown, running.stopped) == (0, None)


def test_a_5xx_is_one_finding(helpers: Any) -> None:
    contract = helpers.contract_of("novita")
    down = Answer(500, b"Internal Server Error")
    running = Run(contract, helpers.light("novita"), lambda *_: down, "a-key", Budget(paid=10**6))
    found = [result for result in running.results() if result.case.cost == 1]
    assert found
    assert {len(result.findings) for result in found} == {1}


def test_requests_are_counted_while_a_task_is_followed(held: Callable[..., int]) -> None:
    sent = 0
    mock = Mock("novita")
    mock.faults.add("stuck")
    send = in_process(mock)

    def counted(call: Call, headers: Headers) -> Answer:
        nonlocal sent
        sent += 1
        return send(call, headers)

    assert held(counted, "--allow-paid", "1", "--max-requests", "3", *ONE) == 2
    assert sent == 3


@pytest.mark.parametrize("requests", ["0", "1"])
def test_a_run_that_ends_before_its_end_does_not_conform(
    requests: str, held: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert held(in_process(Mock("novita")), "--max-requests", requests) == 2
    assert "cases are not tried" in capsys.readouterr().out


def test_where_no_case_may_be_sent_nothing_is_said_to_conform(held: Callable[..., int]) -> None:
    with pytest.raises(ReelspecError, match="need --allow-paid"):
        held(in_process(Mock("novita")), *ONE)


# --- interruptions ------------------------------------------------------------------------------------


def test_an_interrupted_task_is_followed_on_and_not_bought_again(
    held: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, report = tmp_path / "state.jsonl", tmp_path / "report.json"
    mock = Mock("novita")
    options = ("--allow-paid", "1", "--state", str(state), "--report", str(report), *ONE)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    assert held(in_process(mock), *options, sleep=interrupted) == 130
    task = mock.journal.submits[0].task
    assert f"the task {task} was started and not followed to its end" in capsys.readouterr().out
    assert json.loads(report.read_text())["cases"][0]["task"] == task
    assert held(in_process(mock), *options) == 0
    assert len(mock.journal.submits) == 1
    assert json.loads(report.read_text())["counts"] == {"kept": 1}
    sent = len(mock.journal)
    assert held(in_process(mock), *options) == 0
    assert len(mock.journal) == sent


def test_a_submit_that_was_interrupted_counts_as_billed(
    held: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mock = Mock("novita")
    send = in_process(mock)

    def interrupted(call: Call, headers: Headers) -> Answer:
        send(call, headers)
        raise KeyboardInterrupt

    options = ("--allow-paid", "1", "--state", str(tmp_path / "state.jsonl"), *ONE)
    assert held(interrupted, *options) == 130
    assert "1 submits of unknown outcome" in capsys.readouterr().out
    assert held(send, *options) == 1
    assert len(mock.journal.submits) == 1
    assert "the run was interrupted before its answer was kept; outcome unknown" in capsys.readouterr().out


@pytest.mark.parametrize("allowed", ["0", "1"])
@pytest.mark.parametrize("way", [{"lost": True}, {"status": 504}])
def test_what_may_have_been_billed_is_not_sent_again_and_stays_a_finding(
    allowed: str, way: dict[str, Any], held: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, seller = tmp_path / "state.jsonl", Seller(**way)
    one = ("--operation", OPERATION, "--rule", "duration.maximum", "--state", str(state), "--allow-paid", allowed)
    for _ in range(3):
        assert held(seller, *one) == 1
        assert "1 broken" in capsys.readouterr().out
    assert seller.sold == 1
    entries = state.read_text().splitlines()
    for kept in (2, 3):  # killed right after the request was sent, and right after its answer was lost
        state.write_text("\n".join(entries[:kept]) + "\n")
        assert held(seller, *one) == 1
        assert "outcome unknown, may have been billed" in capsys.readouterr().out
    assert seller.sold == 1


def test_a_run_in_which_nothing_was_kept_does_not_conform(held: Callable[..., int], tmp_path: Path) -> None:
    mock, state = Mock("novita"), ("--state", str(tmp_path / "state.jsonl"), "--allow-paid", "1")
    assert held(in_process(mock), *state, "--operation", "*_pro_*", "--rule", "minimal") == 0
    assert held(in_process(mock), *state, *ONE) == 2
    assert len(mock.journal.submits) == 1


def test_what_a_paid_run_found_is_in_the_reports_of_a_free_one(held: Callable[..., int], tmp_path: Path) -> None:
    report, state = tmp_path / "r.json", ("--state", str(tmp_path / "state.jsonl"), "--operation", OPERATION)
    chosen = (*state, "--rule", "minimal", "--rule", "auth", "--report", str(report))
    assert held(Seller(status=504), *chosen, "--allow-paid", "1") == 1
    found = json.loads(report.read_text())["findings"]
    assert held(in_process(Mock("novita")), *chosen) == 1
    assert json.loads(report.read_text())["findings"] == found


def test_answers_without_an_id_are_counted_when_the_run_goes_on(
    held: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = Seller(answer='{{"id": {}}}')
    for _ in range(3):
        assert held(seller, "--allow-paid", "2", "--state", str(tmp_path / "state.jsonl")) == 1
    assert seller.sold == 2
    assert "was answered without a task id, and may have been billed" in capsys.readouterr().out


def test_a_slash_at_the_end_of_an_address_is_no_other_server(held: Callable[..., int], tmp_path: Path) -> None:
    mock, state = Mock("novita"), ("--state", str(tmp_path / "state.jsonl"), "--rule", "auth")
    assert held(in_process(mock), *state) == 0
    sent = len(mock.journal)
    assert held(in_process(mock), *state, "--base-url", "http://server.test/") == 0
    assert len(mock.journal) == sent


def test_a_server_that_fetches_pictures_is_given_one_that_is_there(held: Callable[..., int]) -> None:
    mock, picture = Mock("novita"), "https://cdn.test/a.png?x=%22"
    send = in_process(mock)

    def fetching(call: Call, headers: Headers) -> Answer:
        there = call.method != "POST" or b"://example.com" not in (call.content or b"") or b"ftp:" in call.content
        return send(call if there else replace(call, content=b"{}"), headers)

    chosen = (
        "--operation",
        OPERATION,
        "--rule",
        "image",
        "--rule",
        "end_image",
        "--rule",
        "duration",
        "--rule",
        "image.*",
    )
    assert held(fetching, "--allow-paid", "100", *chosen) == 1
    assert held(fetching, "--allow-paid", "100", "--image", picture, *chosen) == 0
    assert any(exchange.json["image"] == picture for exchange in mock.journal.submits)
    for wrong in ("file:///a.png", "https:///a.png", "https://host/a b.png"):
        with pytest.raises(ReelspecError, match="--image"):
            held(fetching, "--image", wrong)


def test_two_runs_do_not_share_a_state(held: Callable[..., int], tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    send = in_process(Mock("novita"))
    refused: list[str] = []

    def meanwhile(call: Call, headers: Headers) -> Answer:
        if not refused:
            with pytest.raises(ReelspecError) as found:
                held(send, "--state", str(state))
            refused.append(str(found.value))
        return send(call, headers)

    assert held(meanwhile, "--state", str(state)) == 0
    assert "is in use by another run" in refused[0]


# --- what is remembered -------------------------------------------------------------------------------


def down(*_: object) -> Answer:
    raise Unreachable("ConnectError: refused", sent=False)


def limited(*_: object) -> Answer:
    return Answer(429, b"{}")


def locked(*_: object) -> Answer:
    return Answer(403, b'{"code": 403, "reason": "INVALID_API_KEY", "message": "no", "metadata": {}}')


def moved(*_: object) -> Answer:
    return Answer(307, b"", {"location": "http://elsewhere.test"})


@pytest.mark.parametrize(
    ("send", "said"),
    [(down, "does not answer"), (locked, "refuses the API key"), (moved, "sends elsewhere"), (limited, None)],
)
def test_a_server_that_cannot_be_judged_is_said_to_be_so_and_forgotten(
    send: Send, said: str | None, held: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ("--state", str(tmp_path / "state.jsonl"))
    sent = 0

    def counted(call: Call, headers: Headers) -> Answer:
        nonlocal sent
        sent += 1
        return send(call, headers)

    if said is None:
        assert held(counted, *state) == 2
        assert "still answered 429 after waiting 90 s" in capsys.readouterr().out
    else:
        with pytest.raises(ReelspecError, match=said):
            held(counted, *state)
    assert sent < 15
    assert held(in_process(Mock("novita")), *state) == 0


def test_a_server_that_goes_down_ends_the_run(held: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    send, left = in_process(Mock("novita")), iter(range(40))

    def failing(call: Call, headers: Headers) -> Answer:
        return send(call, headers) if next(left, None) is not None else down()

    assert held(failing) == 1
    assert "stopped: 3 times in a row the server does not answer" in capsys.readouterr().out


def test_what_was_found_before_is_in_the_reports_and_in_the_proposals(
    helpers: Any, held: Callable[..., int], tmp_path: Path
) -> None:
    contract = helpers.contract_of("novita")
    fault = next(found for found in seeded(contract) if found.name == "wrong error code")
    state, report, observed = tmp_path / "state.jsonl", tmp_path / "r.json", tmp_path / "observed.yaml"
    options = ("--state", str(state), "--report", str(report), "--observe", str(observed), "--rule", "duration.*")
    assert held(faulty(contract, fault)[1], *options, "--max-requests", "3") == 1
    first = json.loads(report.read_text())
    written = observed.read_text()
    assert len(first["findings"]) >= 3
    assert held(in_process(Mock("novita")), *options) == 1
    second = json.loads(report.read_text())
    assert second["findings"] == first["findings"]
    assert second["counts"]["kept"] > 0
    assert observed.read_text() == written
    other = ("--state", str(state), "--rule", "auth")
    assert held(in_process(Mock("novita")), *other) == 0


def test_a_case_that_changed_is_tried_again(held: Callable[..., int], tmp_path: Path) -> None:
    state, mock = tmp_path / "state.jsonl", Mock("novita")
    options = ("--state", str(state), "--rule", "duration.maximum")
    assert held(in_process(mock), *options) == 0
    sent = len(mock.journal)
    lines = [json.loads(line) for line in state.read_text().splitlines()]
    lines[-1]["hash"] = "0" * 16
    state.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"event": "do')
    assert held(in_process(mock), *options) == 0
    assert len(mock.journal) == sent + 1
    assert held(in_process(mock), *options) == 0
    assert len(mock.journal) == sent + 1


@pytest.mark.parametrize(
    "line", ['{"event": "done", "case": 7}', '{"event": "other", "case": "a"}', "[]", '"text"', "{}", "nonsense"]
)
def test_a_damaged_state_is_an_error_of_one_line(line: str, held: Callable[..., int], tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    assert held(in_process(Mock("novita")), "--state", str(state), "--rule", "auth") == 0
    state.write_text(state.read_text() + line + "\n")
    with pytest.raises(ReelspecError, match="state"):
        held(in_process(Mock("novita")), "--state", str(state), "--rule", "auth")


# --- before the first request -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option",
    [("--report", "r.pdf"), ("--report", "none/r.xml"), ("--observe", "none/o.yaml"), ("--observe", "bad.yaml")],
)
def test_wrong_options_are_seen_before_anything_is_sent(
    option: tuple[str, str], held: Callable[..., int], tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text("proposals: 7\n")
    mock = Mock("novita")
    with pytest.raises(ReelspecError):
        held(in_process(mock), option[0], str(tmp_path / option[1]))
    assert len(mock.journal) == 0


# --- waiting ------------------------------------------------------------------------------------------


def test_a_limit_by_the_minute_without_retry_after_is_waited_out(helpers: Any) -> None:
    contract, clock, hits, said = helpers.contract_of("novita"), [0.0], list[float](), list[str]()
    send = in_process(Mock(contract))

    def crowded(call: Call, headers: Headers) -> Answer:
        clock[0] += 0.05
        if sum(hit > clock[0] - 60 for hit in hits) >= 20:
            return Answer(429, b'{"code": 429, "reason": "RATE_LIMIT_EXCEEDED", "message": "", "metadata": {}}')
        hits.append(clock[0])
        return send(call, headers)

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    running = Run(contract, suite(contract), crowded, "a-key", sleep=sleep, now=lambda: clock[0], tell=said.append)
    assert {result.outcome for result in running.results()} == {"kept"}
    assert running.stopped is None
    assert "waiting 32 s (429)" in said


# --- a task's life ------------------------------------------------------------------------------------


def polled(helpers: Any, answer: Callable[[int, Answer], Answer], *, paid: int = 1) -> list[Any]:
    """Run the minimal case; the answers to its polls, numbered from 1, are changed."""
    contract, count = helpers.contract_of("novita"), 0
    send = in_process(Mock(contract))

    def sent(call: Call, headers: Headers) -> Answer:
        nonlocal count
        found = send(call, headers)
        if call.method != "GET":
            return found
        count += 1
        return answer(count, found)

    cases = [case for case in suite(contract) if case.id == f"{OPERATION}/minimal"]
    running = Run(contract, cases, sent, "a-key", Budget(paid=paid, interval=30), sleep=lambda _: None)
    return list(running.results())


def test_what_becomes_of_a_task_is_told_meanwhile(held: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    mock = Mock("novita")
    assert held(in_process(mock), "--allow-paid", "1", *ONE) == 0
    printed = capsys.readouterr().out
    for state in ("queued", "running", "succeeded"):
        assert printed.count(f"the task {mock.journal.submits[0].task} is {state}") == 1


def test_one_lost_poll_does_not_end_the_following(helpers: Any) -> None:
    def once(number: int, answer: Answer) -> Answer:
        if number == 1:
            raise Unreachable("ReadError: dropped")
        return answer

    assert [result.outcome for result in polled(helpers, once)] == ["kept"]


def test_a_gateway_that_fails_is_found_and_the_task_is_followed_on(helpers: Any) -> None:
    seen: list[int] = []

    def twice(number: int, answer: Answer) -> Answer:
        seen.append(number)
        return Answer(502, b"") if number <= 2 else answer

    (result,) = polled(helpers, twice)
    assert [finding.message for finding in result.findings] == ["asking for the task was answered 502"]
    assert len(seen) > 3
    (result,) = polled(helpers, lambda *_: Answer(502, b""))
    assert len(result.findings) == 1


def test_a_poll_that_is_wrong_is_told_with_the_polls_own_curl_line_and_page(helpers: Any) -> None:
    from contract.reports import Report

    contract = helpers.contract_of("novita")
    (result,) = polled(helpers, lambda _, answer: replace(answer, body=answer.body.replace(b"QUEUED", b"WAITING")))
    told = Report("novita", "http://h", "KEY", [result], 1, 1, None).described(result.findings[0])
    assert told["curl"].startswith(f"curl -sS -X GET 'http://h/v3/async/task-result?task_id={result.task}'")
    assert told["source"].partition(":")[0] == contract.operation("task_result").source.page


def test_a_task_that_others_are_told_of_is_found_with_what_they_sent(
    helpers: Any, held: Callable[..., int], tmp_path: Path
) -> None:
    contract = helpers.contract_of("novita")
    fault = next(found for found in seeded(contract) if found.name == "a task is public")
    report = tmp_path / "r.json"
    options = ("--allow-paid", "1", "--state", str(tmp_path / "state.jsonl"), "--report", str(report), *ONE)
    mock, send = faulty(contract, fault)
    for _ in range(2):
        assert held(send, *options) == 1
        (found,) = json.loads(report.read_text())["findings"]
        assert found["message"].startswith("asked for the task without an API key: accepted with 200")
        assert "Authorization" not in found["curl"]
        assert found["task"] in found["curl"]
    assert len(mock.journal.submits) == 1
