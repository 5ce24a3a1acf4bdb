"""Strict mypy finds nothing in any client, and what it should refuse it refuses. (Pyright: `make lint`, same file.)"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
USER = Path(__file__).with_name("typed_user.py")


def test_strict_mypy_finds_nothing_in_the_clients_and_tells_users_their_mistakes(tmp_path: Path) -> None:
    for path in (ROOT / "generated").glob("*/*/py.typed"):
        (tmp_path / path.parent.name).symlink_to(path.parent)
    (tmp_path / "user.py").symlink_to(USER)
    packages = sorted(path.name for path in tmp_path.iterdir())
    assert len(packages) >= 6
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "--hide-error-context",
               "--cache-dir", str(ROOT / ".mypy_cache" / "clients"), *packages]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)  # noqa: S603 (ours)
    assert done.stderr == ""
    found = [line for line in done.stdout.splitlines() if ": note: " not in line]
    assert [line for line in found if not line.startswith("user.py:")] == []
    lines = enumerate(USER.read_text(encoding="utf-8").splitlines(), 1)
    expected = {number: line.partition("# E: ")[2] for number, line in lines if "# E: " in line}
    assert {int(line.split(":")[1]) for line in found} == set(expected), found
    for number, word in expected.items():
        assert any(word in line for line in found if line.startswith(f"user.py:{number}:")), word
