"""`reelspec sync --from` of all providers: nothing new, and one page changed, beside reading and generating that alone.

Whole processes, in turn, so that a busy machine slows all alike; the share is of processor time, children included. The
trees are copies: nothing of the checkout is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from codegen import pagelist

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
ROUNDS = 5
UNCHANGED = 1.0
"""Seconds that a sync with nothing new may take."""
CHANGED = 2.0
"""How many times as long as extraction and generation of its provider alone a changed page may take."""
PARTS = ("specs", "generated", "cache")
LIMIT = (b"2500", b"2400")
"""What the change is: the longest prompt, on a page that no other provider shares."""
ALONE = """
import sys
from pathlib import Path
from codegen import pagelist
from codegen.extract import extract
from codegen.pages import naming
from reelspec.__main__ import main

folder, pages, output = map(Path, sys.argv[1:])
listed, names = pagelist.load(folder / "pages.toml"), naming.load(folder / "pages.toml")
for page in listed.pages:
    extract((pages / page.file).read_bytes(), names, page.file)
sys.exit(main(["generate", folder.name, "--specs", str(folder.parent), "-o", str(output)]))
"""
"""One process that reads the pages of one provider and generates its client, and does nothing else."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took, in seconds."""

    wall: float
    processor: float


class Bench:
    """Copies of specs, clients and pages below a folder, in the state that is committed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lists = [pagelist.load(path) for path in sorted(ROOT.glob("specs/*/pages.toml"))]
        for listed in self.lists:
            shutil.copytree(ROOT / "specs" / listed.provider, home / "kept" / "specs" / listed.provider)
            for page in listed.pages:
                target = home / "pages" / page.file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(SHARED / page.file, target)
        shutil.copytree(
            ROOT / "generated", home / "kept" / "generated", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
        )
        (home / "kept" / "cache").mkdir()
        self.restore()
        self.sync()  # what is stale in the checkout, and the memory of what is not
        shutil.rmtree(home / "kept")
        for part in PARTS:
            shutil.copytree(home / part, home / "kept" / part)

    def restore(self) -> None:
        """Put specs and clients back, and what is remembered of them."""
        for part in PARTS:
            shutil.rmtree(self.home / part, ignore_errors=True)
            shutil.copytree(self.home / "kept" / part, self.home / part)

    def sync(self) -> Cost:
        """Sync all providers."""
        places = {"--from": "pages", "--specs": "specs", "--cache": "cache"}
        options = [word for name, place in places.items() for word in (name, str(self.home / place))]
        return cost("-m", "reelspec", "sync", *options)

    def alone(self, provider: str) -> Cost:
        """Read and generate one provider and nothing else."""
        shutil.rmtree(self.home / "alone", ignore_errors=True)
        places = (self.home / "specs" / provider, self.home / "pages", self.home / "alone")
        return cost("-c", ALONE, *map(str, places))

    def changed(self, page: str, provider: str) -> tuple[Cost, Cost]:
        """Sync with one page changed, then read and generate its provider alone; the old state stands afterwards."""
        path = self.home / "pages" / page
        old = path.read_bytes()
        path.write_bytes(old.replace(*LIMIT))
        try:
            synced = self.sync()
            return synced, self.alone(provider)
        finally:
            path.write_bytes(old)
            self.restore()

    def own(self) -> dict[str, str]:
        """Return, by provider, a page that is its own and states the limit."""
        files = [page.file for listed in self.lists for page in listed.pages]
        return {
            listed.provider: page.file
            for listed in self.lists
            for page in reversed(listed.pages)
            if files.count(page.file) == 1 and LIMIT[0] in (self.home / "pages" / page.file).read_bytes()
            and listed.provider != "mulerouter"  # names of its page stand in pages.toml, for just these bytes
        }  # fmt: skip


def cost(*arguments: str) -> Cost:
    """Run Python and return what it and its children took. Raises CalledProcessError with what it said."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, process.args, said.read().decode())
    return Cost(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime)


def main() -> None:
    """Print the table; one line where the shared pages are not there."""
    if not (SHARED / "corpus").is_dir():
        print("sync: skipped, there are no pages in ../shared")
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        unchanged: list[Cost] = []
        pairs: dict[str, list[tuple[Cost, Cost]]] = {}
        for _ in range(ROUNDS):
            unchanged.append(bench.sync())
            for provider, page in bench.own().items():
                pairs.setdefault(provider, []).append(bench.changed(page, provider))
    report(len(bench.lists), unchanged, pairs)


def report(count: int, unchanged: list[Cost], pairs: dict[str, list[tuple[Cost, Cost]]]) -> None:
    """Print medians, and the largest of the unchanged ones."""
    wall, most = median(one.wall for one in unchanged), max(one.wall for one in unchanged)
    print(f"medians of {ROUNDS} rounds; load {os.getloadavg()[0]:.1f}; seconds, wall / processor\n")
    print(f"| {count} providers, sync --from | sync | read and generate the one alone | bar | |")
    print("|---|---|---|---|---|")
    print(
        f"| nothing new | {wall:.2f} (at most {most:.2f}) / {median(one.processor for one in unchanged):.2f} | "
        f"| ≤ {UNCHANGED:g} s | {_verdict(wall <= UNCHANGED)} |"
    )
    for provider, rows in pairs.items():
        share = median(synced.processor / alone.processor for synced, alone in rows)
        synced, alone = (_medians([row[side] for row in rows]) for side in (0, 1))
        verdict = f"{share:.2f} ≤ {CHANGED:g} × | {_verdict(share <= CHANGED)}"
        print(f"| a page of {provider} | {synced} | {alone} | {verdict} |")


def _medians(costs: list[Cost]) -> str:
    return f"{median(one.wall for one in costs):.2f} / {median(one.processor for one in costs):.2f}"


def _verdict(holds: bool) -> str:
    return "holds" if holds else "**does not hold**"


if __name__ == "__main__":
    main()
