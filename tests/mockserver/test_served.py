"""The command, as a process."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import httpx
import orjson
import pytest

from mockserver import serve
from mockserver.http import Request
from mockserver.stores import open_store
from specs import loader

BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"
POLL = "/v3/async/task-result"
OPTIONS = {"headers": {"Authorization": "Bearer a-test-key"}, "timeout": 20}


@contextmanager
def running(tmp_path, *arguments, **variables):
    """Yield the process and its first provider's URL."""
    command = [sys.executable, "-m", "reelspec", "mock", "novita", "--port", "0", *arguments]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), **variables}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield process, found[0]
        finally:
            process.kill()


def test_it_serves_the_specs_of_the_folder_that_it_is_given(tmp_path):
    own = tmp_path / "novita" / "openapi.yaml"
    own.parent.mkdir()
    text = (loader.HOME / "novita" / "openapi.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("/v3/async/kling-v3.0-std-i2v", "/ours"), encoding="utf-8")
    with running(tmp_path, "--specs", str(tmp_path)) as (_, url):
        assert httpx.post(f"{url}/ours", json=BODY, **OPTIONS).status_code == 200
        assert httpx.post(url + PATH, json=BODY, **OPTIONS).status_code == 404


def test_it_stops_when_told_and_logs_without_keys(tmp_path):
    with running(tmp_path, "--log", "--instant") as (process, url):
        assert process.stdout.readline() == f"Dashboard: {url}/_mock/\n"
        task = httpx.post(url + PATH, json=BODY, **OPTIONS).json()
        assert httpx.get(url + POLL, params=task, **OPTIONS).json()["task"]["status"] == "TASK_STATUS_SUCCEED"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    *lines, last = errors.splitlines()
    assert (process.returncode, last) == (0, "reelspec: stopped")
    assert [orjson.loads(line)["operation"] for line in lines] == ["kling_v3_0_std_i2v", "task_result"]
    assert "a-test-key" not in errors


def test_a_killed_server_has_lost_no_accepted_task(tmp_path):
    accepted = []
    for _ in range(2):
        with running(tmp_path) as (process, url), httpx.Client(base_url=url, **OPTIONS) as http:
            accepted += [http.post(PATH, json={**BODY, "prompt": f"Fox {n}"}).json()["task_id"] for n in range(50)]
            process.kill()
    with running(tmp_path) as (_, url), httpx.Client(base_url=url, **OPTIONS) as http:
        kept = {task["id"] for task in http.get("/_mock/tasks?limit=1000").json()}
    assert len(set(accepted)) == 100
    assert set(accepted) <= kept


def test_a_scenario_is_played(tmp_path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("faults: [{kind: rate_limited, seconds: 3, times: 1}]\n")
    with running(tmp_path, "--scenario", str(scenario), "--store", "memory") as (_, url):
        refused = httpx.post(url + PATH, json=BODY, **OPTIONS)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
        assert httpx.post(url + PATH, json=BODY, **OPTIONS).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--scenario", "/no/such/file.yaml"], "no such file"),
        (["--store", "/proc/no/store.sqlite3"], "cannot be used as a store"),
        (["--host", "no.such.host.invalid"], "no address to listen on"),
        (["--concurrency", "0"], "concurrency: must be at least 1"),
        (["--body-limit", "0"], "body_limit: must be at least 1, not 0 (leave it out for 64 MiB)"),
        (["--result-ttl", "-5"], "result_ttl: must be seconds of 0 or more, not -5.0"),
        (["--result-ttl", "nan"], "result_ttl: must be seconds of 0 or more, not nan"),
        (["--webhook", "not-a-url"], "webhook: 'not-a-url' is no URL"),
        (["--key", ""], "keys: an API key is not empty"),
        (["--fsync"], "--fsync: does nothing for a store that is no file"),
        (["--seed", str(2**70)], "does not fit into 64 bits"),
        (["--lenient", "mulerouter"], "no leniency 'mulerouter' (a provider stands before --lenient;"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(arguments, problem, capsys):
    from reelspec.__main__ import main

    assert main(["mock", "novita", "--port", "0", "--store", "memory", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert problem in line


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port", "99999"], "'99999' is no whole number of 0 to 65,535"),
        (["--workers", "0"], "'0' is no whole number of 1 to 64"),
        (["--speed", "nan"], "'nan' is no number of 0 to 1,000,000"),
    ],
)
def test_numbers_out_of_range_are_told_their_range(arguments, problem, capsys):
    from reelspec.__main__ import main

    with pytest.raises(SystemExit) as stopped:
        main(["mock", "novita", *arguments])
    assert stopped.value.code == 2
    assert problem in capsys.readouterr().err


def test_the_clock_goes_on_from_where_an_earlier_run_left_it(tmp_path, capsys):
    settings = {"requests_per_minute": 1, "concurrency": 1}
    options = {"providers": ["novita"], "speed": 1, "since": time.time(), "settings": settings}
    options["store"] = str(tmp_path / "mock.sqlite3")
    headers = {b"authorization": b"Bearer a-test-key", b"content-type": b"application/json"}

    def submitted(app):
        request = Request("POST", PATH, b"", headers, orjson.dumps(BODY), "")
        reply = app.engines["novita"].handle(request, app.clock.now())
        return reply.status

    earlier = serve.application(options)
    earlier.clock.advance(86_400)
    assert submitted(earlier) == 200
    earlier.clock.advance(7_200)
    poll = Request("GET", POLL, b"task_id=x", headers, b"", "")
    assert earlier.engines["novita"].handle(poll, earlier.clock.now()).status == 404
    earlier.close()
    assert capsys.readouterr().err == ""

    board = tmp_path / "board"
    board.mkdir()
    later = serve.application({**options, "since": time.time()})
    workers = [serve.application({**options, "since": time.time(), "board": str(board)}) for _ in range(2)]
    (line,) = capsys.readouterr().err.splitlines()
    assert "reelspec: the clock begins at 20" in line
    assert line.endswith("POST /_mock/reset and start again, or give another --store)")
    for app in (later, *workers):
        assert 86_400 <= app.clock.now() - options["since"] < 86_500
        assert submitted(app) == 200
        app.store.reset()
        app.close()


def test_a_store_that_cannot_be_read_is_one_line_and_exit_2(tmp_path, capsys):
    from reelspec.__main__ import main

    path = tmp_path / "mock.sqlite3"
    open_store(str(path)).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE tasks")
    assert main(["mock", "novita", "--port", "0", "--store", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be used as a store" in line


def test_workers_end_with_their_parent(tmp_path):
    with running(tmp_path, "--workers", "2", TMPDIR=str(tmp_path)) as (process, url):
        assert httpx.post(url + PATH, json=BODY, **OPTIONS).status_code == 200
        assert list(tmp_path.glob("reelspec-mock-*"))
        process.kill()
        assert process.stderr.read() == ""  # until both have ended, which hold its other end
    assert not list(tmp_path.glob("reelspec-mock-*"))
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/healthz")


def test_a_locked_file_is_told_in_the_providers_words(tmp_path):
    store = tmp_path / "mock.sqlite3"
    with running(tmp_path, "--store", str(store)) as (_, url), closing(sqlite3.connect(store)) as other:
        assert httpx.post(url + PATH, json=BODY, **OPTIONS).status_code == 200
        other.execute("BEGIN IMMEDIATE")
        refused = httpx.post(url + PATH, json=BODY, **OPTIONS)
        assert (refused.status_code, "locked" in refused.json()["message"]) == (500, True)
        other.execute("ROLLBACK")
        assert httpx.post(url + PATH, json=BODY, **OPTIONS).status_code == 200
        kept = httpx.get(url + "/_mock/journal").json()
        assert [found["verdict"] for found in kept] == ["accepted", "server_error", "accepted"]


def test_every_worker_answers_for_all(tmp_path):
    options = ["--workers", "2", "--speed", "0", "--store", "memory"]
    each_anew = httpx.Limits(max_keepalive_connections=0)  # so that now one worker gets it, now the other
    with running(tmp_path, *options) as (_, url), httpx.Client(base_url=url, limits=each_anew, **OPTIONS) as http:

        def told(name):
            seen = [http.get(f"/_mock/{name}").json() for _ in range(8)]
            assert seen == [seen[0]] * 8
            return seen[0]

        http.post("/_mock/faults", json={"kind": "status", "status": 503, "times": 5})
        answers = [http.post(PATH, json=BODY) for _ in range(30)]
        assert [answer.status_code for answer in answers] == [503] * 5 + [200] * 25
        assert told("faults") == []
        assert [found["number"] for found in told("journal")] == list(range(1, 31))
        assert len({answer.json()["task_id"] for answer in answers[5:]}) == len(told("tasks")) == 25
        http.post("/_mock/clock", json={"advance": 10_000})
        told("clock")
        polled = [http.get(POLL, params=answer.json()).json()["task"]["status"] for answer in answers[5:]]
        assert polled == ["TASK_STATUS_SUCCEED"] * 25
        http.post("/_mock/reset", json={})
        assert told("journal") == told("tasks") == []
