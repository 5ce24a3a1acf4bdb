"""The clients that ours is measured against: installed once into the user's cache, generated from our own spec.

`benchmarks/peers.txt` names every version. Without pip or a registry the peers are left out, with the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PINNED = Path(__file__).with_name("peers.txt")
PROCESS = Path(__file__).with_name("peer_process.py")
IMPORTS = {
    "openai": "import openai",
    "anthropic": "import anthropic",
    "runwayml": "import runwayml",
    "openapi-python-client": "from novita_opc import Client; from novita_opc.api.default import kling_v3_0_pro_i2v",
    "datamodel-code-generator": "from novita_dcg.client import Client; import novita_dcg.models",
}
"""What a user of each imports for one call."""
GENERATED = {"openapi-python-client": "novita_opc", "datamodel-code-generator": "novita_dcg"}
PATIENCE = 600


class UnavailableError(Exception):
    """The peers cannot be measured here; the text says why."""


@dataclass(frozen=True)
class Peers:
    """The environment with the peers, and the folder of the clients they generated for novita."""

    programs: Path
    generated: Path

    def run(self, *arguments: str) -> str:
        """Run the environment's Python on the generated clients and ours; return what it printed."""
        paths = os.pathsep.join((str(self.generated), str(ROOT / "generated" / "novita")))
        return _run([self.python, "-P", *arguments], PYTHONPATH=paths, OPENAI_LOG="", ANTHROPIC_LOG="")

    @property
    def python(self) -> str:
        """The environment's Python."""
        return str(self.programs / "python")

    def overhead(self, name: str) -> dict[str, float]:
        """Return the ratios of a call to the raw library, "sync" and "async"."""
        return dict(json.loads(self.run(str(PROCESS), "overhead", name)))

    def posts(self) -> dict[str, dict[str, int]]:
        """Return how many POSTs each client sends after each kind of trouble; all are asked at the same time."""

        def asked(name: str) -> dict[str, int]:
            with troubled() as servers:
                begun = json.loads(self.run(str(PROCESS), "posts", name, json.dumps(addresses(servers))))
                return {kind: servers[kind].posts if kind in servers else count for kind, count in begun.items()}

        names = ["ours", *IMPORTS]
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(names, pool.map(asked, names), strict=True))


def prepared(folder: Path) -> Peers:
    """Return the peers, installed now if need be, with clients generated into a folder. Raises UnavailableError."""
    programs = _installed()
    spec = folder / "novita.yaml"
    spec.write_text(_run([sys.executable, "-m", "reelspec", "export", "novita", "--openapi"]), encoding="utf-8")
    quiet = {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}  # the first one calls ruff
    _run([str(programs / "openapi-python-client"), "generate", "--path", str(spec), "--meta", "none",
          "--output-path", str(folder / "novita_opc")], **quiet)  # fmt: skip
    home = folder / "novita_dcg"
    home.mkdir()
    (home / "__init__.py").touch()
    model = ("--output-model-type", "pydantic_v2.BaseModel", "--use-annotated", "--disable-timestamp",
             "--formatters", "builtin", "--target-python-version", "3.11",
             "--openapi-scopes", "schemas", "api")  # fmt: skip
    _run([str(programs / "datamodel-codegen"), "--input", str(spec), "--input-file-type", "openapi", *model,
          "--output", str(home / "models.py"), "--client-model-package", "novita_dcg.models", "--generate-client",
          "httpx2", "--client-output", str(home / "client"), "--client-package", "novita_dcg.client"])  # fmt: skip
    return Peers(programs, folder)


def _installed() -> Path:
    version = hashlib.sha256(PINNED.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reelspec" / f"client-peers-{version}"
    programs = cache / ("Scripts" if os.name == "nt" else "bin")
    ready = cache / "ready"
    if not ready.exists():
        venv.create(cache, with_pip=True, clear=True)
        _run([str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              "--requirement", str(PINNED)])  # fmt: skip
        ready.touch()
    return programs


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                          cwd=ROOT, check=False, env={**os.environ, **environment})  # fmt: skip
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UnavailableError(f"`{' '.join(command[:4])} …` failed: {last[0]}")
    return done.stdout


class Troubled(threading.Thread):
    """A server that reads each request, counts the POSTs, and answers with given bytes or, given None, never."""

    def __init__(self, content: bytes | None) -> None:
        super().__init__(daemon=True)
        self.content, self.posts = content, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.kept: list[socket.socket] = []

    def run(self) -> None:
        """Serve one connection after the other until the socket is closed."""
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.posts += _read(connection).startswith(b"POST")
            if self.content is None:
                self.kept.append(connection)
            else:
                connection.sendall(self.content)
                connection.close()

    def close(self) -> None:
        """Stop serving."""
        for each in (self.socket, *self.kept):
            each.close()


def _read(connection: socket.socket) -> bytes:
    """Return one whole request: closing with bytes unread would be another kind of trouble."""
    received = b""
    while b"\r\n\r\n" not in received and (chunk := connection.recv(65536)):
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                   if line.startswith(b"content-length:")), 0)  # fmt: skip
    while len(body) < length and (chunk := connection.recv(65536)):
        body += chunk
    return received


ANSWERS: dict[str, bytes | None] = {
    "read time-out": None,
    "disconnect": b"",
    "500": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    "502": b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
}


@contextmanager
def troubled() -> Iterator[dict[str, Troubled]]:
    """Yield a server of each kind of trouble that a server can make."""
    with ExitStack() as stack:
        servers = {kind: Troubled(content) for kind, content in ANSWERS.items()}
        for server in servers.values():
            stack.callback(server.close)
            server.start()
        yield servers


def addresses(servers: dict[str, Troubled]) -> dict[str, Any]:
    """Return the address of each kind of trouble; behind "connect error" nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    ports = {kind: server.socket.getsockname()[1] for kind, server in servers.items()} | {"connect error": closed}
    return {kind: f"http://127.0.0.1:{port}" for kind, port in ports.items()}
