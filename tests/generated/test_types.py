"""Strict type checkers find nothing in any client, and what they should refuse they refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
USER = """
from novita_kling import Client, VideoResult
from novita_kling.models import Shot

with Client() as client:
    result: VideoResult = client.kling_v3_0_pro_i2v.run(
        image=b"...", multi_prompt=[Shot(prompt="a", duration=3), {"prompt": "b"}], duration=8, timeout=None
    )
    client.kling_v3_0_pro_i2v.submit(prompt="a boat")  # E: image
    client.kling_v3_0_pro_i2v.submit(image="x", duration="5")  # E: duration
    client.kling_v3_0_pro_i2v.submit(image="x", colour="red")  # E: colour
    client.kling_v3_0_pro_i2v.submit(None)  # E: positional
    status: int = client.task_result(task_id="t")  # E: TaskResultAnswer
"""


def test_strict_mypy_finds_nothing_in_the_clients_and_tells_users_their_mistakes(tmp_path: Path) -> None:
    for path in (ROOT / "generated").glob("*/*/py.typed"):
        (tmp_path / path.parent.name).symlink_to(path.parent)
    (tmp_path / "user.py").write_text(USER)
    packages = sorted(path.name for path in tmp_path.iterdir())
    assert len(packages) >= 5
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "--hide-error-context",
               "--cache-dir", str(ROOT / ".mypy_cache" / "clients"), *packages]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)  # noqa: S603 (ours)
    assert done.stderr == ""
    found = [line for line in done.stdout.splitlines() if ": note: " not in line]
    assert [line for line in found if not line.startswith("user.py:")] == []
    expected = {n: line.partition("# E: ")[2] for n, line in enumerate(USER.splitlines(), 1) if "# E: " in line}
    assert {int(line.split(":")[1]) for line in found} == set(expected), found
    for number, word in expected.items():
        assert any(word in line for line in found if line.startswith(f"user.py:{number}:")), word
