"""No accepted task is lost: kills at random moments under load on SQLite, four workers on one Redis.

The profile `ci` (HYPOTHESIS_PROFILE) does the whole of it, others a fifth; `python -m benchmarks soak_mock` kills whole
commands instead of forks of one process.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys

import pytest
from hypothesis import settings

from benchmarks import soak_mock

WHOLE = settings.get_current_profile_name() == "ci"
KILLS, REQUESTS = (100, 20_000) if WHOLE else (20, 4_000)
FORKING = """
import os, sys, time
from mockserver import serve
from mockserver.mock import Mock
options = {
    "providers": ["novita"], "speed": 1, "since": time.time(), "store": sys.argv[1], "settings": {"lenient": []},
}
Mock("novita")  # what a contract needs is loaded before
for line in sys.stdin:
    if (pid := os.fork()) == 0:
        app, listening = serve.application(options), serve.listen("127.0.0.1", 0)
        print(os.getpid(), listening.getsockname()[1], flush=True)
        serve.server(app).run([listening])
    os.waitpid(pid, 0)
    print("gone", flush=True)
"""


def test_kills_under_load_lose_no_accepted_task(tmp_path):
    place, ids, chance = str(tmp_path / "soak.sqlite3"), list[str](), random.Random(7)
    command = [sys.executable, "-c", FORKING, place]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(KILLS):
            process.stdin.write("\n")
            process.stdin.flush()
            killed, port = map(int, process.stdout.readline().split())

            async def under_load(killed: int = killed, port: int = port) -> None:
                loop = asyncio.get_running_loop()
                loop.call_later(chance.uniform(0.01, 0.1), os.kill, killed, signal.SIGKILL)
                await asyncio.wait_for(soak_mock.submit_all(port, lambda: True, ids), 20)

            asyncio.run(under_load())
            assert process.stdout.readline() == "gone\n"
        process.stdin.close()
    assert len(ids) > KILLS
    assert soak_mock.kept(place, ids) == f"{len(ids):,} accepted, 0 ids twice, 0 lost"


def test_workers_on_one_redis_hand_out_no_id_twice_and_lose_none(tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    assert soak_mock.workers(tmp_path, REQUESTS) == f"4 workers: {REQUESTS:,} accepted, 0 ids twice, 0 lost"
