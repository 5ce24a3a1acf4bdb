"""The nightly job and the hooks that users copy, run as they stand: by a shell, in a repository, against a site."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specs import yaml12

from . import studio
from .conftest import Site, page, status

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
GH = """\
#!/bin/sh
echo "$@" >> "$ASKED"
test "$2" != view || cat "$STATE"
"""
"""Stands for GitHub's command line: notes what it is asked, and tells the state of the pull request."""
pytestmark = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("git")), reason="needs bash and git")


class Repository:
    """A clone with specs and clients of one provider, the tools of the job on the path."""

    def __init__(self, home: Path, base: str) -> None:
        self.home, self.asked, self.state = home / "clone", home / "asked", home / "state"
        self.state.touch()
        tools = home / "tools"
        tools.mkdir()
        for name, text in {"gh": GH, "reelspec": f'#!/bin/sh\nexec "{sys.executable}" -m reelspec "$@"\n'}.items():
            (tools / name).write_text(text, encoding="utf-8")
            (tools / name).chmod(0o755)
        self.environment = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(home),
            "GIT_CONFIG_GLOBAL": os.devnull, "ASKED": str(self.asked), "STATE": str(self.state),
        }  # fmt: skip
        studio.build(self.home, base, studio.NAMES[:1])
        self.run(
            "reelspec sync --from pages --specs specs --output generated --cache .cache\nrm -r pages\n"
            "git init --quiet --initial-branch main\ngit add specs generated\n"
            "git -c user.name=me -c user.email=me@studio.example commit --quiet --message start\n"
            "git init --quiet --bare ../origin.git\ngit remote add origin ../origin.git\ngit push --quiet origin main\n"
        )

    def run(self, script: str) -> str:
        """Run a script as a job's step is run."""
        done = subprocess.run(  # noqa: S603 (our own commands)
            ["bash", "-e", "-o", "pipefail", "-c", script],  # noqa: S607 (of the path above)
            cwd=self.home, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        return done.stdout

    def night(self, *, ends: int = 0) -> list[str]:
        """Run the job's steps but for the installation, on a fresh checkout; return what GitHub was asked to do.

        The job `ends` with that status, which is the last step's.
        """
        self.run("git switch --quiet --force main")
        self.asked.write_text("", encoding="utf-8")
        steps = yaml12.load(EXAMPLES / "nightly-sync.yml")["jobs"]["sync"]["steps"]
        install, *scripts, last = [step["run"] for step in steps if "run" in step]
        assert install == 'pip install "$REELSPEC"'
        for script in scripts:
            self.run(script)
        self.run(f"status=0; ({last}) || status=$?; test $status -eq {ends}")
        lines = self.asked.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("pr view")]

    @property
    def pushed(self) -> str:
        """The commit that the branch has at GitHub, empty where there is none."""
        return self.run("git ls-remote origin refs/heads/nightly-sync | cut -f1").strip()

    def body(self) -> str:
        """Return the text of the pull request."""
        return (self.home / "body.md").read_text(encoding="utf-8")


NAME = studio.NAMES[0]
CREATED = "pr create --head nightly-sync --title Documentation changed --body-file body.md"
EDITED = "pr edit nightly-sync --body-file body.md"


def document(site: Site, longest: int) -> None:
    site.serve(f"/{NAME}/make.md", page(studio.MAKE.format(longest=longest), etag=f'"{longest}"'))


@pytest.fixture
def repository(site: Site) -> Repository:
    document(site, 200)
    site.serve(f"/{NAME}/look.md", page(studio.LOOK))
    return Repository(site.home, site.base)


def test_the_nights_of_a_pull_request(site: Site, repository: Repository) -> None:
    """One after the other: each night that renders a client takes seconds."""
    hooks = [hook for one in yaml12.load(EXAMPLES / "pre-commit-config.yaml")["repos"] for hook in one["hooks"]]
    for hook in hooks:
        repository.run(hook["entry"])
    assert repository.night() == []

    document(site, 100)
    assert repository.night() == [CREATED]
    assert "request-bound-tightened" in repository.body()
    files = repository.run("git show --stat=200 --format= origin/nightly-sync").splitlines()
    assert any("specs/films/openapi.yaml" in line for line in files)
    assert any("generated/films/CHANGELOG.md" in line for line in files)
    assert all(name not in line for line in files for name in ("report.md", "body.md", ".cache", "sync.status"))

    first = repository.pushed
    repository.state.write_text("OPEN\n", encoding="utf-8")
    assert repository.night() == [EDITED]
    assert repository.pushed == first, "what is the same is not pushed again"

    site.serve(f"/{NAME}/make.md", status(404))
    assert repository.night(ends=2) == [], "a page that is gone fails the job and closes nothing"

    document(site, 200)
    (closed,) = repository.night()
    assert closed.startswith("pr close nightly-sync --delete-branch"), "the docs went back"

    repository.run(
        "git switch --quiet nightly-sync\necho '# looked at' >> specs/films/overlay.yaml\n"
        "git -c user.name=me -c user.email=me@studio.example commit --quiet --all --message look\n"
        "git push --quiet origin nightly-sync\n"
    )
    theirs = repository.pushed
    assert repository.night() == [], "what somebody committed is not closed"
    document(site, 90)
    assert repository.night() == [EDITED]
    assert repository.body().startswith("Somebody committed to this branch")
    assert repository.pushed == theirs, "and not thrown away"
