"""The mock server against a bare ASGI answer under the same uvicorn, and against other mock servers, in one run.

wrk asks, written in C, so that it is not what limits: 32 connections that stay open, the same request over each. Two
rates are told: requests in a second of the clock, on cores that the server shares with wrk and with whatever else runs;
and requests in a second of the server's own processor time. Rounds of all servers take turns; medians are shown.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx
import orjson
import respx

import specs
from benchmarks._peers import Peer, family, serving_peers
from codegen.export import openapi
from mockserver import MockProvider

ROUNDS = 5
SECONDS = 1
WARM_UP = 3
"""Seconds before the first round: some servers compile while they run."""

CONNECTIONS = 32
PATH = "/v3/async/kling-v3.0-std-i2v"
POLL = "/v3/async/task-result"
HEADERS = {"Authorization": "Bearer a-key", "Content-Type": "application/json"}
IMAGE = "https://images.test/fox.png"
SHOTS = [{"prompt": "A fox in the snow", "duration": 4}, {"prompt": "The fox looks up", "duration": 6}]
GOOD = {"image": IMAGE, "prompt": "A fox in the snow", "duration": 10, "sound": True, "multi_prompt": SHOTS}
BAD = {**GOOD, "end_image": IMAGE, "duration": 11}
WRONG = {**BAD, "duration": 99}
"""What peers can refuse too: a limit of a field is broken besides the rules."""

BARE = """
import sys
from benchmarks.mock import hello
from mockserver import serve
import uvicorn
config = uvicorn.Config(
    hello, ws="none", lifespan="off", access_log=False, log_level="warning", server_header=False, proxy_headers=False
)
uvicorn.Server(config).run([serve.listen("127.0.0.1", int(sys.argv[1]))])
"""
PARSED = """
import asyncio, sys
import httptools, uvloop
class Parsed(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
    def data_received(self, data):
        self.parser.feed_data(data)
    def on_url(self, url):
        self.url = url
    def on_header(self, name, value):
        self.name, self.value = name.lower(), value
    def on_body(self, body):
        self.body = body
    def on_message_complete(self):
        self.transport.write(b'HTTP/1.1 200 OK\\r\\ncontent-length: 17\\r\\n\\r\\n{"hello":"world"}')
async def served():
    server = await asyncio.get_running_loop().create_server(Parsed, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
uvloop.run(served())
"""
"""The least that a server in Python does: the event loop and the parser are written in C."""

FILL = """
import orjson, specs, sys
from benchmarks.mock import GOOD, HEADERS, PATH
from mockserver import Engine, Request
engine = Engine(specs.load("novita"))
headers = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}
for number in range(100_000):
    body = bytes(bytearray(orjson.dumps({**GOOD, "prompt": f"A fox in the snow, number {number}"})))  # no spare room
    engine.handle(Request("POST", PATH, b"", headers, body, "http://mock.test"), 1e9 + number / 1000)
print(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
"""


async def hello(scope, receive, send) -> None:  # type: ignore[no-untyped-def] # noqa: ARG001
    """Answer every request with the same few bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"17")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"hello":"world"}'})


@dataclass(frozen=True)
class Target:
    """What is asked of whom, and whether it is to be accepted."""

    name: str
    port: int
    pid: int
    path: str = "/"
    body: Mapping[str, object] | None = None
    refused: bool = False


class Rate(NamedTuple):
    """Requests in a second of the clock and in one of the server's processor time."""

    wall: float
    processor: float


def asked(target: Target, seconds: int) -> Rate:
    """Return what a target answers. Raises RuntimeError for answers that are not the wanted ones."""
    url, headers = f"http://127.0.0.1:{target.port}{target.path}", (f"{name}: {HEADERS[name]}" for name in HEADERS)
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout=30s",
        *(f"-H{header}" for header in headers),
        url,
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if target.body is not None:
            script.write(f'wrk.method = "POST"\nwrk.body = [==[{orjson.dumps(target.body).decode()}]==]\n')
            script.flush()
            command += ["-s", script.name]
        before = processor_time(target.pid)
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used = processor_time(target.pid) - before
    counted = _COUNTED.search(told)
    if counted is None:
        raise RuntimeError(told)
    count, wall = int(counted[1]), float(counted[2])
    wrong = int(found[1]) if (found := _WRONG.search(told)) else 0
    if wrong != (count if target.refused else 0) or "Socket errors" in told:
        raise RuntimeError(f"{target.name}: {told}")
    return Rate(count / wall, count / used)


