"""Kill -9 in the middle of a batch: no task is lost, none is submitted twice. Counted at the served mock."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

HERE = Path(__file__).parent
HOME = HERE.parents[1] / "generated" / "novita"
ROUNDS = int(os.environ.get("REELSPEC_KILLS") or (50 if settings.get_current_profile_name() == "ci" else 4))
SIZE = 40


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The mock as a process, its tasks in an SQLite file."""
    command = [sys.executable, "-m", "reelspec", "mock", "novita", "--port", "0", "--instant"]
    command += ["--store", str(tmp_path / "tasks.sqlite3")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (ours)
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            process.kill()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")
def test_a_killed_batch_loses_no_task_and_submits_none_twice(address: str, tmp_path: Path) -> None:
    arguments = [str(HERE / "batch_process.py"), str(HOME), address, str(tmp_path), str(ROUNDS), "7"]
    done = subprocess.run(  # noqa: S603 (our own file)
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == ROUNDS
    tasks = httpx.get(f"{address}/_mock/tasks", params={"limit": SIZE * (ROUNDS + 1) * 2}, timeout=60).json()
    prompts = {task["id"]: task["shots"][0][0] for task in tasks}
    assert set(Counter(prompts.values()).values()) == {1}, "a request was submitted twice"
    for found in rounds:
        returned = {outcome["task"] for outcome in found["outcomes"] if outcome["task"]}
        unknown = [number for number, outcome in enumerate(found["outcomes"]) if outcome["error"]]
        assert {found["outcomes"][number]["error"] for number in unknown} <= {"SubmitOutcomeUnknown"}
        assert len(unknown) <= 4  # no more than were under way at once
        assert returned <= set(prompts)
        at_provider = {task: prompt for task, prompt in prompts.items() if prompt.startswith(f"{found['round']}-")}
        lost = {prompt for task, prompt in at_provider.items() if task not in returned}
        assert lost <= {f"{found['round']}-{number}" for number in unknown}
        assert len(returned) + len(unknown) == SIZE
    left = [found["left"] for found in rounds if found["killed"]]
    assert sum(0 < lines < 3 * SIZE for lines in left) >= ROUNDS // 4, left
