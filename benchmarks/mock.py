"""The mock server against a bare ASGI answer under the same uvicorn, in one run.

Rates are requests in one second of the server's own processor time, so that they do not depend on what else the machine
does or on how fast the load generator is. Rounds of all servers are interleaved; medians are shown.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import orjson
import respx

import specs
from benchmarks._peers import Peer, family, serving_peers
from codegen.export import openapi
from mockserver import MockProvider

ROUNDS = 5
SECONDS = 0.7
CONNECTIONS = 16
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


class Load(asyncio.Protocol):
    """One connection that asks again as soon as it is answered, until its time is over."""

    def __init__(self, request: bytes, wanted: bytes, end: float, done: asyncio.Future[int]) -> None:
        self.request, self.wanted, self.end, self.done = request, wanted, end, done
        self.answered, self.buffer = 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self.transport = transport
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Count an answer that is complete, and ask again."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        sized = _LENGTH.search(head)
        if len(body) < int(sized[1]) if sized else not body.endswith(b"0\r\n\r\n"):
            return
        if not head.startswith(self.wanted):
            if not self.done.done():
                self.done.set_exception(RuntimeError(head.decode() + body.decode()))
            return
        self.answered, self.buffer = self.answered + 1, b""
        if time.perf_counter() < self.end:
            self.transport.write(self.request)  # type: ignore[attr-defined]
        elif not self.done.done():
            self.transport.close()
            self.done.set_result(self.answered)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail where the server ends a connection that is to be kept."""
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"the server closed the connection ({exc})"))


_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What is asked of whom: the request's bytes, and how its answer begins."""

    name: str
    port: int
    pid: int
    request: bytes
    wanted: bytes


def asked(target: Target) -> float:
    """Return the requests that one second of the server's processor time answers."""

    async def run() -> int:
        loop = asyncio.get_running_loop()
        end, counts = time.perf_counter() + SECONDS, []
        for _ in range(CONNECTIONS):
            done: asyncio.Future[int] = loop.create_future()
            counts.append(done)
            await loop.create_connection(
                partial(Load, target.request, target.wanted, end, done), "127.0.0.1", target.port
            )
        return sum(await asyncio.gather(*counts))

    before = processor_time(target.pid)
    count = asyncio.run(run())
    return count / (processor_time(target.pid) - before)


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
def serving(*command: str) -> Iterator[tuple[int, int, float]]:
    """Yield port and pid of a server, and the seconds until its first answer; `{port}` stands for the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    arguments = [part.replace("{port}", str(port)) for part in command]
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        tried.sendall(http("GET", "/healthz"))
                        if tried.recv(100):
                            break
                time.sleep(0.002)
            yield port, process.pid, time.perf_counter() - begun
        finally:
            process.kill()


def _peers(directory: Path) -> AbstractContextManager[dict[Peer, tuple[int, int]]]:
    contract = specs.load("novita")
    schema = next(found.request for found in contract.submits if found.path == PATH)
    return serving_peers(openapi(contract.document), schema or {}, PATH, POLL, directory)


def rates(directory: str) -> dict[str, float]:
    """Return the median rate of each target."""
    mock = ("-m", "reelspec", "mock", "novita", "--port", "{port}", "--store")
    with (
        serving("-c", BARE, "{port}") as (bare_port, bare, _),
        serving(*mock, "memory") as (port, pid, _),
        serving(*mock, f"{directory}/mock.sqlite3") as (durable_port, durable, _),
        _peers(Path(directory)) as peers,
    ):
        answer = httpx.post(f"http://127.0.0.1:{port}{PATH}", json=GOOD, headers=HEADERS).json()
        poll, submit = http("GET", f"{POLL}?task_id={answer['task_id']}"), http("POST", PATH, GOOD)
        accepted, refused = b"HTTP/1.1 200", b"HTTP/1.1 400"
        targets = [
            Target("bare ASGI answer", bare_port, bare, http("GET", "/"), accepted),
            Target("poll", port, pid, poll, accepted),
            Target("validated POST", port, pid, submit, accepted),
            Target("refused POST", port, pid, http("POST", PATH, BAD), refused),
            Target("refused POST, a field too", port, pid, http("POST", PATH, WRONG), refused),
            Target("validated POST, SQLite", durable_port, durable, submit, accepted),
        ]
        for peer, (its_port, its_pid) in peers.items():
            targets.append(Target(f"{peer.name}: poll", its_port, its_pid, poll, accepted))
            targets.append(Target(f"{peer.name}: validated POST", its_port, its_pid, submit, accepted))
            if peer.refuses:
                wrong = http("POST", PATH, WRONG)
                targets.append(Target(f"{peer.name}: refused POST", its_port, its_pid, wrong, refused))
        for target in targets:
            asked(target)  # to warm up those that compile while they run
        found: dict[str, list[float]] = {target.name: [] for target in targets}
        for _ in range(ROUNDS):
            for target in targets:
                found[target.name].append(asked(target))
    return {name: statistics.median(values) for name, values in found.items()}


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


def start() -> float:
    """Return the seconds from the command to the first answer."""
    found = []
    for _ in range(ROUNDS):
        with serving("-m", "reelspec", "mock", "novita", "--port", "{port}", "--store", "memory") as (_, _, seconds):
            found.append(seconds)
    return statistics.median(found)


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
    with tempfile.TemporaryDirectory() as directory:
        found = rates(directory)
    bare = found["bare ASGI answer"]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; one worker; load {load}\n"
    )
    print(f"{'':26}{'requests / CPU s':>18}{'× bare':>9}")
    for name, rate in found.items():
        print(f"{name:26}{rate:>18,.0f}{rate / bare:>9.2f}")
    print()
    for name, wanted in BARS.items():
        for bar, other in wanted:
            if other in found:
                ratio = found[name] / found[other]
                verdict = "holds" if ratio >= bar else "does not hold"
                print(f"{name + ' × ' + other:50}{ratio:>8.2f}{f'≥ {bar}':>8}  {verdict}")
    print()
    rows: list[tuple[str, Callable[[], float], str, str]] = [
        ("respx, × a constant route", in_process, "{:.2f}", "≤ 1.5"),
        ("start to first answer, s", start, "{:.2f}", "≤ 0.6"),
        ("MB after 100,000 tasks", memory, "{:.0f}", "≤ 250"),
    ]
    for name, measure, form, limit in rows:
        print(f"{name:26}{form.format(measure()):>18}{'':9}{limit:>8}", flush=True)


if __name__ == "__main__":
    main()