_COUNTED = re.compile(r"(\d+) requests in ([\d.]+)s")
_WRONG = re.compile(r"Non-2xx or 3xx responses: (\d+)")


def processor_time(pid: int) -> float:
    """Return the seconds of processor time that a process and those below it have used, to a hundredth of a second."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def http(method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
    """Return the bytes of a request."""
    content = orjson.dumps(body) if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in HEADERS.items())]
    lines += [f"Content-Length: {len(content)}"] if content else []
    return "\r\n".join([*lines, "", ""]).encode() + content


@contextmanager
def serving(*command: str, environment: Mapping[str, str] = os.environ) -> Iterator[tuple[int, int, float]]:
    """Yield port and pid of a server, and the seconds until its first answer; `{port}` stands for the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    arguments = [part.replace("{port}", str(port)) for part in command]
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            while not _answers(port, http("GET", "/healthz")):
                time.sleep(0.002)
            yield port, process.pid, time.perf_counter() - begun
        finally:
            process.kill()


def _answers(port: int, request: bytes) -> bool:
    with socket.socket() as tried:
        if tried.connect_ex(("127.0.0.1", port)):
            return False
        tried.sendall(request)
        return bool(tried.recv(100))


def _peers(directory: Path) -> AbstractContextManager[dict[Peer, tuple[int, int]]]:
    contract = specs.load("novita")
    schema = next(found.request for found in contract.submits if found.path == PATH)
    return serving_peers(openapi(contract.document), schema or {}, PATH, POLL, directory)


def rates(directory: str) -> dict[str, Rate]:
    """Return the median rates of each target."""
    mock = ("-m", "reelspec", "mock", "novita", "--port", "{port}", "--store")
    with (
        serving("-c", PARSED, "{port}") as (parsed_port, parsed, _),
        serving("-c", BARE, "{port}") as (bare_port, bare, _),
        serving(*mock, "memory") as (port, pid, _),
        serving(*mock, f"{directory}/mock.sqlite3") as (durable_port, durable, _),
        serving(*mock, f"{directory}/fsync.sqlite3", "--fsync") as (synced_port, synced, _),
        _peers(Path(directory)) as peers,
    ):
        answer = httpx.post(f"http://127.0.0.1:{port}{PATH}", json=GOOD, headers=HEADERS).json()
        poll = f"{POLL}?task_id={answer['task_id']}"
        targets = [
            Target("uvloop and httptools, POST", parsed_port, parsed, PATH, GOOD),
            Target("bare ASGI answer", bare_port, bare),
            Target("poll", port, pid, poll),
            Target("validated POST", port, pid, PATH, GOOD),
            Target("refused POST", port, pid, PATH, BAD, refused=True),
            Target("refused POST, a field too", port, pid, PATH, WRONG, refused=True),
            Target("validated POST, SQLite", durable_port, durable, PATH, GOOD),
            Target("validated POST, --fsync", synced_port, synced, PATH, GOOD),
        ]
        for peer, (its_port, its_pid) in peers.items():
            targets.append(Target(f"{peer.name}: poll", its_port, its_pid, poll))
            targets.append(Target(f"{peer.name}: validated POST", its_port, its_pid, PATH, GOOD))
            if peer.refuses:
                targets.append(Target(f"{peer.name}: refused POST", its_port, its_pid, PATH, WRONG, refused=True))
        for target in targets:
            asked(target, WARM_UP)
        found: dict[str, list[Rate]] = {target.name: [] for target in targets}
        for _ in range(ROUNDS):
            for target in targets:
                found[target.name].append(asked(target, SECONDS))
    return {name: Rate(*map(statistics.median, zip(*values, strict=True))) for name, values in found.items()}


