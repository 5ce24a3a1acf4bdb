"""Other mock servers, installed by npm outside of the project: what the mock is measured against.

They serve the exported OpenAPI document; WireMock, which reads none, has stubs with the same JSON Schema. They run as
their users run them, with the options that they have of themselves and what they log thrown away; but Mockoon writes no
file of what it did, and WireMock, which would keep every request in memory for ever, keeps none.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("@stoplight/prism-cli@5", "@stdy/cli@0.22", "@mockoon/cli@9", "wiremock@3")
PATIENCE = 40


@dataclass(frozen=True)
class Peer:
    """A server that is measured. `refuses` tells whether it looks at bodies at all."""

    name: str
    program: str
    arguments: tuple[str, ...]
    refuses: bool = True


PEERS = (
    Peer("Prism", "prism", ("mock", "-h", "127.0.0.1", "-p", "{port}", "{document}")),
    Peer("steady", "steady", ("--host", "127.0.0.1", "-p", "{port}", "{document}")),
    Peer("Mockoon", "mockoon-cli", ("start", "-d", "{document}", "-p", "{port}", "-X"), refuses=False),
    Peer("WireMock", "wiremock", ("--port", "{port}", "--root-dir", "{stubs}", "--no-request-journal")),
)


def installed() -> Path | None:
    """Return the folder of the peers' programs, installed now if need be; None, with a line why, where npm fails."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reelspec" / "peers"
    programs = cache / "node_modules" / ".bin"
    if all((programs / peer.program).exists() for peer in PEERS):
        return programs
    if shutil.which("npm") is None:
        print("peers are left out: there is no npm")
        return None
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(cache), *PACKAGES]
    try:
        subprocess.run(command, check=True, timeout=300, stdin=subprocess.DEVNULL)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"peers are left out: npm could not install them ({error})")
        return None
    return programs


@contextmanager
def serving_peers(
    document: Mapping[str, Any], schema: Mapping[str, Any], submit: str, poll: str, directory: Path
) -> Iterator[dict[Peer, tuple[int, int]]]:
    """Yield port and pid of each peer that can be started; a line says of the others why not."""
    programs = installed()
    (directory / "openapi.json").write_text(json.dumps(document))
    _write_stubs(directory / "stubs" / "mappings", schema, submit, poll)
    found: dict[Peer, tuple[int, int]] = {}
    with ExitStack() as stack:
        for peer in PEERS if programs is not None else ():
            if peer.program == "wiremock" and shutil.which("java") is None:
                print("WireMock is left out: there is no java")
                continue
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            places = {"port": str(port), "document": f"{directory}/openapi.json", "stubs": f"{directory}/stubs"}
            command = [f"{programs}/{peer.program}", *(part.format_map(places) for part in peer.arguments)]
            process = stack.enter_context(_running(command))
            if _answers(port, process):
                found[peer] = (port, process.pid)
            else:
                print(f"{peer.name} is left out: it did not start")
        yield found


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += family(int(child))
    return found


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            for pid in reversed(family(process.pid)):
                os.kill(pid, 9)


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(0.5)  # some listen before they have read the document
                return True
        time.sleep(0.05)
    return False


def _write_stubs(folder: Path, schema: Mapping[str, Any], submit: str, poll: str) -> None:
    """Write WireMock's stubs: what fits the schema is answered 200, all else 400."""
    folder.mkdir(parents=True)
    fits = [{"matchesJsonSchema": json.dumps(schema), "schemaVersion": "V202012"}]
    stubs = {
        "accepted": ({"method": "POST", "urlPath": submit, "bodyPatterns": fits}, 200, {"task_id": "1"}, 1),
        "refused": ({"method": "POST", "urlPath": submit}, 400, {"reason": "INVALID_REQUEST_BODY"}, 5),
        "polled": ({"method": "GET", "urlPath": poll}, 200, {"task": {"task_id": "1"}}, 1),
    }
    for name, (request, status, body, priority) in stubs.items():
        response = {"status": status, "jsonBody": body, "headers": {"Content-Type": "application/json"}}
        stub = {"priority": priority, "request": request, "response": response}
        (folder / f"{name}.json").write_text(json.dumps(stub))
