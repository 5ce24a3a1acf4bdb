"""A run that is killed leaves the old tree or the new one, whatever it was doing."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen import files, trees
from reelspec.__main__ import main
from specs.errors import ReelspecError

from .conftest import Site

ROOT = Path(files.__file__).parents[1]
RUN = """
import builtins, os, signal, sys
from pathlib import Path
from codegen import files

if sys.argv[1] == "alone":
    del os.setsid

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

for home, left in zip(sys.argv[2::2], map(int, sys.argv[3::2])):
    child = os.fork()
    if not child:
        work(Path(home))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each folder and number: a process that kills itself at the so-manieth call that touches a file.

"alone" is a platform without sessions, where the process that is killed does all itself."""
OLD = {**{f"{n}.txt": f"old {n}" for n in range(8)}, "old.txt": "old"}
NEW = {f"{n}.txt": f"new {n}" for n in range(12)}


def run(moments: dict[Path, int], platform: str) -> list[bool]:
    """Run once in each folder; tell whether it was killed. All that was begun has ended when this returns."""
    arguments = [str(word) for pair in moments.items() for word in pair]
    command = [sys.executable, "-c", RUN, platform, *arguments]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 (our own program)
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


def seen(home: Path) -> dict[str, str]:
    """Return the tree without what is on its way."""
    hidden = ("journal", files.SUFFIX)
    return {name: text for name, text in tree(home).items() if not name.endswith(hidden)}


@pytest.mark.parametrize("platform", ["with sessions", "alone"])
def test_old_or_new_at_fifty_calls(tmp_path: Path, platform: str) -> None:
    calls = 80 if platform == "alone" else 60
    moments = {folder(tmp_path / str(n)): n for n in sorted(random.Random(7).sample(range(1, calls), 50))}
    outcomes = set()
    for home, killed in zip(moments, run(moments, platform), strict=True):
        if platform != "alone":
            assert seen(home) in (OLD, NEW), home
        files.recover(home / "journal")
        found = tree(home)
        assert found in (OLD, NEW), home
        assert killed or found == NEW
        outcomes.add((killed, found == NEW))
    assert outcomes == {(True, False), (True, True), (False, True)}


def test_a_run_that_is_killed_while_completing_is_completed_too(tmp_path: Path) -> None:
    home = folder(tmp_path / "home")
    assert run({home: 52}, "alone") == [True]
    assert (home / "journal").exists()
    assert seen(home) not in (OLD, NEW)
    for moment in (3, 4, 5):
        assert run({home: moment}, "alone") == [True]
    files.recover(home / "journal")
    assert tree(home) == NEW


SLOW = """
import os, signal, subprocess, sys
from codegen import files, trees
from pathlib import Path

home, gate = map(Path, sys.argv[1:])
slow = gate.with_name("slow.py")
real = files.journals.__file__
slow.write_text(f"import runpy; open({str(gate)!r}).read(); runpy.run_path({real!r}, run_name='__main__')")
files.journals.__file__ = str(slow)
subprocess.Popen.wait = lambda self: os.kill(os.getpid(), signal.SIGKILL)
with trees.writing(home) as held:
    held.write(files.changes({home / f"{n}.txt": f"new {n}" for n in range(12)}, [home / "old.txt"]))
"""
"""Is killed when the process that carries the journal out has been begun; that one waits until the gate is opened."""


def test_what_outlives_the_killed_one_holds_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, gate = folder(tmp_path / "home"), tmp_path / "gate"
    os.mkfifo(gate)
    command = [sys.executable, "-c", SLOW, str(home), str(gate)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as killed:  # noqa: S603 (our own program)
        assert killed.wait() == -signal.SIGKILL
        monkeypatch.setattr(trees, "WAIT", 0.0)
        with pytest.raises(ReelspecError, match="another run has held it"), trees.writing(home):
            pass
        assert seen(home) == OLD
        gate.write_text("go", encoding="utf-8")
        assert killed.stdout is not None
        assert killed.stdout.read() == b""  # its end is the end of all that it began
    with trees.writing(home):
        assert tree(home) == NEW


def arguments(site: Site) -> list[str]:
    return ["sync", "--specs", str(site.home / "specs"), "--cache", str(site.home / "cache"), "--no-clients"]


@pytest.fixture
def broken(site: Site) -> Site:
    """A sync was killed between two files, and so was what carried it on."""
    home = site.provider()
    dying = """
import os, signal, sys
from codegen import files
del os.setsid
put = os.replace

def replace(*names):
    put(*names)
    if str(names[1]).endswith("openapi.yaml"):
        os.kill(os.getpid(), signal.SIGKILL)

