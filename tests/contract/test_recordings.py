"""Recordings as browsers export them: what cannot be judged is counted, and says nothing of the rest."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from contract.recordings import Recording, read_har
from reelspec.__main__ import main
from specs.errors import ReelspecError

PATH = "/v3/async/kling-v3.0-pro-i2v"
URL = f"https://api.novita.ai{PATH}"
GOOD = json.dumps({"image": "https://example.com/a.png", "prompt": "a"})


def entry(sent: str | None = GOOD, status: Any = 200, text: str | None = '{"task_id": "t"}', **request: Any) -> Any:
    """An entry as HAR 1.2 has it, with what a browser writes."""
    made: dict[str, Any] = {
        "method": "POST", "url": URL, "bodySize": -1,
        "headers": [{"name": "authorization", "value": "Bearer a-secret-key"}], **request,
    }  # fmt: skip
    if sent is not None:
        made.setdefault("postData", {"mimeType": "application/json", "text": sent})
    content = {"size": 10, "mimeType": "application/json", "text": text}
    return {"request": made, "response": {"status": status, "headers": [], "content": content}}


def read(helpers: Any, folder: Path, *entries: Any, start: bytes = b"") -> Recording:
    path = folder / "traffic.har"
    path.write_bytes(start + json.dumps({"log": {"entries": entries}}).encode())
    return read_har(path, helpers.contract_of("novita"))


def kinds(helpers: Any, recording: Recording) -> list[str]:
    results = recording.results(helpers.contract_of("novita"))
    return [finding.deviation.kind for result in results for finding in result.findings]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (entry(text=None), "its answer's body was not recorded"),
        (entry(status=0, text=None), "it was not answered"),
        ({**entry(), "response": None}, "it was not answered"),
        (entry(status=304, text=""), "its answer was taken from a cache"),
        (entry(status="ok"), "its status is no number"),
        (entry(sent=None), "its body was not recorded"),
        (entry(postData={"text": "***", "encoding": "base64"}), "a body is not the base64 that it says"),
        ({"request": 7}, "not as HAR 1.2 has it"),
    ],
)
def test_what_cannot_be_judged_is_counted(helpers: Any, tmp_path: Path, odd: Any, why: str) -> None:
    found = read(helpers, tmp_path, odd, entry())
    assert [one.number for one in found.exchanges] == [2]
    assert found.unjudged == (f"entry 1: {why}",)
    assert kinds(helpers, found) == []
    assert why in found.summary(helpers.contract_of("novita"), 0)


@pytest.mark.parametrize(
    ("one", "deviations"),
    [
        (entry(sent='{"prompt": '), ["accepted"]),
        (entry(sent=None, bodySize=0), ["accepted"]),
        (entry(sent="--x\r\ncontent"), ["accepted"]),
        (entry(sent=json.dumps({"prompt": "a"})), ["accepted"]),
        (entry(sent=None, postData={"text": base64.b64encode(GOOD.encode()).decode(), "encoding": "base64"}), []),
        (entry(status="200"), []),
        (entry(text='{"task_id": ""}'), ["no_id"]),
    ],
)
def test_what_was_sent_is_kept_as_it_was(helpers: Any, tmp_path: Path, one: Any, deviations: list[str]) -> None:
    found = read(helpers, tmp_path, one)
    assert found.unjudged == ()
    assert kinds(helpers, found) == deviations


def test_a_poll_is_held_against_the_task_that_it_asks_for(helpers: Any, tmp_path: Path) -> None:
    told = '{"task": {"task_id": "t", "status": "TASK_STATUS_%s", "reason": ""}}'
    url = "https://api.novita.ai/v3/async/task-result?task_id=%s"
    polls = [entry(method="GET", url=url % task, text=told % word, sent=None)
             for task, word in (("t", "QUEUED"), ("other", "QUEUED"), ("t", "WEIRD"), ("t", "SUCCEED"))]  # fmt: skip
    found = read(helpers, tmp_path, *polls)
    results = found.results(helpers.contract_of("novita"))
    told_of = [[one.deviation.kind for one in result.findings] for result in results]
    assert [kinds and kinds[-1] for kinds in told_of] == [[], "task_id", "status_word", "video"]


def test_a_byte_order_mark_is_no_part_of_the_recording(helpers: Any, tmp_path: Path) -> None:
    assert len(read(helpers, tmp_path, entry(), start=b"\xef\xbb\xbf").exchanges) == 1
    with pytest.raises(ReelspecError, match="is no HAR recording"):
        read(helpers, tmp_path, start=b"{")


def test_a_recording_makes_the_results_of_a_report(helpers: Any, tmp_path: Path) -> None:
    found = read(helpers, tmp_path, entry(sent=json.dumps({"prompt": "a"}), text='{"task_id": "a-secret-key"}'))
    result = found.results(helpers.contract_of("novita"))[0]
    assert found.base_url == "https://api.novita.ai"
    assert (result.case.id, result.outcome, result.case.checks) == ("entry-1", "broken", "image.required")
    assert result.case.call.json == {"prompt": "a"}
    assert result.findings[0].answer is not None
    assert b"secret" not in result.findings[0].answer.body


def test_a_key_is_shown_nowhere_wherever_it_was_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, other = {"name": "Authorization", "value": "Bearer a-secret-key"}, {"name": "x-id", "value": None}
    bad = entry(
        sent=json.dumps({"prompt": "a-secret-key"}), url=f"https://me:word@api.novita.ai{PATH}?key=a-secret-key"
    )
    bad["request"]["headers"] = [other]
    told = entry(status=400, text='{"code": "a-secret-key"}', headers=[key, other])
    told["response"]["headers"] = [{"name": "content-length", "value": 7}, other]
    path, written = tmp_path / "traffic.har", [tmp_path / name for name in ("r.json", "r.html", "r.xml", "o.yaml")]
    path.write_text(json.dumps({"log": {"entries": [bad, told]}}))
    options = [part for report in written[:3] for part in ("--report", str(report))]
    assert main(["verify", "novita", "--har", str(path), "--observe", str(written[3]), *options]) == 1
    for text in (capsys.readouterr().out, *(report.read_text() for report in written)):
        assert "secret" not in text
        assert "word@" not in text
    assert "key=%2A%2A%2A" in written[0].read_text()
