"""Runs a batch of 40 in a child, kills it at a random moment, runs it again to its end; prints what came of it.

Arguments: the package's folder, the provider's address, a folder for journals, how often, a seed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx

SIZE = 40


def batch(package: Any, address: str, journal: Path, requests: list[Any]) -> list[dict[str, Any]]:
    http = httpx.Client(verify=False, trust_env=False)  # noqa: S501 (plain HTTP; made quickly)
    with http, package.Client("key", address, http_client=http, poll_interval=0.001) as client:
        outcomes = client.run_many(requests, concurrency=4, journal=journal)
    return [{"error": type(found.error).__name__ if found.error else None,
             "task": found.result.task.id if found.result else None} for found in outcomes]  # fmt: skip


def child(package: Any, address: str, journal: Path, name: str, output: Path) -> int:
    """Fork a child that runs the batch and writes what came of it; return its process id."""
    operation = package.Client("key", address).kling_v3_0_pro_i2v
    requests = [operation.request(image="https://a.test/a.png", prompt=f"{name}-{n}") for n in range(SIZE)]
    process = os.fork()
    if process:
        return process
    try:
        output.write_text(json.dumps(batch(package, address, journal, requests)))
    finally:
        os._exit(0)


def main() -> None:
    home, address, folder, rounds, seed = sys.argv[1:]
    sys.path.insert(0, home)
    import importlib

    package = importlib.import_module("novita_kling")
    importlib.import_module("novita_kling.models")
    chance = random.Random(seed)
    begun = time.monotonic()
    os.waitpid(child(package, address, Path(folder) / "whole.jsonl", "whole", Path(folder) / "whole.json"), 0)
    whole = time.monotonic() - begun
    for number in range(int(rounds)):
        journal, output = Path(folder) / f"{number}.jsonl", Path(folder) / f"{number}.json"
        process = child(package, address, journal, f"r{number}", output)
        time.sleep(chance.uniform(0, whole))
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        left = journal.read_text().count("\n") if journal.exists() else 0
        output.unlink(missing_ok=True)
        os.waitpid(child(package, address, journal, f"r{number}", output), 0)
        found = json.loads(output.read_text())
        print(json.dumps({"round": f"r{number}", "killed": os.WIFSIGNALED(status), "left": left, "outcomes": found}))


if __name__ == "__main__":
    main()
