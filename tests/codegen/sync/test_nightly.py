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
from .conftest import Site, page

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

    def night(self) -> list[str]:
        """Run the job's steps but for the installation; return what GitHub was asked for, viewing apart."""
        self.asked.write_text("", encoding="utf-8")
        steps = yaml12.load(EXAMPLES / "nightly-sync.yml")["jobs"]["sync"]["steps"]
        scripts = [step["run"] for step in steps if "run" in step]
        assert scripts[0] == "pip install ."
        for script in scripts[1:]:
            self.run(script)
        lines = self.asked.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("pr view")]


@pytest.fixture
def repository(site: Site) -> Repository:
    name = studio.NAMES[0]
    site.serve(f"/{name}/make.md", page(studio.MAKE.format(longest=200), etag='"one"'))
    site.serve(f"/{name}/look.md", page(studio.LOOK))
    return Repository(site.home, site.base)


def test_the_nightly_job_opens_a_pull_request_when_a_page_changed(site: Site, repository: Repository) -> None:
    hooks = [hook for one in yaml12.load(EXAMPLES / "pre-commit-config.yaml")["repos"] for hook in one["hooks"]]
    for hook in hooks:
        repository.run(hook["entry"])

    assert repository.night() == []

    site.serve(f"/{studio.NAMES[0]}/make.md", page(studio.MAKE.format(longest=100), etag='"two"'))
    wanted = "pr create --head nightly-sync --title Documentation changed --body-file report.md"
    assert repository.night() == [wanted]
    assert "request-bound-tightened" in (repository.home / "report.md").read_text(encoding="utf-8")
    files = repository.run(
        "git ls-remote --heads origin; git show --stat=200 --format= origin/nightly-sync"
    ).splitlines()
    assert any(line.endswith("refs/heads/nightly-sync") for line in files)
    assert any("specs/films/openapi.yaml" in line for line in files)
    assert any("generated/films/CHANGELOG.md" in line for line in files)
    assert all("report.md" not in line and ".cache" not in line for line in files)

    repository.run("git switch --quiet main")
    repository.state.write_text("OPEN\n", encoding="utf-8")
    assert repository.night() == ["pr edit nightly-sync --body-file report.md"]
