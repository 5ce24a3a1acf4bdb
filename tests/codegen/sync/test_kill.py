"""A run that is killed leaves the old tree or the new one, whatever it was doing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codegen import files
from reelspec.__main__ import main
from specs.errors import ReelspecError

from .conftest import Site

RUN = """
import builtins, os, signal, sys
from pathlib import Path
from codegen import files

def dies(call):
    def wrapped(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return wrapped

def work(home):
    for holder, names in ((os, ("replace", "unlink", "fsync", "chmod")), (builtins, ("open",))):
        for name in names:
            setattr(holder, name, dies(getattr(holder, name)))
    files.recover(home / "journal")
    wanted = {home / f"{n}.txt": f"new {n}" for n in range(12)}
    files.write(files.changes(wanted, [home / "old.txt"]), home / "journal")
    os._exit(0)

for home, left in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    child = os.fork()
    if not child:
        work(Path(home))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
"""For each folder and number: a process that kills itself at the so-manieth call that touches a file."""
OLD = {**{f"{n}.txt": f"old {n}" for n in range(8)}, "old.txt": "old"}
NEW = {f"{n}.txt": f"new {n}" for n in range(12)}


def run(moments: dict[Path, int]) -> list[bool]:
    """Run once in each folder; tell whether it was killed."""
    arguments = [str(word) for pair in moments.items() for word in pair]
    command = [sys.executable, "-c", RUN, *arguments]
    done = subprocess.run(  # noqa: S603 (our own program)
        command, check=True, cwd=Path(files.__file__).parents[1], capture_output=True, text=True
    )
    codes = [int(line) for line in done.stdout.split()]
    assert set(codes) <= {0, -signal.SIGKILL}
    return [code != 0 for code in codes]


def folder(path: Path) -> Path:
    path.mkdir()
    for name, text in OLD.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def tree(home: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in home.iterdir()}


def test_old_or_new_at_fifty_moments(tmp_path: Path) -> None:
    moments = {folder(tmp_path / str(n)): n for n in sorted(random.Random(7).sample(range(1, 80), 50))}
    seen = set()
    for home, killed in zip(moments, run(moments), strict=True):
        files.recover(home / "journal")
        found = tree(home)
        assert found in (OLD, NEW), home
        assert killed or found == NEW
        seen.add((killed, found == NEW))
    assert seen == {(True, False), (True, True), (False, True)}


def test_a_run_that_is_killed_while_completing_is_completed_too(tmp_path: Path) -> None:
    home = folder(tmp_path / "home")
    assert run({home: 45}) == [True]
    assert (home / "journal").exists()
    for moment in (1, 2, 3):
        assert run({home: moment}) == [True]
    files.recover(home / "journal")
    assert tree(home) == NEW


def test_the_next_sync_completes_a_killed_one(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    home = site.provider()
    arguments = ["sync", "--specs", str(home), "--cache", str(site.home / "cache"), "--no-clients"]
    dying = """
import os, signal, sys
from codegen import files
put = os.replace

def replace(*names):
    put(*names)
    if str(names[1]).endswith("openapi.yaml"):
        os.kill(os.getpid(), signal.SIGKILL)

files.os.replace = replace
from reelspec.__main__ import main
main(sys.argv[1:])
"""
    command = [sys.executable, "-c", dying, *arguments]
    done = subprocess.run(command, check=False, cwd=Path(files.__file__).parents[1], capture_output=True)  # noqa: S603
    assert done.returncode == -signal.SIGKILL, done.stderr
    folder = home / "films"
    assert [(folder / name).exists() for name in ("openapi.yaml", "pages.lock")] == [True, False]
    assert main(arguments) == 0
    assert "completed what a broken run began" in capsys.readouterr().out
    assert (folder / "pages.lock").exists()
    assert not list(home.rglob(".*reelspec*"))
    assert main([*arguments, "--check"]) == 0


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("{", encoding="utf-8")
    with pytest.raises(ReelspecError, match="cannot be read"):
        files.recover(tmp_path / "journal")


def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("old", encoding="utf-8")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    found = files.changes({tmp_path / "one.txt": "new"})
    blocked = files.Change(tmp_path / "file" / "two.txt", None, "new")
    with pytest.raises(ReelspecError, match="cannot be written"):
        files.write([*found, blocked], tmp_path / "journal")
    assert tree(tmp_path) == {"one.txt": "old", "file": "no folder"}