def in_process() -> float:
    """Return how much longer a POST through the mock takes than through a route that returns a constant."""
    url = "https://api.novita.ai" + PATH
    constant = respx.MockRouter()
    constant.post(url).respond(json={"task_id": "00000000-0000-7000-8000-000000000000"})

    def timed(client: httpx.Client) -> float:
        begun = time.process_time()
        for _ in range(300):
            client.post(url, json=GOOD)
        return time.process_time() - begun

    def of_constant() -> float:
        with constant, httpx.Client(headers=HEADERS) as client:
            return timed(client)

    def of_mock() -> float:
        with MockProvider("novita"), httpx.Client(headers=HEADERS) as client:
            return timed(client)

    pairs = [(of_mock(), of_constant()) for _ in range(ROUNDS * 2)]
    return statistics.median(mock / plain for mock, plain in pairs)


def starts(directory: str) -> list[tuple[float, float, float]]:
    """Return the seconds from the command to the first answer and to the first task, and those of processor time.

    As it is once it is installed: the modules are compiled.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": directory}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command, found = ("-m", "reelspec", "mock", "novita", "--port", "{port}", "--store", "memory"), []
    for _ in range(ROUNDS + 1):
        before, begun = _used(), time.perf_counter()
        with serving(*command, environment=environment) as (port, _, answered):
            _answers(port, http("POST", PATH, GOOD))
            accepted = time.perf_counter() - begun
        found.append((answered, accepted, _used() - before))
    return found[1:]


def _used() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory() -> float:
    """Return the megabytes in use after 100,000 tasks."""
    filled = subprocess.run([sys.executable, "-c", FILL], capture_output=True, text=True, check=True)
    return int(filled.stdout) / 1024


BARS: Mapping[str, tuple[tuple[float, str], ...]] = {
    "poll": ((0.65, "bare ASGI answer"), (1.5, "steady: poll")),
    "validated POST": ((0.45, "bare ASGI answer"), (2, "steady: validated POST"), (25, "Prism: validated POST")),
    "refused POST": ((0.45, "bare ASGI answer"),),
    "refused POST, a field too": ((3, "steady: refused POST"),),
    "validated POST, SQLite": ((10, "Prism: validated POST"),),
}
"""What is to be reached: so many times the rate of another row."""


def main() -> None:
    """Measure, and print one table with the bars."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; one worker; load {load}\n"
    )
    with tempfile.TemporaryDirectory() as directory:
        if shutil.which("wrk") is None:
            print("rates are left out: there is no wrk")
        else:
            _show(rates(directory))
        begun = [statistics.median(values) for values in zip(*starts(f"{directory}/compiled"), strict=True)]
    rows: list[tuple[str, Callable[[], float], str, str]] = [
        ("start to first answer, s", lambda: begun[0], "{:.2f}", "≤ 0.6"),
        ("start to first task, s", lambda: begun[1], "{:.2f}", ""),
        ("both, s of processor time", lambda: begun[2], "{:.2f}", ""),
        ("respx, × a constant route", in_process, "{:.2f}", "≤ 1.5"),
        ("MB after 100,000 tasks", memory, "{:.0f}", "≤ 250"),
    ]
    for name, measure, form, limit in rows:
        print(f"{name:28}{form.format(measure()):>10}{limit:>10}", flush=True)


def _show(found: Mapping[str, Rate]) -> None:
    bare = found["bare ASGI answer"]
    print(f"{'':28}{'requests / s':>14}{'× bare':>8}{'/ CPU s':>12}{'× bare':>8}")
    for name, (wall, processor) in found.items():
        print(f"{name:28}{wall:>14,.0f}{wall / bare.wall:>8.2f}{processor:>12,.0f}{processor / bare.processor:>8.2f}")
    print(f"\n{'':48}{'bar':>8}{'by the clock':>22}{'by processor time':>22}")
    for name, wanted in BARS.items():
        for bar, other in wanted:
            if other in found:
                ratios = [one / two for one, two in zip(found[name], found[other], strict=True)]
                told = [f"{ratio:.2f} {'holds' if ratio >= bar else 'does not hold'}" for ratio in ratios]
                print(f"{name + ' × ' + other:48}{f'≥ {bar}':>8}{told[0]:>22}{told[1]:>22}")
    print()


if __name__ == "__main__":
    main()
