"""Does the mock lose or mix up tasks? Kills under load, workers on one Redis; then Schemathesis on every provider."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from benchmarks import second_opinion
from benchmarks._peers import family
from benchmarks.mock import GOOD, PATH, http
from mockserver.stores import open_store

KILLS = 100
REQUESTS = 20_000
CONNECTIONS = 32


class Asker(asyncio.Protocol):
    """One connection that submits, keeps the id that each answer tells, and submits again while there is work."""

    def __init__(self, begin: Callable[[], bool], ids: list[str], done: asyncio.Future[None]) -> None:
        self.begin, self.ids, self.done, self.buffer = begin, ids, done, b""
        self.request = http("POST", PATH, GOOD)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Submit for the first time."""
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Keep the id of a complete answer."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if found and length and len(body) >= int(length[1]):
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(body.decode())
            self.ids.append(json.loads(body)["task_id"])
            self.buffer = b""
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a killed server is what is tried
        """End; an answer that did not arrive whole promised nothing."""
        if not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        if self.begin():
            self.transport.write(self.request)  # type: ignore[attr-defined]
        else:
            self.transport.close()


async def submit_all(port: int, begin: Callable[[], bool], ids: list[str]) -> None:
    """Submit over many connections until `begin` says no or the server is gone."""
    loop = asyncio.get_running_loop()
    ends: list[asyncio.Future[None]] = []
    with suppress(OSError):  # it may be killed before all have come
        for _ in range(CONNECTIONS):
            end = loop.create_future()
            await loop.create_connection(partial(Asker, begin, ids, end), "127.0.0.1", port)
            ends.append(end)
    await asyncio.gather(*ends)


@contextmanager
def served(*arguments: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Yield the port and the process of a served mock; all its processes are gone afterwards."""
    command = [sys.executable, "-m", "reelspec", "mock", "novita", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://[^:]+:(\d+)", line)
            if found is None:
                raise RuntimeError(f"the mock did not start: {line!r}")
            yield int(found[1]), process
        finally:
            if process.poll() is None:
                for pid in reversed(family(process.pid)):
                    os.kill(pid, 9)


def kills(directory: Path) -> str:
    """Kill a served SQLite mock at random moments under load and count the accepted tasks that are gone."""
    place, ids, chance = str(directory / "soak.sqlite3"), list[str](), random.Random(7)
    for _ in range(KILLS):
        with served("--store", place) as (port, process):

            async def under_load(port: int = port, process: subprocess.Popen[str] = process) -> None:
                asyncio.get_running_loop().call_later(chance.uniform(0.02, 0.3), process.kill)
                await submit_all(port, lambda: True, ids)

            asyncio.run(under_load())
    return f"{KILLS} kills: {kept(place, ids)}"


def workers(directory: Path, requests: int = REQUESTS) -> str:
    """Let four workers on one Redis accept tasks."""
    if shutil.which("redis-server") is None:
        return "left out: there is no redis-server"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as redis:
        try:
            _wait_for(port)
            place, ids, left = f"redis://127.0.0.1:{port}/0", list[str](), iter(range(requests))
            with served("--workers", "4", "--store", place) as (mock_port, _):
                time.sleep(1)  # the first worker answers before the last has started
                asyncio.run(submit_all(mock_port, lambda: next(left, None) is not None, ids))
            return f"4 workers: {kept(place, ids)}"
        finally:
            redis.kill()


def kept(place: str, ids: list[str]) -> str:
    """Say how many of the ids stand twice, and how many are not in the store."""
    store = open_store(place)
    lost = sum(store.get("novita", one) is None for one in ids)
    store.close()
    return f"{len(ids):,} accepted, {len(ids) - len(set(ids))} ids twice, {lost} lost"


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens at {port}")


SOAKS: tuple[Callable[[Path], str], ...] = (kills, workers)


def main() -> None:
    """Run each once, in about five minutes, and print a line for each."""
    for soak in SOAKS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as directory:
            told = soak(Path(directory))
        print(f"{soak.__name__} ({time.monotonic() - begun:.0f} s): {told}", flush=True)
    second_opinion.main()


if __name__ == "__main__":
    main()
