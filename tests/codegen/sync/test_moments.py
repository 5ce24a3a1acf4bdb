"""A sync that is killed at a random moment leaves the old tree or the new one, with nobody's help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
MOMENTS = 50 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" or os.environ.get("CI") else 15


def test_old_or_new_at_random_moments(tmp_path: Path) -> None:
    program = [sys.executable, str(Path(__file__).with_name("moments.py")), str(tmp_path / "home"), str(MOMENTS), "7"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603 (our own program)
        program, check=False, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(rows) == MOMENTS
    assert [row for row in rows if row["left"] == "mixed"] == []
    assert [row for row in rows if row["next"] or row["then"] != "new"] == []
    found = Counter((row["in_window"], row["killed"], row["left"]) for row in rows)
    assert found[True, True, "new"], found  # killed while files were being replaced, and they were
    assert found[False, True, "old"], found