files.os.replace = replace
from reelspec.__main__ import main
main(sys.argv[1:])
"""
    command = [sys.executable, "-c", dying, *arguments(site)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True)  # noqa: S603
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [(home / "films" / name).exists() for name in ("openapi.yaml", "pages.lock")] == [True, False]
    return site


def test_the_next_sync_completes_a_killed_one(broken: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(broken)) == 0
    assert "completed what a killed run began" in capsys.readouterr().err
    assert (broken.home / "specs" / "films" / "pages.lock").exists()
    assert not list(broken.home.rglob(".*reelspec*"))
    assert main([*arguments(broken), "--check"]) == 0


@pytest.mark.parametrize("command", ["sync", "generate"])
def test_a_check_tells_of_a_killed_sync_and_writes_nothing(
    broken: Site, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = broken.home / "specs"
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    more = ["generate", "--specs", str(home), "-o", str(broken.home / "generated"), "--check"]
    assert main([*arguments(broken), "--check"] if command == "sync" else more) in (1, 2)
    assert "a run was killed and is not completed" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_command_that_reads_completes_first(broken: Site, capsys: pytest.CaptureFixture[str]) -> None:
    home = broken.home / "specs"
    assert main(["explain", "films", "--specs", str(home)]) == 0
    assert "completed what a killed run began" in capsys.readouterr().err
    assert (home / "films" / "pages.lock").exists()
    assert not list(home.rglob(".*reelspec*"))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[int]:
    """Another run holds the folder."""
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield handle
    os.close(handle)


@pytest.mark.usefixtures("other")
def test_two_runs_do_not_write_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trees, "WAIT", 0.0)
    monkeypatch.setattr(trees, "PAUSE", 0.0)
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "pages.toml").write_text(
        'title = "Films"\nversion = "1.0.0"\n[[page]]\nkey = "make"\naddress = "https://films.example/make"\n'
        'file = "make.md"\noperation = "POST /films"\nid = "make_film"\n', encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "make.md").write_text("# Make a film\n", encoding="utf-8")
    assert main(["sync", "--specs", str(tmp_path), "--from", str(tmp_path), "--no-clients"]) == 2
    told = capsys.readouterr().err
    assert f"waiting for another run that holds {tmp_path}" in told
    assert "another run has held it for 0 s (wait for it or end it, then run again)" in told
    with pytest.raises(ReelspecError, match="another run"), trees.reading(tmp_path):
        pass


def test_the_second_goes_on_when_the_first_has_ended(
    tmp_path: Path, other: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trees.time, "sleep", lambda _: fcntl.flock(other, fcntl.LOCK_UN))
    with trees.writing(tmp_path) as held:
        held.write(files.changes({tmp_path / "one.txt": "one"}))
    assert capsys.readouterr().err.count("waiting for another run") == 1
    assert tree(tmp_path) == {"one.txt": "one"}


def test_readers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with trees.reading(tmp_path, tmp_path / "none"), trees.reading(tmp_path) as broken:
        assert broken == ()
    with trees.reading(tmp_path), trees.writing(tmp_path / "clients", reading=[tmp_path]):
        assert (tmp_path / "clients").is_dir()


def test_where_no_process_can_be_had_the_run_does_it_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    files.write(files.changes({tmp_path / "one.txt": "new"}), tmp_path / "journal")
    assert tree(tmp_path) == {"one.txt": "new"}


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"put": 1, "remove": []}'):
        (tmp_path / "journal").write_text(text, encoding="utf-8")
        with pytest.raises(ReelspecError, match="cannot be read"):
            files.recover(tmp_path / "journal")


def test_a_place_that_is_taken_is_told_and_done_later(tmp_path: Path) -> None:
    (tmp_path / "one.txt").mkdir()
    (tmp_path / "one.txt" / "inside").write_text("in the way", encoding="utf-8")
    with pytest.raises(ReelspecError, match=r"cannot be completed.*says what is left to do"):
        files.write([files.Change(tmp_path / "one.txt", None, "new")], tmp_path / "journal")
    (tmp_path / "one.txt" / "inside").unlink()
    (tmp_path / "one.txt").rmdir()
    assert files.recover(tmp_path / "journal")
    assert tree(tmp_path) == {"one.txt": "new"}


def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("old", encoding="utf-8")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    found = files.changes({tmp_path / "one.txt": "new"})
    blocked = files.Change(tmp_path / "file" / "two.txt", None, "new")
    with pytest.raises(ReelspecError, match="cannot be written"):
        files.write([*found, blocked], tmp_path / "journal")
    assert tree(tmp_path) == {"one.txt": "old", "file": "no folder"}
