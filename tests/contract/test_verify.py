"""`reelspec verify` over HTTP: what it prints, writes and returns, and that the key is nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import specs
from contract.exchange import Answer
from contract.faults import faulty
from contract.seeds import seeded
from contract.senders import in_process
from mockserver.mock import Mock
from reelspec.__main__ import main
from specs import yaml12

KEY = "sk-1234567890-very-secret"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVITA_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "200")


def fault(helpers: Any, name: str) -> Any:
    contract = helpers.contract_of("novita")
    return faulty(contract, next(found for found in seeded(contract) if found.name == name))


def verify(url: str, *options: str) -> int:
    return main(["verify", "novita", "--base-url", url, *options])


def test_a_correct_provider_conforms_for_free(helpers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    mock = Mock("novita")
    with helpers.served(in_process(mock)) as url:
        assert verify(url) == 0
    printed = capsys.readouterr().out
    assert "free mode" in printed
    assert "0 broken, 0 not sent" in printed
    assert "0 tasks started" in printed
    assert mock.journal.submits == []
    assert all(KEY.encode() in (exchange.request.header(b"authorization") or KEY.encode())
               for exchange in mock.journal if exchange.verdict == "invalid_request")  # fmt: skip


def test_findings_name_rule_source_and_a_curl_line_without_the_key(
    helpers: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rule = "kling_v3_0_pro_i2v/end_image-multi_prompt.at_most_one/removed"
    reports = [tmp_path / f"report{suffix}" for suffix in (".xml", ".json", ".html")]
    observed = tmp_path / "observed.yaml"
    mock, send = fault(helpers, rule)
    with helpers.served(send) as url:
        written = [option for path in reports for option in ("--report", str(path))]
        assert verify(url, "--observe", str(observed), *written) == 1
    printed = capsys.readouterr().out
    task = mock.journal.submits[0].task
    assert "end_image-multi_prompt.at_most_one" in printed
    assert "`end_image` and `multi_prompt` cannot be used together." in printed
    assert "source   kling-v3.0-pro-i2v:" in printed
    assert '-H "Authorization: Bearer $NOVITA_API_KEY"' in printed
    case = "kling_v3_0_pro_i2v/end_image-multi_prompt.at_most_one/refused-1"
    assert f"stopped: {case} was accepted and started the task {task}" in printed
    assert len(mock.journal.submits) == 1
    suites = ElementTree.parse(reports[0]).getroot()  # noqa: S314 (our own file)
    assert suites[0].get("failures") == "1"
    assert json.loads(reports[1].read_text())["findings"][0]["task"] == task
    assert "cannot be used together" in reports[2].read_text()
    proposal = yaml12.load(observed)["proposals"][0]
    assert proposal["observed"]["kind"] == "accepted"
    assert proposal["evidence"]["status"] == 200
    for text in (printed, observed.read_text(), *(path.read_text() for path in reports)):
        assert KEY not in text


@pytest.mark.parametrize(
    ("name", "kind", "proposal"),
    [
        ("wrong error code", "error_code", "add the code to x-errors with its meaning"),
        ("another word for success", "status_word", "add the word to x-task.statuses"),
        ("kling_v3_0_pro_i2v/duration/maximum one looser", "accepted", "loosen or remove duration.maximum if"),
        ("kling_v3_0_pro_i2v/duration/maximum one stricter", "refused", "tighten the contract"),
    ],
)
def test_what_the_provider_does_is_proposed_and_nothing_is_changed(
    name: str, kind: str, proposal: str, helpers: Any, tmp_path: Path
) -> None:
    home = specs.loader.HOME
    (tmp_path / "novita").mkdir()
    for path in (home / "novita").iterdir():
        (tmp_path / "novita" / path.name).write_bytes(path.read_bytes())
    before = {path.name: path.read_bytes() for path in (tmp_path / "novita").iterdir()}
    _, send = fault(helpers, name)
    with helpers.served(send) as url:
        own = ("--specs", str(tmp_path))
        limits = ("--rule", "duration.maximum", "--rule", "duration", "--rule", "minimal", "--rule", "json")
        assert verify(url, "--allow-paid", "50", "--interval", "0.001", "--observe", "--fail-fast", *limits, *own) == 1
    written = tmp_path / "novita" / "observed.yaml"
    found = next(one for one in yaml12.load(written)["proposals"] if one["observed"]["kind"] == kind)
    assert found["proposal"].startswith(proposal)
    assert ("action" in found) != ("by_hand" in found)
    assert set(found["evidence"]) == {"case", "request", "status", "answer"}
    assert found["evidence"]["request"].startswith("curl ")
    after = {path.name: path.read_bytes() for path in (tmp_path / "novita").iterdir() if path != written}
    assert after == before


def test_a_key_that_the_server_repeats_is_shown_nowhere(
    helpers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def telling(_: object, headers: dict[str, str]) -> Answer:
        return Answer(403, json.dumps({"code": 7, "reason": str(headers), "message": "no"}).encode())

    written = [tmp_path / name for name in ("r.xml", "r.json", "r.html", "observed.yaml", "state.jsonl")]
    options = [part for path in written[:3] for part in ("--report", str(path))]
    with helpers.served(telling) as url:
        assert verify(url, *options, "--observe", str(written[3]), "--state", str(written[4])) == 1
    for text in (capsys.readouterr().out, *(path.read_text() for path in written)):
        assert "Bearer ***" in text
        assert KEY not in text


def test_what_comes_from_the_server_is_escaped_in_html(helpers: Any, tmp_path: Path) -> None:
    hostile = b"<script>alert(1)</script>\x00"

    def send(*_: object) -> Answer:
        return Answer(400, hostile, {"content-type": "text/html"})

    report, junit = tmp_path / "r.html", tmp_path / "r.xml"
    with helpers.served(send) as url:
        assert verify(url, "--report", str(report), "--report", str(junit), "--max-requests", "5") == 1
    assert "<script>alert" not in report.read_text()
    ElementTree.parse(junit)  # noqa: S314 (our own file)


def test_a_run_goes_on_where_it_was_interrupted(
    helpers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.jsonl"
    mock = Mock("novita")
    with helpers.served(in_process(mock)) as url:
        assert verify(url, "--state", str(state), "--max-requests", "30") == 2
        assert "the budget of 30 requests is used up" in capsys.readouterr().out
        assert verify(url, "--state", str(state)) == 0
        assert "30 cases done before" in capsys.readouterr().out
        sent = len(mock.journal)
        assert verify(url, "--state", str(state)) == 0
        assert len(mock.journal) == sent
    assert verify("http://127.0.0.1:1", "--state", str(state)) == 2
    assert "belongs to a run against" in capsys.readouterr().err
    assert KEY not in state.read_text()


def test_only_some_rules(helpers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with helpers.served(in_process(Mock("novita"))) as url:
        assert verify(url, "--rule", "duration.maximum", "--allow-paid", "1") == 0
        assert verify(url, "--rule", "duration.*", "--operation", "*_pro_*") == 0
        assert verify(url, "--rule", "nonsense") == 2
    error = capsys.readouterr().err
    assert "novita has no rule 'nonsense'" in error
    assert "duration.maximum" in error


def test_tasks_are_followed_and_paid_within_the_budget(helpers: Any) -> None:
    mock, send = fault(helpers, "another word for success")
    with helpers.served(send) as url:
        assert verify(url, "--allow-paid", "1", "--interval", "0.001") == 1
    assert len(mock.journal.submits) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["novita"], "there is no server to verify"),
        (["novita", "--base-url", "ftp://host"], "is no http address"),
        (["nobody", "--base-url", "http://127.0.0.1:1"], "there is no such provider"),
        (["novita", "--base-url", "http://127.0.0.1:1"], "does not answer"),
        (["novita", "--base-url", "https://example.com", "--key-env", "NO_SUCH_KEY"], "holds no API key"),
        (["novita", "--base-url", "https://example.com", "--key-env", "sk-123-secret"], "is no name of a variable"),
        (["novita", "--base-url", "https://me:secret@example.com"], "the address has a user name"),
        (["novita", "--base-url", "https://example.com?token=secret"], "the address has a query"),
        (["novita", "--base-url", "https://example.com#part"], "the address has a fragment"),
        (["novita", "--base-url", "http://127.0.0.1:99999"], "is no http address"),
        (["novita", "--har", "/no/such.har"], "No such file"),
    ],
)
def test_what_cannot_run_ends_with_2_and_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert "secret" not in error


@pytest.mark.parametrize("key", ["sk-se cret-1", "sk-secrét-1", "sk-\x07secret"])
def test_what_no_key_can_be_is_refused_and_not_shown(
    key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOVITA_API_KEY", key)
    assert verify("http://127.0.0.1:1") == 2
    error = capsys.readouterr().err
    assert "NOVITA_API_KEY: holds what no API key can be" in error
    assert key not in error


@pytest.mark.parametrize("key", [f"{KEY}\r\n", "a"])
def test_a_key_with_the_end_of_its_line_and_a_stand_in_do(
    key: str, helpers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOVITA_API_KEY", key)
    with helpers.served(in_process(Mock("novita"))) as url:
        assert verify(url, "--rule", "duration.*", "--rule", "task", "--rule", "json") == 0


def test_a_server_that_moves_the_terminal_is_spelled_out(
    helpers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [tmp_path / name for name in ("r.xml", "r.json", "r.html", "o.yaml")]
    options = [part for path in written[:3] for part in ("--report", str(path))]
    with helpers.served(lambda *_: Answer(400, b"\x1b]0;gone\x07\x1b[2J\xc2\x9b")) as url:
        assert verify(url, "--rule", "json", *options, "--observe", str(written[3])) == 1
    for text in (capsys.readouterr().out, *(path.read_text() for path in written)):
        assert "x1b]0;gone" in text
        assert all(character == "\n" or character.isprintable() for character in text)


def test_proposals_stand_beside_a_spec_that_is_given_by_its_path(helpers: Any, tmp_path: Path) -> None:
    spec = tmp_path / "mine.yaml"
    spec.write_bytes((Path(specs.loader.HOME) / "novita" / "openapi.yaml").read_bytes())
    _, send = fault(helpers, "wrong error code")
    with helpers.served(send) as url:
        given = ["verify", str(spec), "--base-url", url, "--rule", "duration.*", "--observe"]
        assert main(given) == 1
    assert yaml12.load(tmp_path / "observed.yaml")["proposals"]


def test_a_report_of_an_unknown_format_is_an_error(helpers: Any, tmp_path: Path) -> None:
    with helpers.served(in_process(Mock("novita"))) as url:
        assert verify(url, "--report", str(tmp_path / "r.pdf"), "--rule", "auth") == 2
    assert list(tmp_path.iterdir()) == []


def har(entries: list[dict[str, Any]]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def entry(body: Any, status: int, answer: Any, path: str = "/v3/async/kling-v3.0-pro-i2v") -> dict[str, Any]:
    return {
        "request": {"method": "POST", "url": f"https://api.example.com{path}", "postData": {"text": json.dumps(body)}},
        "response": {"status": status, "headers": [], "content": {"text": json.dumps(answer)}},
    }


def test_a_recording_is_held_against_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"image": "https://example.com/a.png", "prompt": "a"}
    path = tmp_path / "traffic.har"
    path.write_text(har([entry(good, 200, {"task_id": "t"}), entry({}, 200, {}, "/something/else")]))
    assert main(["verify", "novita", "--har", str(path)]) == 0
    assert "1 of 2 exchanges are with this provider, 0 of them deviate" in capsys.readouterr().out
    path.write_text(har([
        entry({**good, "multi_prompt": [{"prompt": "a"}]}, 200, {"task_id": "t"}),
        entry(good, 200, {"task": 7}),
        entry(good, 400, {"code": 400, "reason": "INVALID_REQUEST_BODY", "message": "no", "metadata": {}}),
        entry(good, 400, {"code": 400, "reason": "ILLEGAL_PROMPT", "message": "no", "metadata": {}}),
        entry(good, 404, {"code": 400, "reason": "WHATEVER", "message": "no", "metadata": {}}),
    ]))  # fmt: skip
    assert main(["verify", "novita", "--har", str(path)]) == 1
    printed = capsys.readouterr().out
    for number, said in (
        (1, "accepted, although: Exactly one of"), (2, "task_id"), (3, "although the documentation allows it"),
        (5, "'WHATEVER' is not documented"),
    ):  # fmt: skip
        assert any(f"entry {number} " in line and said in line for line in printed.splitlines())
    assert "entry 4" not in printed
    path.write_text("[]")
    assert main(["verify", "novita", "--har", str(path)]) == 2


def test_an_answer_of_any_bytes_is_a_finding_and_no_crash(helpers: Any) -> None:
    contract = helpers.contract_of("novita")
    for body in (b"", b"\xff\xfe", b"[]", b"null", b"7"):
        _, results = helpers.ran(contract, helpers.light("novita")[:4], lambda *_, b=body: Answer(404, b))
        assert all(result.outcome == "broken" for result in results)
