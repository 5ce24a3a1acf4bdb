"""A program: kills a real sync at random moments and tells, one JSON line each, what it left and what came next.

The program itself imports all that a sync needs, and most syncs are forks of it: their whole time is spent on the work.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import studio

from reelspec.__main__ import main

LIMIT = 30.0
"""Seconds that anything may take."""


class Run:
    """A sync in a process and a group of its own; `output` is closed when it and all that it began have ended."""

    def __init__(self, home: Path, *, cold: bool = False) -> None:
        self.output, end = os.pipe()
        sys.stdout.flush()
        self.process = os.fork()
        if not self.process:
            os.setsid()
            os.dup2(end, 1)
            os.dup2(end, 2)
            if cold:
                os.execv(sys.executable, [sys.executable, "-m", "reelspec", *studio.arguments(home)])  # noqa: S606
            os._exit(main(studio.arguments(home)))
        os.close(end)

    def running(self) -> bool:
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def kill(self) -> None:
        os.killpg(self.process, signal.SIGKILL)

    def end(self) -> int:
        """Wait for the end of all processes; return the exit code."""
        while True:
            if not select.select([self.output], [], [], LIMIT)[0]:
                raise TimeoutError("what sync began does not end")
            if not os.read(self.output, 1 << 16):
                break
        os.close(self.output)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


class Moments:
    """A home before and after a change of its pages."""

    def __init__(self, home: Path) -> None:
        self.home, self.kept = home, home.with_name("kept")
        self.journal = home / "specs" / ".reelspec-journal"
        studio.build(home)
        assert main(studio.arguments(home)) == 0
        self.old = studio.tree(home)
        studio.document(home, 100)
        shutil.copytree(home, self.kept)
        assert main(studio.arguments(home)) == 0  # once here, so that all is imported
        self.new = studio.tree(home)
        shutil.copytree(home / "cache", self.kept / "cache", dirs_exist_ok=True)
        self.restore()
        begin = time.monotonic()
        run = Run(home)
        stood, gone = self.standing(run)
        assert run.end() == 0
        self.whole, self.window = time.monotonic() - begin, gone - stood
        assert studio.tree(home) == self.new

    def restore(self) -> None:
        """Put the old state back, with the memory of what gives the new one."""
        shutil.rmtree(self.home)
        shutil.copytree(self.kept, self.home)

    def standing(self, run: Run) -> tuple[float, float]:
        """Return when the journal came and when it went."""
        self.wait(run, self.journal.exists)
        stood = time.monotonic()
        self.wait(run, lambda: not self.journal.exists())
        return stood, time.monotonic()

    @staticmethod
    def wait(run: Run, until: Callable[[], bool]) -> None:
        while run.running() and not until():
            time.sleep(0.0005)

    def kill(self, seconds: float, *, in_window: bool, cold: bool) -> dict[str, object]:
        """Kill one sync after so many seconds, or so many seconds after the journal came."""
        self.restore()
        run = Run(self.home, cold=cold)
        if in_window:
            self.wait(run, self.journal.exists)
        time.sleep(seconds)
        run.kill()
        killed = run.end() == -signal.SIGKILL
        left, aside = studio.seen(self.home), len(studio.tree(self.home)) - len(studio.seen(self.home))
        code = Run(self.home).end()
        return {
            "cold": cold, "in_window": in_window, "seconds": seconds, "killed": killed, "aside": aside, "next": code,
            "left": "old" if left == self.old else "new" if left == self.new else "mixed",
            "then": "new" if studio.tree(self.home) == self.new else "other",
        }  # fmt: skip


def moments(home: Path, count: int, seed: int) -> None:
    """Kill `count` syncs, two of five of them while files are being replaced, and two of all that were started cold."""
    draw, at = random.Random(seed), Moments(home)
    for number in range(count):
        in_window = number % 5 in (1, 3)
        seconds = draw.uniform(0, at.window if in_window else at.whole)
        print(json.dumps(at.kill(seconds, in_window=in_window, cold=number in (1, 3))), flush=True)


if __name__ == "__main__":
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    moments(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
