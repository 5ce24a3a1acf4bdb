"""Kill -9 in the middle of a batch: no task is lost, none is submitted twice. Counted at the provider."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
HOME = HERE.parents[1] / "generated" / "novita"
ROUNDS = int(os.environ.get("REELSPEC_KILLS", "4"))


@pytest.fixture
def address() -> Iterator[str]:
    with subprocess.Popen(  # noqa: S603 (our own file)
        [sys.executable, str(HERE / "provider_process.py")], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")
def test_a_killed_batch_loses_no_task_and_submits_none_twice(address: str, tmp_path: Path) -> None:
    arguments = [str(HERE / "batch_process.py"), str(HOME), address, str(tmp_path), str(ROUNDS), "7"]
    done = subprocess.run(  # noqa: S603 (our own file)
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    counted = httpx.get(f"{address}/counts").json()
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == ROUNDS
    assert set(counted["submitted"].values()) == {1}
    for found in rounds:
        returned = {outcome["task"] for outcome in found["outcomes"] if outcome["task"]}
        unknown = [number for number, outcome in enumerate(found["outcomes"]) if outcome["error"]]
        assert {found["outcomes"][number]["error"] for number in unknown} <= {"SubmitOutcomeUnknown"}
        assert len(unknown) <= 4  # no more than were under way at once
        at_provider = {
            task: prompt for task, prompt in counted["tasks"].items() if prompt.startswith(f"{found['round']}-")
        }
        lost = {prompt for task, prompt in at_provider.items() if task not in returned}
        assert lost <= {f"{found['round']}-{number}" for number in unknown}
        assert len(returned) + len(unknown) == 40
    left = [found["left"] for found in rounds if found["killed"]]
    assert sum(0 < lines < 120 for lines in left) >= ROUNDS // 4, left
